// Which face has the focus: by its place, so that it may be anywhere, drawn or not.

import type { Segment } from "./grid-layout";
import type { GridModel } from "./grid-model";
import type { GridSight } from "./grid-sight";

interface Host {
  readonly sight: GridSight;
  /** How much of the screen is covered above the faces, in px. */
  readonly covered: number;
  /** Draw anew, and wait until that is done. */
  redraw(): Promise<unknown>;
}

export class GridFocus {
  /** The place of the face that Tab reaches. */
  current = 0;
  /** Whether the board has the focus, itself or one of its faces. */
  holds = false;

  constructor(
    readonly model: GridModel,
    readonly host: Host,
  ) {}

  get id(): number | undefined {
    return this.model.idAt(this.current);
  }

  get #board(): HTMLElement {
    return this.host.sight.board;
  }

  set(index: number): void {
    this.current = Math.max(0, Math.min(index, this.model.layout.total - 1));
  }

  /** Bring a face into sight and give it the focus, at the latest when it is loaded. */
  async move(index: number): Promise<void> {
    const { layout } = this.model;
    if (!layout.total) return;
    this.set(index);
    const { top } = layout.place(this.current);
    const { header, height } = layout.measures;
    this.host.sight.reveal(top, top + height + 8, this.host.covered + header);
    await this.take();
  }

  /** Give the focus to the current face, where it is. */
  async take(): Promise<void> {
    if (!this.model.layout.total) return;
    this.#board.focus({ preventScroll: true });
    this.holds = true;
    await this.host.redraw();
  }

  /** Give the focus to the current face if it is in sight, else to the first that is. */
  async toSight(): Promise<void> {
    const { top, bottom } = this.host.sight.now;
    this.set(this.reached(this.model.layout.segments(top, bottom)));
    await this.take();
  }

  /** Go to the first face of the next group, or of this one and then of the one before. */
  async moveToGroup(step: number): Promise<void> {
    const { layout, feed } = this.model;
    if (!this.#board.contains(document.activeElement)) return this.move(this.current);
    const group = layout.groupOf(this.current);
    const first = layout.start(group);
    if (step < 0 && this.current > first) return this.move(first);
    const to = group + step;
    if (to >= 0 && to < feed.groups.length) await this.move(layout.start(to));
  }

  /** After drawing: the focus stays with the current face, even while that is not drawn. */
  keep(): void {
    if (!this.holds) return;
    if (document.activeElement === document.body) this.#board.focus({ preventScroll: true });
    if (document.activeElement !== this.#board || this.id === undefined) return;
    const card = this.#board.querySelector<HTMLElement>(`[data-face="${this.id}"] .crop`);
    card?.focus({ preventScroll: true });
  }

  came(event: FocusEvent): void {
    const id = faceOf(event.target);
    const index = id === null ? null : this.model.indexOf(id);
    this.holds = index !== null || event.target === this.#board;
    if (index === null || index === this.current) return;
    this.current = index;
    void this.host.redraw();
  }

  went(event: FocusEvent): void {
    // Without another element it is a card that is no longer drawn, or the whole window.
    if (event.relatedTarget) this.holds = this.#board.contains(event.relatedTarget as Node);
  }

  /** Return which of some faces is meant: the current one, else the first. */
  reached(segments: Segment[]): number {
    const spans = segments.map((segment) => this.model.layout.span(segment));
    const among = spans.some(([from, to]) => from <= this.current && this.current < to);
    return among ? this.current : (spans.find(([from, to]) => from < to)?.[0] ?? 0);
  }
}

/** Return the face whose card an event happened in. */
export function faceOf(target: EventTarget | null): number | null {
  const card = (target as Element | null)?.closest<HTMLElement>("[data-face]");
  return card ? Number(card.dataset.face) : null;
}
