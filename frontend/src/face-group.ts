// The faces of one person, as far as they are in sight, below a header for all of them.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

import { styled } from "./styled";
import { gettext, ngettext, number, percent } from "./text";
import type { PersonRef } from "./types";
import { mayLabel } from "./world";

export interface GroupState {
  person: PersonRef | null;
  count: number;
  /** How many of its faces are selected. */
  chosen: number;
  /** The address that shows this person only. */
  link: string;
  /** The probability from which on guesses are shown, if they can be confirmed together. */
  from: number | null;
  /** Of the group and of its first row that is drawn, in px. */
  top: number;
  height: number;
  rowsTop: number;
  toggle(on: boolean): void;
  confirm(): void;
}

export function faceGroup(state: GroupState, cards: unknown): TemplateResult {
  const { person, top, height, rowsTop } = state;
  return html`
    <section
      class="group"
      style=${styled(`top: ${top}px; height: ${height}px`)}
      aria-label=${person?.display_name ?? gettext("Faces")}
    >
      ${person ? header(state, person) : nothing}
      <ul class="faces" style=${styled(`transform: translateY(${rowsTop}px)`)}>
        ${cards}
      </ul>
    </section>
  `;
}

function header(state: GroupState, person: PersonRef): TemplateResult {
  const { count, chosen, link, from, toggle, confirm } = state;
  const name = person.display_name;
  const all = chosen > 0 && chosen >= count;
  return html`
    <header>
      <input
        ?hidden=${!mayLabel()}
        type="checkbox"
        aria-label=${gettext("Select all of %(name)s", { name })}
        .checked=${live(all)}
        .indeterminate=${live(chosen > 0 && !all)}
        @change=${(event: Event) => toggle((event.target as HTMLInputElement).checked)}
      />
      <h2><a href=${link}>${name}</a></h2>
      <span class="count">${ngettext("%(count)s face", "%(count)s faces", count)}</span>
      ${
        from !== null && person.name && mayLabel()
          ? html`<button class="button small confirm-group" @click=${confirm}>
              ${confirmText(count, from)}
            </button>`
          : nothing
      }
    </header>
  `;
}

function confirmText(count: number, from: number): string {
  if (!from) return gettext("Confirm all");
  const text = "Confirm %(count)s at ≥ %(percent)s";
  return gettext(text, { count: number(count), percent: percent(from) });
}
