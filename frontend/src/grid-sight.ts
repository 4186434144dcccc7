// Which part of the board is in sight, and moving it: the page itself scrolls.

/** In px from the board's top. */
export interface Sight {
  top: number;
  bottom: number;
}

export class GridSight {
  /** Scrolled faster than this, in screens since the last look, nothing is loaded yet. */
  static readonly FAST = 1;
  #last = 0;

  constructor(readonly board: HTMLElement) {}

  get now(): Sight {
    const top = -this.board.getBoundingClientRect().top;
    return { top: Math.max(0, top), bottom: Math.max(0, top + window.innerHeight) };
  }

  /** Return whether the board moved by more than a screen since this was asked last. */
  moved(): boolean {
    const far = Math.abs(window.scrollY - this.#last) > window.innerHeight * GridSight.FAST;
    this.#last = window.scrollY;
    return far;
  }

  /** Scroll as little as shows what is between two heights, below `covered` px of the screen. */
  reveal(top: number, bottom: number, covered: number): void {
    const origin = this.board.getBoundingClientRect().top;
    const above = origin + top - covered;
    const below = origin + bottom - window.innerHeight;
    if (above < 0) this.by(above);
    else if (below > 0) this.by(Math.min(below, above));
  }

  by(px: number): void {
    if (px) window.scrollBy({ top: px, behavior: "instant" });
  }
}
