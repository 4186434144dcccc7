// A video on the stage: what of it is shown just now, and the way to the moments of its faces.

import { html, type TemplateResult } from "lit";

import { description, shortName } from "./photo-face";
import { clock, gettext } from "./text";
import type { Face, Photo } from "./types";

/** Of the frames, Kith looks at one a second: a face belongs to what is shown so near to it. */
const NEAR = 0.5; // seconds
/** Where nothing has been looked at more closely, players are not wrong by more. */
const SLACK = 0.02; // seconds

interface Stage {
  /** The player, while it is drawn. */
  readonly player: HTMLVideoElement | null;
  requestUpdate(): void;
}

export class Film {
  /** Seconds from the start of what is shown. */
  time = 0;
  /** The browser cannot play it. */
  isUnplayable = false;
  #wanted: number | null = null;

  constructor(readonly stage: Stage) {}

  reset(): void {
    this.time = 0;
    this.isUnplayable = false;
    this.#wanted = null;
  }

  /** Whether a face is to be seen just now. */
  shows({ time_offset }: Face): boolean {
    return time_offset === null || Math.abs(time_offset - this.time) <= NEAR + SLACK;
  }

  /** Show the moment of a face, and stay there. */
  seek({ time_offset }: Face): void {
    if (time_offset === null) return;
    const { player } = this.stage;
    player?.pause();
    this.#wanted = time_offset;
    this.time = time_offset;
    if (player?.readyState) this.#go(player);
    this.stage.requestUpdate();
  }

  /** The player knows how long the video is, and can go anywhere in it. */
  ready(player: HTMLVideoElement): void {
    // Of what it cannot decode, it may still play the sound.
    if (!player.videoWidth) this.fail();
    else this.#go(player);
  }

  moved(player: HTMLVideoElement): void {
    // Until it has come to where it is to go, it tells where it was.
    if (this.#wanted !== null || player.currentTime === this.time) return;
    this.time = player.currentTime;
    this.stage.requestUpdate();
  }

  fail(): void {
    this.isUnplayable = true;
    this.stage.requestUpdate();
  }

  #go(player: HTMLVideoElement): void {
    if (this.#wanted === null) return;
    player.currentTime = this.#wanted;
    this.#wanted = null;
  }
}

/** Draw the player; without its buttons while `still`. */
export function player(photo: Photo, film: Film, still: boolean): TemplateResult {
  const moved = (event: Event): void => film.moved(event.target as HTMLVideoElement);
  return html`
    <video
      src="/api/photos/${photo.id}/original/"
      poster=${photo.preview}
      preload="metadata"
      playsinline
      ?controls=${!still}
      aria-label=${photo.path}
      @loadedmetadata=${(event: Event) => film.ready(event.target as HTMLVideoElement)}
      @timeupdate=${moved}
      @seeked=${moved}
      @error=${() => film.fail()}
    ></video>
  `;
}

/** Say what to do with a video that the browser cannot play. */
export function unplayable(photo: Photo): TemplateResult {
  return html`<p class="unplayable" role="status">
    ${gettext("Your browser cannot play this kind of video.")}
    <a class="button small" href="/api/photos/${photo.id}/original/?download" download>
      ${gettext("Download it")}
    </a>
  </p>`;
}

/** List the faces of a video by time; a press shows one's moment. */
export function moments(
  faces: Face[],
  current: number | null,
  show: (face: Face) => void,
): TemplateResult {
  return html`
    <ol class="moments" aria-label=${gettext("Faces of this video")}>
      ${faces.map((face) => {
        const name = description(face);
        const time = clock(face.time_offset ?? 0);
        return html`<li>
          <button
            class="moment"
            data-moment=${face.id}
            aria-current=${face.id === current ? "true" : "false"}
            aria-label=${gettext("%(name)s at %(time)s", { name, time })}
            @click=${() => show(face)}
          >
            <img src=${face.crop} alt="" loading="lazy" decoding="async" />
            <span class="name">${shortName(face)}</span>
            <span class="time">${time}</span>
          </button>
        </li>`;
      })}
    </ol>
  `;
}
