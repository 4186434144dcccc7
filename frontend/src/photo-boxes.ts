// Boxes on a photo, in shares (0–1) of its width and height: drawn, moved, resized, put in order.

import type { BoxOnPhoto as Box } from "./types";

/** A place on a photo, in shares. */
export interface Point {
  x: number;
  y: number;
}

/** Pixels of a photo. */
export interface Size {
  width: number;
  height: number;
}

/** Of a photo's shorter side: a box to begin with, and a press of an arrow key. */
const FIRST = 0.2;
const STEP = 0.01;
/** Of a box: what a crop shows beside it. */
const AROUND = 0.4;
/** What the server takes, in pixels of the photo. */
export const LEAST_PX = 16;

/** Find the place on a picture shown in `frame` that a point of the window is at, or nearest to. */
export function placeIn(frame: Box, x: number, y: number): Point {
  return {
    x: within((x - frame.left) / frame.width, 0, 1),
    y: within((y - frame.top) / frame.height, 0, 1),
  };
}

/** Return the box with these two corners. */
export function boxBetween(one: Point, other: Point): Box {
  return {
    left: Math.min(one.x, other.x),
    top: Math.min(one.y, other.y),
    width: Math.abs(one.x - other.x),
    height: Math.abs(one.y - other.y),
  };
}

/** Return a square in the middle of a photo. */
export function middleBox(photo: Size): Box {
  const { x: width, y: height } = sharesOf(FIRST, photo);
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}

/** Move a box so many steps to the right and down, as far as the photo goes. */
export function moved(box: Box, right: number, down: number, photo: Size): Box {
  const step = sharesOf(STEP, photo);
  return {
    ...box,
    left: within(box.left + right * step.x, 0, 1 - box.width),
    top: within(box.top + down * step.y, 0, 1 - box.height),
  };
}

/** Make a box so many steps wider and higher about its middle, as far as the photo goes. */
export function resized(box: Box, wider: number, higher: number, photo: Size): Box {
  const step = sharesOf(STEP, photo);
  const width = within(box.width + wider * step.x, LEAST_PX / photo.width, 1);
  const height = within(box.height + higher * step.y, LEAST_PX / photo.height, 1);
  return {
    left: within(box.left + (box.width - width) / 2, 0, 1 - width),
    top: within(box.top + (box.height - height) / 2, 0, 1 - height),
    width,
    height,
  };
}

/** Whether a box has the pixels that a face needs; less is a click that was no drawing. */
export function isLargeEnough(box: Box, photo: Size): boolean {
  return Math.min(box.width * photo.width, box.height * photo.height) >= LEAST_PX;
}

/** Put boxes in the order in which a text would be read: row by row, from the left. */
export function inReadingOrder<T extends { box: Box }>(boxed: readonly T[]): T[] {
  const rows: T[][] = [];
  for (const each of boxed.toSorted((a, b) => a.box.top - b.box.top)) {
    const row = rows.at(-1);
    const first = row?.[0]?.box;
    const middle = each.box.top + each.box.height / 2;
    if (row && first && middle < first.top + first.height) row.push(each);
    else rows.push([each]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.box.left - b.box.left));
}

/** Return the style that puts an element over a box of the picture it lies in. */
export function styleOf({ left, top, width, height }: Box): string {
  const shares = { left, top, width, height };
  return Object.entries(shares)
    .map(([name, share]) => `${name}:${(share * 100).toFixed(3)}%`)
    .join(";");
}

/** Return the style of a whole picture in a square that shows a box of it, and some around it. */
export function cropStyle(box: Box, photo: Size): string {
  const side = Math.max(box.width * photo.width, box.height * photo.height) * (1 + AROUND);
  const shown = Math.min(side, photo.width, photo.height);
  const left = (box.left + box.width / 2) * photo.width - shown / 2;
  const top = (box.top + box.height / 2) * photo.height - shown / 2;
  const place = {
    width: photo.width,
    height: photo.height,
    left: -within(left, 0, photo.width - shown),
    top: -within(top, 0, photo.height - shown),
  };
  return Object.entries(place)
    .map(([name, pixels]) => `${name}:${((pixels / shown) * 100).toFixed(2)}%`)
    .join(";");
}

/** Return a share of a photo's shorter side as shares of both sides. */
function sharesOf(share: number, { width, height }: Size): Point {
  const side = share * Math.min(width, height);
  return { x: side / width, y: side / height };
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
