// The bar above the cards of people: how many there are, or what to do with those selected.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { gettext, ngettext, number } from "./text";
import { isOwn } from "./world";

const LEAST = [1, 2, 3, 5, 10, 20, 50];

export interface PeopleToolbarState {
  /** Those shown are hidden strangers. */
  strangers: boolean;
  selected: number;
  loaded: number;
  /** There are people, be it that all have fewer faces than `least`. */
  any: boolean;
  complete: boolean;
  /** Fewer faces than this, and a person is not shown. */
  least: number;
  /** Faces of hidden strangers. */
  hidden: number;
}

export interface PeopleToolbarActions {
  name(): void;
  merge(): void;
  hide(): void;
  clear(): void;
  showFrom(least: number): void;
}

export function peopleToolbar(
  state: PeopleToolbarState,
  actions: PeopleToolbarActions,
): TemplateResult {
  const { selected } = state;
  return html`
    <div
      class="toolbar ${selected ? "active" : ""}"
      role="toolbar"
      aria-label=${selected ? gettext("Selected people") : gettext("Unknown people")}
    >
      ${selected ? selectedTools(state, actions) : idleTools(state, actions)}
    </div>
  `;
}

function idleTools(state: PeopleToolbarState, actions: PeopleToolbarActions): TemplateResult {
  const { strangers, loaded, any, complete, least, hidden } = state;
  const people = complete
    ? ngettext("%(count)s person", "%(count)s people", loaded)
    : ngettext("%(count)s person loaded", "%(count)s people loaded", loaded);
  return html`
    ${loaded ? html`<span class="status">${people}</span>` : nothing}
    <label class="least" ?hidden=${!any}>
      ${gettext("With at least")}
      <select
        @change=${(event: Event) => actions.showFrom(Number((event.target as HTMLSelectElement).value))}
      >
        ${LEAST.map(
          (each) =>
            html`<option value=${each} ?selected=${each === least}>
              ${ngettext("%(count)s face", "%(count)s faces", each)}
            </option>`,
        )}
      </select>
    </label>
    <span class="links">
      ${
        strangers
          ? html`<a href="?tab=unknown">${gettext("Back to unknown people")}</a>`
          : isOwn()
            ? html`<a href="/questions/">${gettext("Same person?")}</a>`
            : nothing
      }
      ${
        hidden && !strangers
          ? html`<a href="?tab=hidden">
              ${gettext("Hidden strangers (%(count)s)", { count: number(hidden) })}
            </a>`
          : nothing
      }
    </span>
  `;
}

function selectedTools(
  { strangers, selected }: PeopleToolbarState,
  actions: PeopleToolbarActions,
): TemplateResult {
  return html`
    <span class="status" role="status">
      ${ngettext("%(count)s selected", "%(count)s selected", selected)}
    </span>
    ${tool("name", gettext("Name"), icons.plus, actions.name)}
    ${selected > 1 ? tool("merge", gettext("Merge"), icons.merge, actions.merge) : nothing}
    ${
      strangers
        ? tool("hide", gettext("Show again"), icons.show, actions.hide)
        : tool("hide", gettext("Hide"), icons.hide, actions.hide)
    }
    <button class="button small clear" @click=${actions.clear}>${gettext("Clear")}</button>
  `;
}

function tool(kind: string, text: string, icon: unknown, action: () => void): TemplateResult {
  return html`<button class="button small tool ${kind}" aria-label=${text} @click=${action}>
    ${icon}<span>${text}</span>
  </button>`;
}
