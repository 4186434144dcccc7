// One person who has a name: the cover, the name and how many faces there are. Of few elements, as
// there are many.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

import type { CardState } from "./card-grid";
import { icons } from "./icons";
import { styled } from "./styled";
import { gettext, ngettext } from "./text";
import type { PersonShown } from "./types";
import { isOwn } from "./world";

export function namedCard(person: PersonShown, state: CardState): TemplateResult {
  const { selected, current, busy, index, row, column } = state;
  const name = person.display_name;
  const faces = ngettext("%(count)s face", "%(count)s faces", person.faces);
  const said = person.is_favourite
    ? gettext("%(name)s, favourite, %(faces)s", { name, faces })
    : gettext("%(name)s, %(faces)s", { name, faces });
  const tabindex = current ? 0 : -1;
  return html`
    <li
      class="named-card ${selected ? "selected" : ""}"
      style=${styled(`--row: ${row}; --column: ${column}`)}
      data-person=${person.id}
      aria-busy=${busy}
      aria-posinset=${index + 1}
      aria-setsize="-1"
    >
      <a
        class="open"
        href="/people/${person.id}/"
        tabindex=${tabindex}
        draggable="false"
        aria-label=${said}
      >
        ${
          person.crop
            ? html`<img src=${person.crop} alt="" draggable="false" decoding="async" />`
            : html`<span class="nobody"></span>`
        }
        <span class="who">${name}</span>
        <span class="count">${faces}</span>
        ${person.is_favourite ? html`<span class="favourite">${icons.star}</span>` : nothing}
      </a>
      <input
        ?hidden=${!isOwn()}
        type="checkbox"
        tabindex=${tabindex}
        aria-label=${gettext("Select %(name)s", { name })}
        .checked=${live(selected)}
      />
    </li>
  `;
}
