// Zooming and moving a photo by wheel, drag, pinch and double click; a swipe turns to another.

import type { Point, Size } from "./photo-boxes";
import type { PhotoZoom } from "./photo-zoom";

/** What moved less was a click. */
const CLICK_PX = 6;
const SWIPE_PX = 60;

export interface Stage {
  readonly zoom: PhotoZoom;
  /** Width of the photo by its height. */
  readonly ratio: number;
  /** Whether gestures mean something else just now: drawing, or the buttons of a player. */
  readonly isStill: boolean;
  turn(step: number): void;
  requestUpdate(): void;
}

export class PhotoGestures {
  #pointers = new Map<number, Point>();
  #began: Point | null = null;
  #moves = false;

  constructor(readonly stage: Stage) {}

  wheel(event: WheelEvent): void {
    if (this.stage.isStill) return;
    event.preventDefault();
    const { at, size } = placeOn(event);
    this.stage.zoom.wheel(event, at, size, this.stage.ratio);
    this.stage.requestUpdate();
  }

  doubleClick(event: MouseEvent): void {
    if (this.stage.isStill || (event.target as Element).closest("button")) return;
    const { at, size } = placeOn(event);
    this.stage.zoom.toggle(at, size, this.stage.ratio);
    this.stage.requestUpdate();
  }

  pointer(event: PointerEvent): void {
    if (this.stage.isStill || event.button > 0) return;
    if (event.type === "pointerdown") this.#down(event);
    else if (event.type === "pointermove") this.#move(event);
    else this.#up(event);
  }

  #down(event: PointerEvent): void {
    const { at } = placeOn(event);
    this.#pointers.set(event.pointerId, at);
    this.#began = this.#pointers.size === 1 ? at : null;
    this.#moves = this.#pointers.size > 1;
  }

  #move(event: PointerEvent): void {
    const { zoom, ratio } = this.stage;
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const { at, size, element } = placeOn(event);
    if (!this.#moves && this.#began) {
      if (distance(this.#began, at) < CLICK_PX) return;
      this.#moves = true;
    }
    // From now on a click on a face is none.
    if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
      const factor = distance(at, other) / Math.max(distance(before, other), 1);
      zoom.by(factor, middle, size, ratio);
      zoom.move((at.x - before.x) / 2, (at.y - before.y) / 2, size, ratio);
    } else {
      zoom.move(at.x - before.x, at.y - before.y, size, ratio);
    }
    this.#pointers.set(event.pointerId, at);
    this.stage.requestUpdate();
  }

  #up(event: PointerEvent): void {
    const at = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (!at || !this.#began || this.#pointers.size || event.type !== "pointerup") return;
    const across = at.x - this.#began.x;
    const swiped = Math.abs(across) > SWIPE_PX && Math.abs(at.y - this.#began.y) < SWIPE_PX;
    const touched = event.pointerType === "touch" && !this.stage.zoom.isZoomed;
    if (touched && swiped) this.stage.turn(across < 0 ? 1 : -1);
  }
}

/** Return where an event was, from the middle of the element that listens, and its size. */
function placeOn(event: MouseEvent): { at: Point; size: Size; element: Element } {
  const element = event.currentTarget as Element;
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  return { at, size: { width, height }, element };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
