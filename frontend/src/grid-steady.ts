// Keeping what is in sight where it is, while faces above it leave or come.

import type { Departure } from "./face-feed";
import type { GridLayout } from "./grid-layout";
import type { GridModel } from "./grid-model";
import type { GridSight } from "./grid-sight";

interface Host {
  readonly sight: GridSight;
  /** Draw anew, and wait until that is done. */
  redraw(): Promise<unknown>;
}

export class GridSteady {
  constructor(
    readonly model: GridModel,
    readonly host: Host,
  ) {}

  /** Return the first face that is wholly in sight, below the bar. */
  first(layout: GridLayout): number {
    const { top } = this.host.sight.now;
    const [segment] = layout.segments(top, top + 1);
    if (!segment) return layout.total - 1;
    return Math.min(layout.span(segment)[0], layout.total - 1);
  }

  /** Scroll so that a face, which was at another place before, stays where it was on the screen. */
  async stay(before: GridLayout, was: number, is: number): Promise<void> {
    const { layout } = this.model;
    if (this.host.sight.now.top === 0 || !layout.total) return;
    const now = layout.place(Math.min(is, layout.total - 1)).top;
    const shift = now - before.place(was).top;
    await this.host.redraw();
    this.host.sight.by(shift);
    await this.host.redraw();
  }
}

/** Return where places of a layout are once faces have left. */
export function shiftBy(departure: Departure, before: GridLayout): (index: number) => number {
  const starts = new Map(departure.groups.map((group, index) => [group, before.start(index)]));
  const gone = departure.faces.map(({ group, at }) => (starts.get(group) ?? 0) + at);
  return (index) => index - gone.filter((at) => at < index).length;
}
