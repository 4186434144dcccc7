// Drawing a box on a photo: by dragging, or by the arrow keys.

import { boxBetween, middleBox, moved, resized, type Point, type Size } from "./photo-boxes";
import type { BoxOnPhoto } from "./types";

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Drawing {
  box: BoxOnPhoto | null = null;
  #corner: Point | null = null;

  constructor(readonly photo: Size) {}

  /** Whether a box is being dragged just now. */
  get dragging(): boolean {
    return this.#corner !== null;
  }

  /** Put down a box in the middle, for keys to move. */
  begin(): void {
    this.box ??= middleBox(this.photo);
  }

  press(place: Point): void {
    this.#corner = place;
  }

  drag(place: Point): void {
    if (this.#corner) this.box = boxBetween(this.#corner, place);
  }

  release(): void {
    this.#corner = null;
  }

  /** Move the box, or with Shift resize it; false for a key that is no arrow. */
  key(key: string, shift: boolean): boolean {
    const arrow = ARROWS[key];
    if (!arrow) return false;
    const change = shift ? resized : moved;
    // Upwards is smaller, as to the left.
    this.box = this.box ? change(this.box, ...arrow, this.photo) : middleBox(this.photo);
    return true;
  }
}
