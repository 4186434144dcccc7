// One face of the board: crop, probability, and the buttons of what can be said about it. Of few
// elements, as there are many; their events are heard by the board.

import { html, nothing, type TemplateResult } from "lit";

import { shownPerson, shownProbability } from "./face-feed";
import { gettext, percent } from "./text";
import type { Face, Method, PersonRef } from "./types";
import { mayLabel } from "./world";

export interface CardState {
  method: Method;
  selected: boolean;
  /** The one card of the grid that Tab reaches. */
  current: boolean;
  /** Its person's name is to be read on it. */
  named: boolean;
  /** Its place in its group, from 1, and how many that has. */
  place: number;
  of: number;
}

/** Return the named person that one press can confirm. */
export function confirmable(face: Face, method: Method): PersonRef | null {
  const person = face.person ? null : shownPerson(face, method);
  return person?.name ? person : null;
}

export function faceCard(face: Face, state: CardState): TemplateResult {
  const { method, selected, current, named, place, of } = state;
  const person = shownPerson(face, method);
  const guessed = confirmable(face, method);
  const probability = shownProbability(face, method);
  const tabindex = current ? 0 : -1;
  const act: Act = (kind, label) =>
    html`<button
      class="act ${kind}"
      data-act=${kind}
      tabindex=${tabindex}
      aria-label=${label}
      title=${label}
    ></button>`;
  return html`<li
    class="face-card ${selected ? "selected" : ""}"
    data-face=${face.id}
    aria-posinset=${place}
    aria-setsize=${of}
  >
    <button
      class="crop"
      tabindex=${tabindex}
      aria-pressed=${selected}
      aria-label=${labelOf(face, person, probability)}
      title=${face.imported ? gettext("The name was taken over from the file") : nothing}
      aria-describedby=${current ? "opinion" : nothing}
    >
      <img src=${face.crop} alt="" decoding="async" draggable="false" />${
        probability === null
          ? nothing
          : html`<span class="probability" aria-hidden="true">${percent(probability)}</span>`
      }
    </button>
    ${named ? html`<span class="of" aria-hidden="true">${person?.display_name ?? ""}</span>` : nothing}
    ${mayLabel() ? acts(act, person, guessed) : nothing}
  </li>`;
}

type Act = (kind: string, label: string) => TemplateResult;

function acts(act: Act, person: PersonRef | null, guessed: PersonRef | null): TemplateResult {
  return html`${guessed ? act("confirm", gettext("Confirm %(name)s", { name: guessed.display_name })) : nothing}
  ${person ? act("reject", gettext("Not %(name)s", { name: person.display_name })) : nothing}
  ${act("dismiss", gettext("Delete face"))} ${act("name", gettext("Name this face"))}`;
}

/** A place whose face is on its way. */
export function emptyCard(): TemplateResult {
  return html`<li class="face-card waiting"></li>`;
}

function labelOf(face: Face, person: PersonRef | null, probability: number | null): string {
  const name = person?.display_name ?? gettext("Unassigned face");
  if (face.imported) return gettext("%(name)s, taken over from the file", { name });
  return probability === null ? name : `${name}, ${percent(probability)}`;
}
