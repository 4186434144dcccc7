// Which cards of a long list are near enough to the screen to be drawn; all are of one size.

/** Between cards, in pixels; cards.css leaves as much. */
const GAP_PX = 14;
const NARROWEST_PX = 264;
/** Of a card whose height is not known yet, with the gap. */
const ROW_PX = 330;
/** So far beyond the screen cards are drawn, so that scrolling finds them there. */
const BEYOND_PX = 500;
/** So many rows before the last one, the next page is wanted. */
const ROWS_AHEAD = 4;

export class CardWindow {
  columns = 1;
  /** Height of a row with the gap behind it, in pixels. */
  row = ROW_PX;
  /** Indexes of the first card to draw and of the one behind the last. */
  from = 0;
  to = 0;

  /** Cards are no narrower than `narrowest`, in pixels. */
  constructor(readonly narrowest = NARROWEST_PX) {}

  /** Learn how large cards are in `list`; tell whether that is news. */
  measure(list: HTMLElement): boolean {
    const room = list.clientWidth + GAP_PX;
    const columns = Math.max(1, Math.floor(room / (this.narrowest + GAP_PX)));
    const card = list.querySelector<HTMLElement>("li");
    const row = card ? card.offsetHeight + GAP_PX : this.row;
    const news = columns !== this.columns || row !== this.row;
    Object.assign(this, { columns, row });
    return news;
  }

  /** Find out which of `count` cards are near the screen; tell whether that is news. */
  look(list: HTMLElement | null, count: number): boolean {
    const top = list?.getBoundingClientRect().top ?? 0;
    const first = Math.floor((-top - BEYOND_PX) / this.row);
    const behind = Math.ceil((-top + window.innerHeight + BEYOND_PX) / this.row);
    const from = Math.min(Math.max(first, 0) * this.columns, count);
    const to = Math.min(Math.max(behind, 1) * this.columns, count);
    const news = from !== this.from || to !== this.to;
    Object.assign(this, { from, to });
    return news;
  }

  /** Whether the end of `count` cards is so near that more are wanted. */
  nearEnd(count: number): boolean {
    return this.to + ROWS_AHEAD * this.columns >= count;
  }

  /** Return the index that an arrow key leads to among `count`; none where the list ends. */
  step(at: number, key: string, count: number): number | null {
    const { columns } = this;
    const steps: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: count - 1,
    };
    let to = steps[key];
    // Below there may be a shorter row that does not reach as far.
    const below = Math.floor(at / columns) < Math.floor((count - 1) / columns);
    if (key === "ArrowDown" && below) to = Math.min(at + columns, count - 1);
    return to !== undefined && to >= 0 && to < count ? to : null;
  }
}
