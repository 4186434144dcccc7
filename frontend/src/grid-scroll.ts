// What of the board is drawn and loaded as the page scrolls.

import { sameRows, type Segment } from "./grid-layout";
import type { GridLoader } from "./grid-loader";
import type { GridModel } from "./grid-model";
import type { GridSight } from "./grid-sight";

/** What flies past is not loaded; what stays so long is. */
const PASSING_MS = 50;

interface Host {
  readonly model: GridModel;
  readonly loader: GridLoader;
  /** Not there before the board is drawn first. */
  readonly sight: GridSight | undefined;
  /** Whether nothing is to be loaded just now. */
  readonly isPaused: boolean;
  requestUpdate(): void;
}

export class GridScroll {
  #segments: Segment[] = [];
  #passing = 0;
  #frame = 0;

  constructor(readonly host: Host) {}

  /** Follow the page until `signal` aborts. */
  watch(signal: AbortSignal): void {
    const scrolled = (): void => this.#scrolled();
    window.addEventListener("scroll", scrolled, { signal, passive: true });
    window.addEventListener("resize", scrolled, { signal });
  }

  /** Return what is to be drawn: what is in sight and a little more. */
  look(): Segment[] {
    this.#segments = this.#near();
    return this.#segments;
  }

  /** Load what is missing in sight or near it. */
  load(): void {
    const { sight, loader, isPaused } = this.host;
    if (sight && !isPaused && !this.#passing) loader.load(sight.now);
  }

  #near(): Segment[] {
    const { sight, model } = this.host;
    if (!sight) return [];
    const { top, bottom } = sight.now;
    const ahead = model.layout.ahead(bottom - top);
    return model.layout.segments(Math.max(0, top - ahead), bottom + ahead);
  }

  #scrolled(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.host.sight?.moved()) {
        clearTimeout(this.#passing);
        this.#passing = window.setTimeout(() => {
          this.#passing = 0;
          this.load();
        }, PASSING_MS);
      }
      if (sameRows(this.#segments, this.#near())) this.load();
      else this.host.requestUpdate();
    });
  }
}
