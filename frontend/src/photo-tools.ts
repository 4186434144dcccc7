// What can be done in a photo: with the face that has the focus, or with the box being drawn.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { styleOf } from "./photo-boxes";
import { description, namedGuess, personOf } from "./photo-face";
import { styled } from "./styled";
import { gettext } from "./text";
import type { BoxOnPhoto, Face } from "./types";
import { mayLabel } from "./world";

export interface FaceTools {
  confirm(face: Face): Promise<void>;
  reject(face: Face): Promise<void>;
  dismiss(face: Face): Promise<void>;
  name(face: Face): Promise<void>;
}

export interface DrawingTools {
  name(): Promise<void>;
  /** Take the box, and leave open who it is. */
  keep(): Promise<void>;
  stop(): void;
}

export function faceTools(face: Face, busy: boolean, tools: FaceTools): TemplateResult {
  const person = personOf(face);
  const tool = (kind: keyof FaceTools, text: string, icon: unknown): TemplateResult => html`
    <button class="button small ${kind}" ?disabled=${busy} @click=${() => void tools[kind](face)}>
      ${icon}<span>${text}</span>
    </button>
  `;
  const not = person && gettext("Not %(name)s", { name: person.display_name });
  return html`
    <div class="tools">
      <p class="who-is">
        ${description(face)}
        <a class="similar" href="/faces/${face.id}/similar/">${gettext("Similar faces")}</a>
      </p>
      <div class="acts" ?hidden=${!mayLabel()}>
        ${namedGuess(face) ? tool("confirm", gettext("Confirm"), icons.check) : nothing}
        ${not ? tool("reject", not, icons.cross) : nothing}
        ${tool("dismiss", gettext("Delete"), icons.bin)}
        ${tool("name", gettext("Name"), icons.plus)}
      </div>
    </div>
  `;
}

/** Say what to do where no face has the focus. */
export function faceHint(faces: number): TemplateResult {
  const hint = !mayLabel()
    ? gettext("Choose a face to see who it is.")
    : faces
      ? gettext("Choose a face to name it.")
      : gettext("No faces were found here. Press d to draw one.");
  return html`<div class="tools"><p class="hint">${hint}</p></div>`;
}

export function drawingTools(drawn: boolean, busy: boolean, tools: DrawingTools): TemplateResult {
  return html`
    <div class="tools">
      <p class="hint" id="drawing-hint" role="status">
        ${gettext("Drag over the face.")}
        <span class="keys">
          ${gettext("Arrow keys move the box, with Shift they resize it; Enter takes it.")}
        </span>
      </p>
      <div class="acts">
        <button class="button small" @click=${() => tools.stop()}>${gettext("Give up")}</button>
        ${
          drawn
            ? html`<button class="button small" ?disabled=${busy} @click=${() => void tools.keep()}>
                  ${gettext("Keep without a name")}
                </button>
                <button
                  class="button small name"
                  ?disabled=${busy}
                  @click=${() => void tools.name()}
                >
                  ${gettext("Name…")}
                </button>`
            : nothing
        }
      </div>
    </div>
  `;
}

export function drawnBox(box: BoxOnPhoto): TemplateResult {
  return html`<div
    class="drawn"
    style=${styled(styleOf(box))}
    tabindex="0"
    role="application"
    aria-label=${gettext("The box that you draw")}
    aria-describedby="drawing-hint"
  ></div>`;
}
