// The bar above the board: what can be done with the faces that are selected.

import type { TemplateResult } from "lit";

import type { GridActions } from "./grid-actions";
import type { GridModel } from "./grid-model";
import type { Selection } from "./selection";
import { selectionToolbar } from "./selection-toolbar";
import type { SelectionTools } from "./selection-tools";
import { isOwn } from "./world";

/** Of so many selected faces it is looked at what can be done with them. */
const LOOKED_AT = 200;

interface Host {
  readonly model: GridModel;
  readonly selection: Selection;
  readonly tools: SelectionTools;
  readonly actions: GridActions;
}

export function boardToolbar(host: Host, showKeys: () => void): TemplateResult {
  const { model, selection, tools, actions } = host;
  const { feed } = model;
  const some = selection.ids.slice(0, LOOKED_AT);
  return selectionToolbar(
    {
      selected: selection.size,
      total: feed.loaded ? feed.total : null,
      canConfirm: some.some((id) => actions.canConfirm(id)),
      canReject: some.some((id) => actions.canReject(id)),
      canUnassign: feed.filter.tab === "labelled",
      canSplit: isOwn() && actions.splits !== null,
      canCover: isOwn() && actions.covers !== null && selection.size === 1,
    },
    {
      selectAll: () => void tools.all(),
      keys: showKeys,
      clear: () => tools.clear(),
      name: () => void actions.name(selection.ids),
      confirm: () => void actions.confirm(selection.ids),
      reject: () => void actions.reject(selection.ids),
      unassign: () => void actions.unassign(selection.ids),
      split: () => void actions.split(selection.ids),
      cover: () => void selection.ids.slice(0, 1).map((id) => actions.cover(id)),
      dismiss: () => void actions.dismiss(selection.ids),
    },
  );
}
