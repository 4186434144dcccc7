// One face of the board: crop, probability, and the buttons of what can be said about it.

import { html, nothing, type TemplateResult } from "lit";

import { shownPerson, shownProbability } from "./face-feed";
import { icons } from "./icons";
import { gettext, percent } from "./text";
import type { Face, Guess, Method, PersonRef } from "./types";

export interface CardState {
  method: Method;
  selected: boolean;
  /** The one card of the grid that Tab reaches. */
  current: boolean;
  busy: boolean;
}

export interface CardActions {
  focus(face: Face): void;
  toggle(face: Face, range: boolean): void;
  name(face: Face): void;
  confirm(face: Face): void;
  reject(face: Face): void;
  dismiss(face: Face): void;
}

/** Return the named person that one press can confirm. */
export function confirmable(face: Face, method: Method): PersonRef | null {
  const person = face.person ? null : shownPerson(face, method);
  return person?.name ? person : null;
}

export function faceCard(face: Face, state: CardState, actions: CardActions): TemplateResult {
  const { method, selected, current, busy } = state;
  const person = shownPerson(face, method);
  const guessed = confirmable(face, method);
  const probability = shownProbability(face, method);
  const tabindex = current ? 0 : -1;
  const act = (
    kind: string,
    label: string,
    icon: unknown,
    action: (face: Face) => void,
  ): TemplateResult => html`
    <button
      class="act ${kind}"
      tabindex=${tabindex}
      aria-label=${label}
      title=${label}
      @click=${() => action(face)}
    >
      ${icon}
    </button>
  `;
  return html`
    <li
      class="face-card ${selected ? "selected" : ""}"
      data-face=${face.id}
      aria-busy=${busy}
      @focusin=${() => actions.focus(face)}
    >
      <button
        class="crop"
        tabindex=${tabindex}
        aria-pressed=${selected}
        aria-label=${labelOf(person, probability)}
        title=${face.guess && !face.person ? bothMethods(face.guess) : nothing}
        @click=${(event: MouseEvent) => actions.toggle(face, event.shiftKey)}
      >
        <img src=${face.crop} alt="" loading="lazy" decoding="async" width="160" height="160" />
        <span class="tick" aria-hidden="true">${icons.check}</span>
        ${
          probability === null
            ? nothing
            : html`<span class="probability" aria-hidden="true">${percent(probability)}</span>`
        }
      </button>
      ${
        guessed && face.guess
          ? html`<p class="both" aria-hidden="true">${bothNumbers(face.guess)}</p>`
          : nothing
      }
      <div class="acts">
        ${
          guessed
            ? act(
                "confirm",
                gettext("Confirm %(name)s", { name: guessed.display_name }),
                icons.check,
                actions.confirm,
              )
            : nothing
        }
        ${
          person
            ? act(
                "reject",
                gettext("Not %(name)s", { name: person.display_name }),
                icons.cross,
                actions.reject,
              )
            : nothing
        }
        ${act("dismiss", gettext("Delete face"), icons.bin, actions.dismiss)}
        ${act("name", gettext("Name this face"), icons.plus, actions.name)}
      </div>
    </li>
  `;
}

function labelOf(person: PersonRef | null, probability: number | null): string {
  const name = person?.display_name ?? gettext("Unassigned face");
  return probability === null ? name : `${name}, ${percent(probability)}`;
}

/** Say what both methods think, with names, as they may disagree. */
function bothMethods(guess: Guess): string {
  const lines = [
    [gettext("Clustering"), guess.cluster_person, guess.cluster_probability],
    [gettext("Classification"), guess.class_person, guess.class_probability],
  ] as const;
  return lines.map(([method, person, share]) => `${method}: ${opinion(person, share)}`).join("\n");
}

function opinion(person: PersonRef | null, probability: number | null): string {
  if (!person) return gettext("nobody");
  return probability === null
    ? person.display_name
    : `${person.display_name} ${percent(probability)}`;
}

function bothNumbers({ cluster_probability, class_probability }: Guess): string {
  return gettext("cluster %(cluster)s · class %(class)s", {
    cluster: cluster_probability === null ? "–" : percent(cluster_probability),
    class: class_probability === null ? "–" : percent(class_probability),
  });
}
