// One unknown person: its best faces, how many it has and from when, and what can be said of it.

import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

import type { CardState } from "./card-grid";
import { icons } from "./icons";
import { styled } from "./styled";
import { dateSpan, gettext, ngettext } from "./text";
import type { PersonShown } from "./types";
import { isOwn } from "./world";

export interface PersonCardState extends CardState {
  /** Another card is held over this one. */
  target: boolean;
  /** The address that shows its faces. */
  link: string;
}

export interface PersonCardActions {
  focus(person: PersonShown): void;
  toggle(person: PersonShown): void;
  name(person: PersonShown): void;
  /** Hide a person, or show one again that is hidden. */
  hide(person: PersonShown, event: MouseEvent): void;
  drag(person: PersonShown, event: DragEvent): void;
  over(person: PersonShown, event: DragEvent): void;
  leave(person: PersonShown): void;
  drop(person: PersonShown, event: DragEvent): void;
}

export function personCard(
  person: PersonShown,
  state: PersonCardState,
  actions: PersonCardActions,
): TemplateResult {
  const { selected, current, busy, target, index, row, column, link } = state;
  const name = person.display_name;
  const tabindex = current ? 0 : -1;
  return html`
    <li
      class="person-card ${selected ? "selected" : ""} ${target ? "target" : ""}"
      style=${styled(`--row: ${row}; --column: ${column}`)}
      data-person=${person.id}
      aria-busy=${busy}
      aria-posinset=${index + 1}
      aria-setsize="-1"
      draggable=${isOwn()}
      @focusin=${() => actions.focus(person)}
      @dragstart=${(event: DragEvent) => actions.drag(person, event)}
      @dragover=${(event: DragEvent) => actions.over(person, event)}
      @dragleave=${() => actions.leave(person)}
      @drop=${(event: DragEvent) => actions.drop(person, event)}
    >
      <a
        class="open"
        href=${link}
        tabindex=${tabindex}
        draggable="false"
        aria-label=${gettext("Open %(name)s, %(facts)s", { name, facts: factsOf(person) })}
      >
        ${portraits(person)}
      </a>
      <input
        ?hidden=${!isOwn()}
        type="checkbox"
        tabindex=${tabindex}
        aria-label=${gettext("Select %(name)s", { name })}
        .checked=${live(selected)}
        @change=${() => actions.toggle(person)}
      />
      <h2>${name}</h2>
      <p class="facts">${factsOf(person)}</p>
      <div class="acts" ?hidden=${!isOwn()}>
        <button
          class="ask"
          tabindex=${tabindex}
          aria-label=${gettext("Who is this? Name %(name)s", { name })}
          @click=${() => actions.name(person)}
        >
          <span class="plus">${icons.plus}</span>${gettext("Who is this?")}
        </button>
        ${hideButton(person, tabindex, actions)}
      </div>
    </li>
  `;
}

function hideButton(
  person: PersonShown,
  tabindex: number,
  actions: PersonCardActions,
): TemplateResult {
  const values = { name: person.display_name };
  const label = person.is_hidden
    ? gettext("Show again: %(name)s", values)
    : gettext("Hide a stranger: %(name)s", values);
  return html`<button
    class="button small plain"
    tabindex=${tabindex}
    aria-label=${label}
    title=${label}
    @click=${(event: MouseEvent) => actions.hide(person, event)}
  >
    ${person.is_hidden ? icons.show : icons.hide}
    ${person.is_hidden ? gettext("Show again") : gettext("Hide")}
  </button>`;
}

/** Show a person's best faces: one or two large, three with the best one large, or six. */
export function portraits({ best }: Pick<PersonShown, "best">): TemplateResult {
  const faces = best.slice(0, best.length < 6 ? 3 : 6);
  return html`<span class="portraits" data-faces=${faces.length}>
    ${faces.map(({ crop }) => html`<img src=${crop} alt="" draggable="false" decoding="async" />`)}
  </span>`;
}

/** Say how many faces a person has, and from when: "312 faces · 2014 – 2019". */
export function factsOf({ faces, first_seen, last_seen }: PersonShown): string {
  const count = ngettext("%(count)s face", "%(count)s faces", faces);
  return first_seen && last_seen ? `${count} · ${dateSpan(first_seen, last_seen)}` : count;
}
