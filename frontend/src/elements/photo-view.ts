// <photo-view>: a photo as large as the window, with all its faces to be named, and to be drawn.
// With photo="12" it is part of the page; without, it opens over it when a photo is asked for.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api, isAbort } from "../api";
import { hear, tell, type Beside, type KithEvents } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { problemNote } from "../notes";
import { photoAbout } from "../photo-about";
import { inReadingOrder } from "../photo-boxes";
import type { Drawing } from "../photo-drawing";
import { Film, moments } from "../photo-film";
import { photoHead } from "../photo-frame";
import { PhotoGestures, type Stage } from "../photo-gestures";
import { DrawingHand } from "../photo-hand";
import { photoKey, type PhotoCommands } from "../photo-keys";
import { Overlay } from "../photo-overlay";
import { Sharpness } from "../photo-sharpness";
import { photoStage } from "../photo-stage";
import { drawingTools, faceHint, faceTools } from "../photo-tools";
import { FaceWork } from "../photo-work";
import { PhotoZoom } from "../photo-zoom";
import { gettext } from "../text";
import type { Face, Photo } from "../types";

/** Keys that mean the same to the page behind: undoing, and the sheet of keys. */
const OF_THE_PAGE = ["u", "?"];

@customElement("photo-view")
export class PhotoView extends KithElement implements Stage, PhotoCommands {
  @property({ type: Number }) photo = 0;
  @state() shown: Photo | null = null;
  @state() faces: Face[] = [];
  @state() private problem: Message = "";
  @state() drawing: Drawing | null = null;
  @state() current: number | null = null;
  @state() busy = false;
  @state() private about = false;
  readonly zoom = new PhotoZoom();
  readonly work = new FaceWork(this);
  readonly hand = new DrawingHand(this);
  readonly film = new Film(this);
  readonly sharpness = new Sharpness();
  readonly gestures = new PhotoGestures(this);
  readonly #overlay = new Overlay();
  isOver = false;
  // The face from which it was opened.
  #from: number | null = null;
  // The way to the photos before and behind, in the list from which it was opened.
  #beside: Beside | null = null;
  #loading = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    this.isOver = !this.photo;
    hear("open-photo", (asked) => void this.#open(asked), this.gone);
    hear("faces-undone", () => void this.#reload(), this.gone);
    hear("server-back", () => void (this.problem && this.#reload()), this.gone);
    // A face that was drawn is compared with the others by then.
    hear("job-ended", () => void this.#reload(), this.gone);
    this.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
    // The page behind is to stay where it is.
    const stay = (event: WheelEvent): void =>
      void (this.isOver && !event.ctrlKey && !scrolls(event) && event.preventDefault());
    this.addEventListener("wheel", stay, { passive: false, signal: this.gone });
    jobWatch.start();
    if (this.photo) void this.#load(this.photo);
  }

  override updated(): void {
    // Where what had the focus went, as a face that was undone: keys are to be heard all the same.
    const lost = document.activeElement === document.body;
    if (this.isOver && lost) this.querySelector<HTMLElement>(".photo-view")?.focus();
    this.#sharpen();
  }

  // Opening and closing

  async #open({ photo, face, beside }: KithEvents["open-photo"]): Promise<void> {
    if (!this.isOver || this.photo) return;
    this.#beside = beside ?? null;
    this.current = this.#from = face;
    this.photo = photo;
    this.#overlay.lay(this);
    await this.updateComplete;
    this.querySelector<HTMLElement>(".photo-view")?.focus();
    await this.#load(photo);
    await this.focusCurrent();
  }

  close(): void {
    if (!this.isOver) return;
    const { photo } = this;
    this.#loading.abort();
    Object.assign(this, { photo: 0, shown: null, faces: [], problem: "", drawing: null });
    this.#overlay.lift();
    tell("photo-closed", { photo, face: this.#from });
  }

  get hasNeighbours(): boolean {
    return this.#beside !== null;
  }

  turn(step: number): void {
    void this.#turn(step);
  }

  async #turn(step: number): Promise<void> {
    if (!this.#beside || this.busy || this.drawing) return;
    const from = this.photo;
    try {
      const next = await this.#beside(step);
      if (next === null || this.photo !== from) return;
      Object.assign(this, { photo: next, current: null });
      await this.#load(next);
      await this.focusCurrent();
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #load(id: number): Promise<void> {
    this.#loading.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.problem = "";
    try {
      const [photo, faces] = await Promise.all([
        this.shown?.id === id ? this.shown : api.photo(id, loading.signal),
        api.facesOn(id, loading.signal),
      ]);
      const isOther = this.shown?.id !== id;
      if (isOther) for (const each of [this.sharpness, this.zoom, this.film]) each.reset();
      this.shown = photo;
      this.faces = inOrder(faces.results);
      if (isOther && this.#face) this.film.seek(this.#face);
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
  }

  /** Learn the shape of a photo that no scan has looked into yet. */
  loaded({ naturalWidth: width, naturalHeight: height }: HTMLImageElement): void {
    if (this.shown && !this.shown.width) this.shown = { ...this.shown, width, height };
    else this.#sharpen();
  }

  /** Load a larger picture where this one has fewer pixels than are shown. */
  #sharpen(): void {
    const picture = this.querySelector<HTMLImageElement>(".picture > img");
    if (picture && this.shown && this.sharpness.look(this.shown, picture)) this.requestUpdate();
  }

  refresh(): Promise<void> {
    return this.#load(this.photo);
  }

  async #reload(): Promise<void> {
    if (this.photo && !this.busy) await this.refresh();
  }

  // The stage

  get ratio(): number {
    return this.shown ? this.shown.width / this.shown.height || 1 : 1;
  }

  /** Whether gestures mean something else: drawing, or the buttons of a player. */
  get isStill(): boolean {
    return this.drawing !== null || this.isVideo;
  }

  get isVideo(): boolean {
    return this.shown !== null && this.shown.duration !== null;
  }

  get moment(): number | null {
    return this.isVideo ? (this.player?.currentTime ?? this.film.time) : null;
  }

  get player(): HTMLVideoElement | null {
    return this.querySelector("video");
  }

  /** Zoom about the middle of the stage. */
  zoomBy(factor: number): void {
    const stage = this.querySelector(".stage")?.getBoundingClientRect();
    if (stage && !this.isVideo) this.zoom.by(factor, { x: 0, y: 0 }, stage, this.ratio);
    this.requestUpdate();
  }

  /** Move a photo that is zoomed in until all of a face is in sight. */
  #reveal(face: HTMLElement): void {
    const stage = this.querySelector(".stage")?.getBoundingClientRect();
    if (!stage || !this.zoom.isZoomed) return;
    this.zoom.reveal(face.getBoundingClientRect(), stage, this.ratio);
    this.requestUpdate();
  }

  // Faces and keys

  get #face(): Face | undefined {
    return this.faces.find((face) => face.id === this.current);
  }

  async focusCurrent(): Promise<void> {
    await this.updateComplete;
    const first = this.#beside ? ".photo-view" : ".face-box";
    const places = [".drawn", `[data-face="${this.current ?? 0}"]`, first, ".draw"];
    const found = places.map((place) => this.querySelector<HTMLElement>(place));
    const place = found.find((place) => place !== null);
    place?.focus({ preventScroll: true });
    if (place?.matches(".face-box")) this.#reveal(place);
  }

  step(step: number): void {
    const at = this.faces.findIndex((face) => face.id === this.current);
    const next = this.faces[at < 0 ? 0 : at + step];
    if (!next) return;
    this.#showMoment(next);
    void this.focusCurrent();
  }

  #showMoment(face: Face): void {
    this.current = face.id;
    this.film.seek(face);
  }

  draw(byKeys = true): void {
    this.player?.pause();
    this.hand.begin(byKeys);
  }

  tellAbout(): void {
    this.about = !this.about;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const known = this.drawing ? this.hand.key(event, target) : photoKey(event, this.#face, this);
    if (known) event.preventDefault();
    // The page behind has commands for the same keys.
    if (this.isOver && !OF_THE_PAGE.includes(event.key)) event.stopPropagation();
  }

  // Drawing the page

  override render(): unknown {
    if (!this.photo) return nothing;
    const { shown, isOver } = this;
    return html`
      <section
        class="photo-view ${isOver ? "over" : ""} ${this.about ? "with-about" : ""}"
        role=${isOver ? "dialog" : nothing}
        aria-modal=${isOver ? "true" : nothing}
        aria-label=${shown?.path ?? gettext("Photo")}
        tabindex="-1"
      >
        ${photoHead(
          { photo: shown, about: this.about, drawing: this.drawing !== null, over: isOver },
          this,
        )}
        ${this.#tools()}
        ${this.problem ? problemNote(this.problem, () => this.refresh()) : photoStage(shown, this)}
        ${this.about && shown ? photoAbout(shown, this.faces) : nothing}
        ${
          this.isVideo && this.faces.length
            ? moments(this.faces, this.current, (face) => this.#showMoment(face))
            : nothing
        }
      </section>
    `;
  }

  #tools(): TemplateResult {
    const face = this.#face;
    if (this.drawing) return drawingTools(this.drawing.box !== null, this.busy, this.hand);
    if (face) return faceTools(face, this.busy, this.work);
    return this.shown ? faceHint(this.faces.length) : html`<div class="tools"></div>`;
  }
}

/** Put faces in the order of reading; those of a video by time first. */
function inOrder(faces: Face[]): Face[] {
  const time = ({ time_offset }: Face): number => time_offset ?? 0;
  return inReadingOrder(faces).sort((one, other) => time(one) - time(other));
}

/** Whether an event is of what may be longer than the window, and scrolls itself. */
function scrolls({ target }: Event): boolean {
  return (target as Element).closest(".about, .moments") !== null;
}
