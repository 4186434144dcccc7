// How far a photo is zoomed in and where it was moved to, in px; it never leaves the stage.

import type { Point, Size } from "./photo-boxes";

const MOST = 12;
/** By a key or button, and by a double click. */
export const STEP = 1.5;
const DOUBLE_CLICK = 2.5;
/** For a pixel of the wheel. */
const WHEEL = 0.0022;
const LINE_PX = 16;

export class PhotoZoom {
  scale = 1;
  /** Of the picture's middle from the stage's. */
  x = 0;
  y = 0;

  get isZoomed(): boolean {
    return this.scale > 1;
  }

  /** Place the picture, whose size is that of scale 1. */
  get style(): string {
    return `--zoom:${this.scale.toFixed(4)};--x:${this.x.toFixed(1)}px;--y:${this.y.toFixed(1)}px`;
  }

  reset(): void {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
  }

  /** Zoom by a factor, so that what is at a point (from the stage's middle) stays there. */
  by(factor: number, at: Point, stage: Size, ratio: number): void {
    const scale = Math.max(1, Math.min(this.scale * factor, MOST));
    const change = scale / this.scale;
    this.scale = scale;
    this.move((at.x - this.x) * (1 - change), (at.y - this.y) * (1 - change), stage, ratio);
  }

  wheel({ deltaY, deltaMode }: WheelEvent, at: Point, stage: Size, ratio: number): void {
    const px = deltaMode ? deltaY * LINE_PX : deltaY;
    this.by(Math.exp(-px * WHEEL), at, stage, ratio);
  }

  /** Zoom in where a double click was; back out where it is zoomed. */
  toggle(at: Point, stage: Size, ratio: number): void {
    this.by(this.isZoomed ? 1 / MOST : DOUBLE_CLICK, at, stage, ratio);
  }

  /** Move by so many px, no further than to the picture's edge. */
  move(x: number, y: number, stage: Size, ratio: number): void {
    const width = Math.min(stage.width, stage.height * ratio) * this.scale;
    const height = width / ratio;
    this.x = within(this.x + x, (width - stage.width) / 2);
    this.y = within(this.y + y, (height - stage.height) / 2);
  }

  /** Move by no more than what brings a frame of the window onto the stage. */
  reveal(frame: DOMRect, stage: DOMRect, ratio: number): void {
    const across = lacking(frame.left, frame.right, stage.left, stage.right);
    const down = lacking(frame.top, frame.bottom, stage.top, stage.bottom);
    this.move(across, down, stage, ratio);
  }
}

/** Return by how much a stretch is to be moved to lie within another one. */
function lacking(from: number, to: number, first: number, last: number): number {
  if (from < first) return first - from;
  return to > last ? Math.max(last - to, first - from) : 0;
}

function within(value: number, most: number): number {
  const limit = Math.max(0, most);
  return Math.max(-limit, Math.min(value, limit));
}
