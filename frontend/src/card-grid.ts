// Base of the grids of cards that are all of one size: only those near the screen are drawn, the
// next page is loaded in time, one card has the focus, some are selected, and keys act on them.

import { query, state } from "lit/decorators.js";

import { isAbort } from "./api";
import { CardWindow } from "./card-window";
import { hear, tell } from "./events";
import { KithElement } from "./kith-element";
import { messageOf, notSaved, type Message } from "./message";
import type { PagedFeed } from "./paged-feed";
import { keepPlace, keptPlace } from "./place";
import { Selection } from "./selection";
import { isOwn } from "./world";

/** How a card is to be drawn. */
export interface CardState {
  selected: boolean;
  /** The one card that Tab reaches. */
  current: boolean;
  busy: boolean;
  /** Where it is: its place in the list, from 0, and in the grid. */
  index: number;
  row: number;
  column: number;
}

export abstract class CardGrid<T extends { id: number }> extends KithElement {
  /** What its rows are called in the data of the cards. */
  protected abstract readonly kind: "person" | "dismissal";
  /** What of a card has the focus. */
  protected abstract readonly focusable: string;
  protected abstract readonly cards: CardWindow;
  protected abstract readonly feed: PagedFeed<T>;
  @query(".cards") protected list!: HTMLElement;
  @state() protected problem: Message = "";
  protected readonly selection = new Selection();
  protected readonly busy = new Set<number>();
  protected current: number | null = null;
  /** Whether others are being told just now of what was done here. */
  protected telling = false;
  #sized = new ResizeObserver(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    const options = { signal: this.gone };
    this.addEventListener("keydown", (event) => this.#key(event), options);
    window.addEventListener("scroll", () => this.#scrolled(), { ...options, passive: true });
    window.addEventListener("resize", () => this.requestUpdate(), options);
    window.addEventListener("pagehide", () => keepPlace(this.feed.count, this.current), options);
    hear("server-back", () => void (this.problem && this.tryAgain()), this.gone);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sized.disconnect();
  }

  override firstUpdated(): void {
    this.#sized.observe(this.list);
  }

  override updated(): void {
    if (this.cards.measure(this.list)) this.requestUpdate();
    else this.#scrolled();
  }

  // Loading

  /** Show the rows as they are now. */
  async reload(wanted?: number): Promise<void> {
    await this.#load(() => this.feed.reload(wanted));
  }

  /** Show the rows, and where the user was among them when the page was left. */
  protected async open(): Promise<void> {
    const place = keptPlace();
    await this.reload(place?.loaded);
    if (!place) return;
    if (this.feed.ids.includes(place.current ?? 0)) this.current = place.current;
    this.requestUpdate();
    await this.updateComplete;
    window.scrollTo({ top: place.scrolled });
  }

  async tryAgain(): Promise<void> {
    await this.#load(() => (this.feed.loaded ? this.feed.more() : this.feed.reload()));
  }

  async #load(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    this.settleCurrent();
    this.requestUpdate();
  }

