// The ways of selecting faces: one, a range, a group, all, and what a rectangle touches; also
// those that are not loaded.

import { toast } from "./events";
import type { FaceGroup } from "./face-feed";
import type { GridModel } from "./grid-model";
import { messageOf } from "./message";
import type { Selection } from "./selection";

export class SelectionTools {
  /** What the rectangle that is being drawn has selected. */
  #drawn = new Set<number>();

  constructor(
    readonly selection: Selection,
    readonly model: GridModel,
    readonly changed: () => void,
  ) {}

  toggle(id: number): void {
    this.selection.toggle(id, this.model.personOf(id));
    this.changed();
  }

  clear(): void {
    this.selection.clear();
    this.changed();
  }

  /** Select everything from the face that was selected last to this one. */
  async extend(id: number): Promise<void> {
    let range = this.#range(id);
    if (range?.missing) {
      const known = await this.#know();
      range = this.#range(id);
      if (!known || !range) return;
      range.known = range.known.map(([each, person]) => [each, person ?? known.get(each) ?? null]);
    }
    if (range) this.selection.add(range.known);
    else this.selection.toggle(id, this.model.personOf(id));
    this.changed();
  }

  async group(group: FaceGroup, on: boolean): Promise<void> {
    if (on && group.ids.includes(undefined)) await this.#know(group.person?.id);
    const known = group.ids.filter((id) => id !== undefined);
    if (on) this.selection.add(known.map((id) => [id, this.model.personOf(id, group)]));
    else this.selection.remove(known);
    this.changed();
  }

  async all(): Promise<void> {
    const known = await this.#know();
    if (known) this.selection.add(known);
    this.changed();
  }

  /** Select the faces of a board that a rectangle touches, in px of the screen, while it is drawn. */
  touched(board: HTMLElement, area: DOMRect): void {
    for (const card of board.querySelectorAll<HTMLElement>("[data-face]")) {
      const id = Number(card.dataset.face);
      const touches = overlap(card.getBoundingClientRect(), area);
      if (!touches && this.#drawn.delete(id)) this.selection.remove([id]);
      if (!touches || this.selection.has(id)) continue;
      this.#drawn.add(id);
      this.selection.add([[id, this.model.personOf(id)]]);
    }
    this.changed();
  }

  /** Return the first face that the rectangle has selected, now that it is drawn. */
  drawn(): number | undefined {
    const [first] = this.#drawn;
    this.#drawn.clear();
    return first;
  }

  /** Count the selected faces of a group. */
  chosenOf({ ids }: FaceGroup): number {
    if (!this.selection.size) return 0;
    let chosen = 0;
    for (const id of ids) if (id !== undefined && this.selection.has(id)) chosen++;
    return chosen;
  }

  #range(id: number): ReturnType<GridModel["between"]> | null {
    const { anchor } = this.selection;
    const from = anchor === null ? null : this.model.indexOf(anchor);
    const to = this.model.indexOf(id);
    return from === null || to === null ? null : this.model.between(from, to);
  }

  /** Ask for the ids of faces that are not loaded; say so if that fails. */
  async #know(person?: number): Promise<Map<number, number | null> | null> {
    try {
      return await this.model.feed.know(person);
    } catch (error) {
      toast(messageOf(error), "bad");
      return null;
    }
  }
}

function overlap(one: DOMRect, other: DOMRect): boolean {
  const across = one.left <= other.right && other.left <= one.right;
  return across && one.top <= other.bottom && other.top <= one.bottom;
}
