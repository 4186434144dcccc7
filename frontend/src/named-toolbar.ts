// The bar above the people who have names: what to look for, or what to do with those selected.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { gettext, ngettext } from "./text";
import type { PeopleFilter, PeopleGroup, PeopleSort } from "./types";
import { isOwn } from "./world";

export interface NamedToolbarState {
  filter: PeopleFilter;
  groups: PeopleGroup[];
  selected: number;
  loaded: number;
  complete: boolean;
}

export interface NamedToolbarActions {
  show(change: Partial<PeopleFilter>): void;
  merge(): void;
  favourite(): void;
  hide(): void;
  addToGroup(): void;
  leaveGroup(): void;
  renameGroup(): void;
  deleteGroup(): void;
  clear(): void;
}

export function namedToolbar(
  state: NamedToolbarState,
  actions: NamedToolbarActions,
): TemplateResult {
  const { selected } = state;
  return html`
    ${filterTools(state, actions)}
    <div
      class="toolbar ${selected ? "active" : ""}"
      role="toolbar"
      aria-label=${selected ? gettext("Selected people") : gettext("People")}
    >
      ${selected ? selectedTools(state, actions) : idleTools(state, actions)}
    </div>
  `;
}

function filterTools(state: NamedToolbarState, actions: NamedToolbarActions): TemplateResult {
  const { filter, groups } = state;
  const sorts: [PeopleSort, string][] = [
    ["name", gettext("By name")],
    ["count", gettext("Most faces first")],
    ["recent", gettext("Seen last first")],
  ];
  const valueOf = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`<div class="people-filters" role="search" aria-label=${gettext("People")}>
    <input
      type="search"
      placeholder=${gettext("Find a name")}
      aria-label=${gettext("Find a name")}
      .value=${filter.q}
      @input=${(event: Event) => actions.show({ q: valueOf(event).trim() })}
    />
    <select
      aria-label=${gettext("Order")}
      @change=${(event: Event) => actions.show({ sort: valueOf(event) as PeopleSort })}
    >
      ${sorts.map(
        ([sort, text]) =>
          html`<option value=${sort} ?selected=${sort === filter.sort}>${text}</option>`,
      )}
    </select>
    ${
      groups.length
        ? html`<select
            aria-label=${gettext("Group")}
            @change=${(event: Event) => actions.show({ group: valueOf(event) })}
          >
            <option value="" ?selected=${!filter.group}>${gettext("Everybody")}</option>
            ${groups.map(
              ({ id, name, people }) =>
                html`<option value=${id} ?selected=${String(id) === filter.group}>
                  ${name} (${people.length})
                </option>`,
            )}
          </select>`
        : nothing
    }
    <label class="check" ?hidden=${!isOwn()}>
      <input
        type="checkbox"
        .checked=${filter.hidden}
        @change=${({ target }: Event) =>
          actions.show({ hidden: (target as HTMLInputElement).checked })}
      />
      ${gettext("Hidden ones")}
    </label>
  </div>`;
}

function idleTools(state: NamedToolbarState, actions: NamedToolbarActions): TemplateResult {
  const { filter, loaded, complete } = state;
  const people = complete
    ? ngettext("%(count)s person", "%(count)s people", loaded)
    : ngettext("%(count)s person loaded", "%(count)s people loaded", loaded);
  return html`
    <span class="status">${people}</span>
    ${
      filter.group
        ? html`<button class="button small" @click=${actions.renameGroup}>
              ${gettext("Rename group")}
            </button>
            <button class="button small" @click=${actions.deleteGroup}>
              ${gettext("Delete group")}
            </button>`
        : nothing
    }
    <span class="links">
      <a href="/?tab=unknown">${gettext("Unknown people")}</a>
      ${isOwn() ? html`<a href="/questions/">${gettext("Same person?")}</a>` : nothing}
    </span>
  `;
}

function selectedTools(state: NamedToolbarState, actions: NamedToolbarActions): TemplateResult {
  const { filter, selected } = state;
  return html`
    <span class="status" role="status">
      ${ngettext("%(count)s selected", "%(count)s selected", selected)}
    </span>
    ${selected > 1 ? tool(gettext("Merge"), icons.merge, actions.merge) : nothing}
    ${tool(gettext("Favourite"), icons.star, actions.favourite)}
    ${
      filter.hidden
        ? tool(gettext("Show again"), icons.show, actions.hide)
        : tool(gettext("Hide"), icons.hide, actions.hide)
    }
    ${tool(gettext("Add to group"), icons.group, actions.addToGroup)}
    ${filter.group ? tool(gettext("Leave group"), icons.cross, actions.leaveGroup) : nothing}
    <button class="button small clear" @click=${actions.clear}>${gettext("Clear")}</button>
  `;
}

function tool(text: string, icon: unknown, action: () => void): TemplateResult {
  return html`<button class="button small tool" aria-label=${text} @click=${action}>
    ${icon}<span>${text}</span>
  </button>`;
}
