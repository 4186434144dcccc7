// What clicks and keys do on the board: select faces, act on them, and go elsewhere.

import { tell } from "./events";
import type { GridActions } from "./grid-actions";
import { faceOf, type GridFocus } from "./grid-focus";
import { commandOnFace, commandOnPage, type Command } from "./grid-keys";
import type { GridModel } from "./grid-model";
import type { Selection } from "./selection";
import type { SelectionTools } from "./selection-tools";
import { mayLabel } from "./world";

/** What those do who may only look. */
const LOOKING = ["photo", "similar", "next-group", "previous-group", "search"];

interface Host {
  readonly selection: Selection;
  readonly model: GridModel;
  readonly focused: GridFocus;
  readonly tools: SelectionTools;
  readonly actions: GridActions;
  /** Whether something lies over the page. */
  readonly isCovered: boolean;
  /** Ask whose faces to show, and show them. */
  search(): Promise<void>;
}

export class GridCommands {
  constructor(readonly host: Host) {}

  click(event: PointerEvent): void {
    const { tools, selection } = this.host;
    const target = event.target as Element;
    const id = faceOf(target);
    if (id === null) return;
    const act = target.closest<HTMLElement>(".act")?.dataset.act;
    if (act) this.#do(act as Command, [id]);
    else if (!target.closest(".crop")) return;
    else if (!mayLabel()) this.#openPhoto(id);
    else if (event.shiftKey) void tools.extend(id);
    else if (event.pointerType === "touch" && !selection.size) this.#openPhoto(id);
    else tools.toggle(id);
  }

  /** A key anywhere on the page. */
  pageKey(event: KeyboardEvent): void {
    const { tools, selection, isCovered } = this.host;
    if (event.key === "Escape" && selection.size && !document.querySelector("dialog[open]")) {
      tools.clear();
    }
    const command = event.defaultPrevented ? null : commandOnPage(event, selection.size > 0);
    // Behind a photo nothing is to be reached.
    if (!command || isCovered) return;
    event.preventDefault();
    this.#do(command, selection.ids);
  }

  /** A key on the board. */
  key(event: KeyboardEvent): void {
    if ((event.target as Element).closest("header, dialog")) return;
    const { model, focused } = this.host;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const next = plain ? model.layout.step(focused.current, event.key) : null;
    const command = commandOnFace(event);
    if (next !== null) void focused.move(next);
    else if (!command) return;
    // The focus has moved to another face since; a held key would act on that too.
    else if (!event.repeat) this.#do(command, this.#meant());
    event.preventDefault();
  }

  /** Return the current face, or the whole selection if it is part of that. */
  #meant(): number[] {
    const { focused, model, selection } = this.host;
    const { id } = focused;
    if (id === undefined || !model.feed.face(id)) return [];
    return selection.has(id) ? selection.ids : [id];
  }

  #do(command: Command | "confirm", faces: number[]): void {
    if (!mayLabel() && !LOOKING.includes(command)) return;
    const { actions, focused, tools } = this.host;
    const current = focused.id;
    const sure = faces.some((id) => actions.canConfirm(id));
    const commands: Record<typeof command, () => void> = {
      select: () => current !== undefined && tools.toggle(current),
      "select-range": () => void (current !== undefined && tools.extend(current)),
      "select-all": () => void tools.all(),
      name: () => void actions.name(faces),
      accept: () => void (sure ? actions.confirm(faces) : actions.name(faces)),
      confirm: () => void actions.confirm(faces),
      reject: () => void actions.reject(faces),
      split: () => void actions.split(faces),
      dismiss: () => void actions.dismiss(faces),
      photo: () => current !== undefined && this.#openPhoto(current),
      similar: () => current !== undefined && location.assign(`/faces/${current}/similar/`),
      "next-group": () => void focused.moveToGroup(1),
      "previous-group": () => void focused.moveToGroup(-1),
      search: () => void this.host.search(),
    };
    commands[command]();
  }

  #openPhoto(id: number): void {
    const face = this.host.model.feed.face(id);
    if (face) tell("open-photo", { photo: face.photo, face: id });
  }
}
