// The bar above the grid: what is loaded or selected, and what can be done with the selection.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { gettext, ngettext } from "./text";

export interface ToolbarState {
  selected: number;
  loaded: number;
  complete: boolean;
  canConfirm: boolean;
  canReject: boolean;
  canUnassign: boolean;
}

export interface ToolbarActions {
  selectAll(): void;
  clear(): void;
  name(): void;
  confirm(): void;
  reject(): void;
  unassign(): void;
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

function idleTools({ loaded, complete }: ToolbarState, actions: ToolbarActions): unknown {
  if (!loaded) return nothing;
  const status = complete
    ? ngettext("%(count)s face", "%(count)s faces", loaded)
    : ngettext("%(count)s face loaded", "%(count)s faces loaded", loaded);
  return html`
    <span class="status">${status}</span>
    <button class="button small" @click=${actions.selectAll}>
      ${gettext("Select all loaded")}
    </button>
  `;
}

function selectedTools(state: ToolbarState, actions: ToolbarActions): TemplateResult {
  const { selected } = state;
  return html`
    <span class="status" role="status">
      ${ngettext("%(count)s selected", "%(count)s selected", selected)}
    </span>
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
