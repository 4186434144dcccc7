// The faces of one person: a header that selects them all, and their cards.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";

import type { FaceGroup } from "./face-feed";
import { gettext, ngettext } from "./text";
import type { Face } from "./types";

export interface GroupState {
  /** How many of its faces are selected. */
  chosen: number;
  /** The address that shows this person only. */
  link: string;
  toggle(on: boolean): void;
  card(face: Face): TemplateResult;
}

export function faceGroup(group: FaceGroup, state: GroupState): TemplateResult {
  const name = group.person?.display_name;
  return html`
    <section class="group" aria-label=${name ?? gettext("Faces")}>
      ${name ? header(group, name, state) : nothing}
      <ul class="faces">
        ${repeat(group.faces, ({ id }) => id, state.card)}
      </ul>
    </section>
  `;
}

function header(group: FaceGroup, name: string, { chosen, link, toggle }: GroupState) {
  const count = group.count ?? group.faces.length;
  const all = chosen > 0 && chosen >= count;
  return html`
    <header>
      <input
        type="checkbox"
        aria-label=${gettext("Select all of %(name)s", { name })}
        .checked=${live(all)}
        .indeterminate=${live(chosen > 0 && !all)}
        @change=${(event: Event) => toggle((event.target as HTMLInputElement).checked)}
      />
      <h2><a href=${link}>${name}</a></h2>
      <span class="count">${ngettext("%(count)s face", "%(count)s faces", count)}</span>
    </header>
  `;
}
