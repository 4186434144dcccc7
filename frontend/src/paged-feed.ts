// A long list as far as it is loaded: pages by cursor, in the order of the server.

import { api } from "./api";
import type { Page } from "./types";

const PAGE = 100;
const LARGEST_PAGE = 500;

export class PagedFeed<T extends { id: number }> {
  loading = false;
  loaded = false;
  #rows: T[] = [];
  #next: string | null = null;
  // What left the list while an answer was on its way, and must not come back with it.
  #removed = new Set<number>();
  #fetching = new AbortController();

  /** `first` asks for the first page, of so many rows at most. */
  constructor(readonly first: (limit: number, signal: AbortSignal) => Promise<Page<T>>) {}

  /** What is to be shown of all that is loaded. */
  get rows(): T[] {
    return this.#rows;
  }

  get ids(): number[] {
    return this.rows.map(({ id }) => id);
  }

  /** How many are loaded, shown or not. */
  get count(): number {
    return this.#rows.length;
  }

  get complete(): boolean {
    return this.loaded && this.#next === null;
  }

  /** Load from the start, at least so many rows as were loaded before, or `wanted`. */
  async reload(wanted = this.#rows.length): Promise<void> {
    await this.#fetch(async (signal) => {
      const limit = Math.min(Math.max(wanted, PAGE), LARGEST_PAGE);
      let page = await this.first(limit, signal);
      const rows = [...page.results];
      while (page.next && rows.length < wanted) {
        page = await api.next<T>(page.next, signal);
        rows.push(...page.results);
      }
      this.#rows = [];
      this.#take({ next: page.next, results: rows });
    });
  }

  /** Load the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const next = this.#next;
    if (next === null || this.loading) return;
    await this.#fetch(async (signal) => this.#take(await api.next<T>(next, signal)));
  }

  /** Take rows out of the list, as they no longer belong there. */
  remove(ids: Iterable<number>): void {
    const out = new Set(ids);
    for (const id of out) this.#removed.add(id);
    this.#rows = this.#rows.filter(({ id }) => !out.has(id));
  }

  /** Show a row as it is now; it stays where it is in the list. */
  replace(fresh: T): void {
    this.#rows = this.#rows.map((row) => (row.id === fresh.id ? fresh : row));
  }

  async #fetch(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#fetching.abort();
    const fetching = new AbortController();
    this.#fetching = fetching;
    this.#removed.clear();
    this.loading = true;
    try {
      await work(fetching.signal);
    } finally {
      if (this.#fetching === fetching) this.loading = false;
    }
  }

  #take({ next, results }: Page<T>): void {
    const known = new Set([...this.#rows.map(({ id }) => id), ...this.#removed]);
    this.#rows = [...this.#rows, ...results.filter(({ id }) => !known.has(id))];
    this.#next = next;
    this.loaded = true;
  }
}