  /** Draw what has come near the screen, and fetch what comes next. */
  #scrolled(): void {
    const { loaded, complete, loading, rows } = this.feed;
    if (this.cards.look(this.list, rows.length)) this.requestUpdate();
    const more = loaded && !complete && !loading && !this.problem;
    if (more && this.cards.nearEnd(rows.length)) void this.#load(() => this.feed.more());
  }

  // Selection and focus

  /** The selected ones of those that are shown, in their order. */
  protected get chosen(): number[] {
    return this.selection.among(this.feed.ids);
  }

  protected select(change: () => void): void {
    change();
    this.requestUpdate();
  }

  protected toggle(id: number): void {
    this.select(() => this.selection.toggle(id));
  }

  protected clearSelection(): void {
    this.select(() => this.selection.clear());
  }

  protected makeCurrent(id: number): void {
    if (this.current === id) return;
    this.current = id;
    this.requestUpdate();
  }

  /** See to it that Tab reaches one that is shown. */
  protected settleCurrent(): void {
    const { ids } = this.feed;
    if (!ids.includes(this.current ?? 0)) this.current = ids[0] ?? null;
  }

  protected async focusCurrent(): Promise<void> {
    this.requestUpdate();
    await this.updateComplete;
    const card = `[data-${this.kind}="${this.current}"]`;
    this.querySelector<HTMLElement>(`${card} ${this.focusable}`)?.focus();
  }

  /** Return whose card an event happened in. */
  protected idOf(target: EventTarget | null): number | null {
    const card = (target as Element | null)?.closest<HTMLElement>(`[data-${this.kind}]`);
    return card ? Number(card.dataset[this.kind]) : null;
  }

  /** Whether cards are there for more than to be looked at. */
  protected get mayAct(): boolean {
    return isOwn();
  }

  /** What keys do on a card. */
  protected abstract commands(id: number): Record<string, () => void>;

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("dialog")) return;
    if (event.key === "Escape" && this.selection.size) this.clearSelection();
    const id = this.idOf(target);
    if (id === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { ids } = this.feed;
    const to = this.cards.step(ids.indexOf(id), event.key, ids.length);
    if (to !== null) {
      this.current = ids[to] ?? null;
      void this.focusCurrent();
    } else if (!this.#command(event, id, target)) return;
    event.preventDefault();
  }

  #command(event: KeyboardEvent, id: number, target: HTMLElement): boolean {
    // What can be done with people is their owner's to do.
    const command = this.mayAct ? this.commands(id)[event.key] : undefined;
    // On one of a card's buttons the space bar presses it.
    if (event.key === " " && !target.matches(this.focusable)) return false;
    // The focus has moved to another card since; a held key would go on there.
    if (event.repeat) return command !== undefined || event.key === "Enter";
    command?.();
    return command !== undefined;
  }

  // What is done to rows

  /** Dim rows while the server is asked; then go on at the one that has the focus. */
  protected async during(ids: number[], work: () => Promise<void>): Promise<void> {
    if (ids.some((id) => this.busy.has(id))) return;
    const { activeElement } = document;
    const focused = this.contains(activeElement) || activeElement === document.body;
    this.select(() => ids.forEach((id) => this.busy.add(id)));
    try {
      await work();
    } catch (error) {
      notSaved(error, () => this.during(ids, work));
    } finally {
      this.select(() => ids.forEach((id) => this.busy.delete(id)));
    }
    this.telling = true;
    tell("faces-changed", undefined);
    this.telling = false;
    if (focused && ids.length) await this.focusCurrent();
  }

  /** Take rows out of the list; the focus goes on to the next one, else the last. */
  protected leave(gone: number[]): void {
    const { ids } = this.feed;
    const at = Math.max(ids.indexOf(this.current ?? 0), 0);
    const stays = (id: number): boolean => !gone.includes(id);
    this.current = ids.slice(at).find(stays) ?? ids.findLast(stays) ?? null;
    this.selection.remove(gone);
    this.feed.remove(gone);
    this.requestUpdate();
  }

  // Drawing

  /** Find out what is near the screen, and say how large the list is. */
  protected get listStyle(): string {
    const count = this.feed.rows.length;
    this.cards.look(this.list, count);
    const { columns, row } = this.cards;
    const rows = Math.ceil(count / columns);
    return `--columns: ${columns}; --row-height: ${row}px; --rows: ${rows}`;
  }

  /** The cards near the screen, and the one that has the focus, wherever it is. */
  protected get drawn(): [T, CardState][] {
    const { rows } = this.feed;
    const { from, to, columns } = this.cards;
    const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
    const current = rows.findIndex(({ id }) => id === this.current);
    if (current >= 0 && current < from) indexes.unshift(current);
    if (current >= to) indexes.push(current);
    return indexes.flatMap((index) => {
      const row = rows[index];
      if (!row) return [];
      const place = { index, row: Math.floor(index / columns), column: index % columns };
      return [[row, { ...this.#standing(row.id), ...place }] satisfies [T, CardState]];
    });
  }

  #standing(id: number): Pick<CardState, "selected" | "current" | "busy"> {
    return {
      selected: this.selection.has(id),
      current: this.current === id,
      busy: this.busy.has(id),
    };
  }
}
