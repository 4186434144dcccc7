// The bar above the grid: what there is or what is selected, and what can be done with the selection.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { gettext, ngettext, number } from "./text";
import { mayLabel } from "./world";

export interface ToolbarState {
  selected: number;
  /** All faces that the filter means; null while nobody knows. */
  total: number | null;
  canConfirm: boolean;
  canReject: boolean;
  canUnassign: boolean;
  canSplit: boolean;
  /** The one selected face can stand for its person. */
  canCover: boolean;
}

export interface ToolbarActions {
  selectAll(): void;
  keys(): void;
  clear(): void;
  name(): void;
  confirm(): void;
  reject(): void;
  unassign(): void;
  split(): void;
  cover(): void;
  dismiss(): void;
}

export function selectionToolbar(state: ToolbarState, actions: ToolbarActions): TemplateResult {
  return html`
    <div
      class="toolbar ${state.selected ? "active" : ""}"
      role="toolbar"
      aria-label=${gettext("Selected faces")}
    >
      ${state.selected ? selectedTools(state, actions) : idleTools(state, actions)}
    </div>
  `;
}

function idleTools({ total }: ToolbarState, actions: ToolbarActions): unknown {
  if (total === null) return html`<span class="status">${gettext("Loading…")}</span>`;
  if (total === 0) return nothing;
  return html`
    <span class="status">${ngettext("%(count)s face", "%(count)s faces", total)}</span>
    ${
      mayLabel()
        ? html`<button class="button small all" @click=${actions.selectAll}>
            ${gettext("Select all")}
          </button>`
        : nothing
    }
    <button
      class="button small plain keys"
      aria-label=${gettext("Keys")}
      title=${gettext("Keys")}
      @click=${actions.keys}
    >
      ?
    </button>
  `;
}

function selectedTools(state: ToolbarState, actions: ToolbarActions): TemplateResult {
  const { selected, total } = state;
  return html`
    <span class="status" role="status">
      ${ngettext("%(count)s selected", "%(count)s selected", selected)}
    </span>
    ${
      total !== null && selected < total
        ? html`<button class="button small all" @click=${actions.selectAll}>
            ${gettext("Select all %(total)s", { total: number(total) })}
          </button>`
        : nothing
    }
    ${tool(
      "name",
      gettext("Name"),
      ngettext("Name %(count)s selected face", "Name %(count)s selected faces", selected),
      icons.plus,
      actions.name,
    )}
    ${
      state.canConfirm
        ? tool(
            "confirm",
            gettext("Confirm"),
            ngettext(
              "Confirm %(count)s selected face",
              "Confirm %(count)s selected faces",
              selected,
            ),
            icons.check,
            actions.confirm,
          )
        : nothing
    }
    ${
      state.canReject
        ? tool(
            "reject",
            gettext("Reject"),
            ngettext("Reject %(count)s selected face", "Reject %(count)s selected faces", selected),
            icons.cross,
            actions.reject,
          )
        : nothing
    }
    ${
      state.canUnassign
        ? tool(
            "unassign",
            gettext("Unassign"),
            ngettext(
              "Unassign %(count)s selected face",
              "Unassign %(count)s selected faces",
              selected,
            ),
            icons.undo,
            actions.unassign,
          )
        : nothing
    }
    ${
      state.canCover
        ? tool("cover", gettext("Cover"), gettext("Choose as cover"), icons.star, actions.cover)
        : nothing
    }
    ${
      state.canSplit
        ? tool(
            "split",
            gettext("Somebody else"),
            ngettext(
              "Somebody else: split off %(count)s selected face",
              "Somebody else: split off %(count)s selected faces",
              selected,
            ),
            icons.split,
            actions.split,
          )
        : nothing
    }
    ${tool(
      "dismiss",
      gettext("Delete"),
      ngettext("Delete %(count)s selected face", "Delete %(count)s selected faces", selected),
      icons.bin,
      actions.dismiss,
    )}
    <button
      class="button small clear"
      aria-label=${gettext("Clear selection")}
      @click=${actions.clear}
    >
      ${gettext("Clear")}
    </button>
  `;
}

function tool(
  kind: string,
  text: string,
  label: string,
  icon: unknown,
  action: () => void,
): TemplateResult {
  return html`
    <button class="button small tool ${kind}" aria-label=${label} title=${label} @click=${action}>
      ${icon}<span>${text}</span>
    </button>
  `;
}
