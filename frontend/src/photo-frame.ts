// What stands round a photo: its head with the buttons, and the ways to its neighbours.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { dayOf, gettext } from "./text";
import type { Photo } from "./types";
import { mayLabel } from "./world";

export interface HeadState {
  photo: Photo | null;
  about: boolean;
  drawing: boolean;
  /** It lies over a page, and can be closed. */
  over: boolean;
}

export interface HeadActions {
  tellAbout(): void;
  /** Draw a face; `byKeys` where no pointer pressed the button. */
  draw(byKeys: boolean): void;
  close(): void;
}

export function photoHead(state: HeadState, actions: HeadActions): TemplateResult {
  const { photo, about, drawing, over } = state;
  const taken = photo?.taken_at;
  return html`
    <header>
      <p class="title">
        <b>${photo?.path ?? gettext("Loading…")}</b>
        ${taken ? html`<time datetime=${taken}>${dayOf(taken)}</time>` : nothing}
      </p>
      <button
        class="icon-button tell-about"
        aria-label=${gettext("About this photo")}
        title=${gettext("About this photo")}
        aria-pressed=${about}
        @click=${() => actions.tellAbout()}
      >
        ${icons.about}
      </button>
      <button
        ?hidden=${!mayLabel()}
        class="button small draw"
        ?disabled=${!photo || drawing}
        @click=${(event: MouseEvent) => actions.draw(event.detail === 0)}
      >
        ${icons.plus}${gettext("Draw a face")}
      </button>
      ${
        over
          ? html`<button
              class="icon-button close"
              aria-label=${gettext("Close the photo")}
              title=${gettext("Close the photo")}
              @click=${() => actions.close()}
            >
              ${icons.cross}
            </button>`
          : nothing
      }
    </header>
  `;
}

/** The buttons that go so many photos on. */
export function turnButtons(turn: (step: number) => void): TemplateResult {
  const button = (step: number, kind: string, name: string, icon: unknown): TemplateResult => html`
    <button
      class="icon-button turn ${kind}"
      aria-label=${name}
      title=${name}
      @click=${() => turn(step)}
    >
      ${icon}
    </button>
  `;
  return html`${button(-1, "back", gettext("Photo before"), icons.back)}
  ${button(1, "on", gettext("Next photo"), icons.on)}`;
}
