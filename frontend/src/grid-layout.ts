// Where the faces of a grid are: sizes and places by arithmetic alone, for any number of faces.

/** All in px. */
export interface Measures {
  columns: number;
  /** Of a card. */
  width: number;
  height: number;
  gap: number;
  /** Of a group's header; 0 where groups have none. */
  header: number;
}

/** Rows of one group that are in sight: from `firstRow` up to, and without, `endRow`. */
export interface Segment {
  group: number;
  firstRow: number;
  endRow: number;
}

export interface Place {
  group: number;
  row: number;
  column: number;
  /** Of the card's upper left corner within the grid, in px. */
  top: number;
  left: number;
}

const NARROWEST = 148;
const NARROWEST_ON_PHONE = 136;
const PHONE = 560;
/** So many cards are drawn at most beyond those in sight. */
const MOST_CARDS = 150;
const MOST_AHEAD_PX = 600;

/** Fit cards into a grid of this width; `below` is what a card has under its square picture. */
export function measures(width: number, below: number, header: number): Measures {
  const phone = width <= PHONE;
  const gap = phone ? 8 : 12;
  const narrowest = phone ? NARROWEST_ON_PHONE : NARROWEST;
  const columns = Math.max(1, Math.floor((width + gap) / (narrowest + gap)));
  const card = Math.max(1, (width - gap * (columns - 1)) / columns);
  return { columns, width: card, height: card + below, gap, header };
}

export class GridLayout {
  readonly height: number;
  readonly total: number;
  /** By group: where it begins, in px and in faces. */
  readonly #tops: number[] = [];
  readonly #starts: number[] = [];

  constructor(
    readonly counts: readonly number[],
    readonly measures: Measures,
  ) {
    let top = 0;
    let start = 0;
    for (const [group, count] of counts.entries()) {
      this.#tops.push(top);
      this.#starts.push(start);
      top += this.groupHeight(group);
      start += count;
    }
    this.height = top;
    this.total = start;
  }

  /** From one row's top to that of the next. */
  get pitch(): number {
    return this.measures.height + this.measures.gap;
  }

  rows(group: number): number {
    return Math.ceil((this.counts[group] ?? 0) / this.measures.columns);
  }

  groupTop(group: number): number {
    return this.#tops[group] ?? 0;
  }

  groupHeight(group: number): number {
    return this.measures.header + this.rows(group) * this.pitch;
  }

  /** Return the index of a group's first face. */
  start(group: number): number {
    return this.#starts[group] ?? this.total;
  }

  groupOf(index: number): number {
    return lastAtMost(this.#starts, index);
  }

  place(index: number): Place {
    const group = this.groupOf(index);
    const { columns, width, gap, header } = this.measures;
    const within = index - this.start(group);
    const row = Math.floor(within / columns);
    const column = within % columns;
    const top = this.groupTop(group) + header + row * this.pitch;
    return { group, row, column, top, left: column * (width + gap) };
  }

  /** Return what lies between two heights, in px from the grid's top. */
  segments(top: number, bottom: number): Segment[] {
    const found: Segment[] = [];
    const { header } = this.measures;
    let group = Math.max(lastAtMost(this.#tops, top), 0);
    for (; group < this.counts.length && this.groupTop(group) < bottom; group++) {
      const begin = this.groupTop(group) + header;
      const rows = this.rows(group);
      const firstRow = clamp(Math.floor((top - begin) / this.pitch), 0, rows);
      const endRow = clamp(Math.ceil((bottom - begin) / this.pitch), firstRow, rows);
      if (this.groupTop(group) + this.groupHeight(group) > top) {
        found.push({ group, firstRow, endRow });
      }
    }
    return found;
  }

  /** Return how far beyond what is in sight cards may be drawn, in px. */
  ahead(sight: number): number {
    const inSight = (sight / this.pitch) * this.measures.columns;
    const rows = Math.max(1, (MOST_CARDS - inSight) / this.measures.columns / 2);
    return Math.min(MOST_AHEAD_PX, rows * this.pitch);
  }

  /** Return the indices of a segment's faces: from the first up to, and without, the second. */
  span({ group, firstRow, endRow }: Segment): [number, number] {
    const { columns } = this.measures;
    const start = this.start(group);
    const end = Math.min(endRow * columns, this.counts[group] ?? 0);
    return [start + firstRow * columns, start + end];
  }

  /** Return where an arrow, Home or End leads from a face, or null where the grid ends. */
  step(index: number, key: string): number | null {
    const last = this.total - 1;
    if (key === "ArrowLeft") return index > 0 ? index - 1 : null;
    if (key === "ArrowRight") return index < last ? index + 1 : null;
    if (key === "Home") return last < 0 ? null : 0;
    if (key === "End") return last < 0 ? null : last;
    if (key === "ArrowDown") return this.#below(index);
    if (key === "ArrowUp") return this.#above(index);
    return null;
  }

  #below(index: number): number | null {
    const { group, row, column } = this.place(index);
    if (row + 1 < this.rows(group)) return this.#at(group, row + 1, column);
    const next = this.#occupied(group, 1);
    return next === null ? null : this.#at(next, 0, column);
  }

  #above(index: number): number | null {
    const { group, row, column } = this.place(index);
    if (row > 0) return this.#at(group, row - 1, column);
    const before = this.#occupied(group, -1);
    return before === null ? null : this.#at(before, this.rows(before) - 1, column);
  }

  /** Return the face of a row that is in this column, or the row's last one. */
  #at(group: number, row: number, column: number): number {
    const within = row * this.measures.columns + column;
    return this.start(group) + Math.min(within, (this.counts[group] ?? 1) - 1);
  }

  #occupied(group: number, step: number): number | null {
    for (let at = group + step; at >= 0 && at < this.counts.length; at += step) {
      if (this.counts[at]) return at;
    }
    return null;
  }
}

/** Return whether the same rows are meant. */
export function sameRows(one: Segment[], other: Segment[]): boolean {
  return one.length === other.length && one.every((each, index) => alike(each, other[index]));
}

function alike(one: Segment, other: Segment | undefined): boolean {
  const { group, firstRow, endRow } = one;
  return group === other?.group && firstRow === other.firstRow && endRow === other.endRow;
}

/** Return the place of the last number that is at most `limit`; numbers ascend. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
