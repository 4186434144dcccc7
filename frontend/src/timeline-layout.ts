// How large the squares of a timeline are, and where its months stand beside it.

import { GridLayout, type Measures } from "./grid-layout";
import type { Month } from "./types";

/** All in px. */
const GAP = 4;
const HEADER = 52;
const NARROWEST = 172;
const NARROWEST_ON_PHONE = 104;
const PHONE = 560;
/** Between two years that are written beside the timeline. */
const BETWEEN_YEARS = 26;

export function timelineLayout(counts: readonly number[], width: number): GridLayout {
  return new GridLayout(counts, squares(width));
}

/** Fit squares into a timeline of this width. */
function squares(width: number): Measures {
  const narrowest = width <= PHONE ? NARROWEST_ON_PHONE : NARROWEST;
  const columns = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
  const side = Math.max(1, (width - GAP * (columns - 1)) / columns);
  return { columns, width: side, height: side, gap: GAP, header: HEADER };
}

export interface Year {
  text: string;
  /** How far down it begins, as a share of the whole. */
  share: number;
}

/** Return the years for which there is room on a scale so many px high, each where it begins. */
export function years(months: readonly Month[], layout: GridLayout, height: number): Year[] {
  const found: Year[] = [];
  let year = "";
  let free = 0;
  for (const [index, { month }] of months.entries()) {
    const text = month.split("-")[0] ?? "";
    const share = layout.groupTop(index) / Math.max(layout.height, 1);
    if (text === year || text === "none") continue;
    year = text;
    if (share * height < free) continue;
    found.push({ text, share });
    free = share * height + BETWEEN_YEARS;
  }
  return found;
}
