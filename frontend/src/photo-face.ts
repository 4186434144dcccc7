// One face of a photo: who it is or may be, and its box over the picture.

import { html, type TemplateResult } from "lit";

import { styleOf } from "./photo-boxes";
import { styled } from "./styled";
import { gettext, percent } from "./text";
import type { Face, Method, PersonRef } from "./types";

/** A named person whom a face is thought to be, and by which method. */
export interface NamedGuess {
  person: PersonRef;
  probability: number;
  method: Method;
}

/** Return the guess that can be confirmed: by classification, else by cluster. */
export function namedGuess({ person, guess }: Face): NamedGuess | null {
  if (person || !guess) return null;
  const { class_person, class_probability, cluster_person, cluster_probability } = guess;
  if (class_person?.name) {
    return {
      person: class_person,
      probability: class_probability ?? 0,
      method: "classification",
    };
  }
  if (!cluster_person?.name) return null;
  return { person: cluster_person, probability: cluster_probability ?? 0, method: "cluster" };
}

/** Return whom a face is said or thought to be, and so can be said not to be. */
export function personOf(face: Face): PersonRef | null {
  return face.person ?? namedGuess(face)?.person ?? face.guess?.cluster_person ?? null;
}

/** Say who a face is, in full. */
export function description(face: Face): string {
  if (face.person) return face.person.display_name;
  const guess = namedGuess(face);
  if (!guess) return face.guess?.cluster_person?.display_name ?? gettext("Nobody known");
  return gettext("Perhaps %(name)s, %(probability)s", {
    name: guess.person.display_name,
    probability: percent(guess.probability),
  });
}

/** Say who a face is or may be, where there is little room. */
export function shortName(face: Face): string {
  return face.person?.name || namedGuess(face)?.person.name || "?";
}

export interface BoxState {
  current: boolean;
  busy: boolean;
  focus(): void;
  press(): void;
}

/** Draw the box of a face as a button, with as much of a name as there is room for. */
export function faceBox(face: Face, state: BoxState): TemplateResult {
  const guess = namedGuess(face);
  const kind = face.person?.name ? "named" : guess ? "guessed" : "open";
  return html`
    <button
      class="face-box ${kind} ${state.current ? "current" : ""}"
      style=${styled(styleOf(face.box))}
      data-face=${face.id}
      aria-busy=${state.busy}
      aria-label=${description(face)}
      @focus=${() => state.focus()}
      @click=${() => state.press()}
    >
      <span class="who" aria-hidden="true">
        <span class="name">${shortName(face)}</span>
        ${guess ? html`<span class="share">${percent(guess.probability)}</span>` : ""}
      </span>
    </button>
  `;
}
