// People as far as they are loaded: pages by cursor, in the order of the server.

import { api } from "./api";
import type { Page, PersonShown } from "./types";

const PAGE = 100;
const LARGEST_PAGE = 500;

export class PeopleFeed {
  /** Fewer faces than this, and a person is not shown. */
  least = 0;
  loading = false;
  loaded = false;
  #people: PersonShown[] = [];
  #next: string | null = null;
  // Who left the list while an answer was on its way, and must not come back with it.
  #removed = new Set<number>();
  #fetching = new AbortController();

  /** `first` asks for the first page, of so many people at most. */
  constructor(readonly first: (limit: number, signal: AbortSignal) => Promise<Page<PersonShown>>) {}

  get people(): PersonShown[] {
    return this.#people.filter(({ faces }) => faces >= this.least);
  }

  /** How many are loaded, however few faces they have. */
  get count(): number {
    return this.#people.length;
  }

  get ids(): number[] {
    return this.people.map(({ id }) => id);
  }

  get complete(): boolean {
    if (!this.loaded || this.#next === null) return this.loaded;
    // Where few faces are left out, those with most come first.
    return this.least > 1 && (this.#people.at(-1)?.faces ?? 0) < this.least;
  }

  /** Load from the start, at least so many people as were loaded before, or `wanted`. */
  async reload(wanted = this.#people.length): Promise<void> {
    await this.#fetch(async (signal) => {
      const limit = Math.min(Math.max(wanted, PAGE), LARGEST_PAGE);
      let page = await this.first(limit, signal);
      const people = [...page.results];
      while (page.next && people.length < wanted) {
        page = await api.next<PersonShown>(page.next, signal);
        people.push(...page.results);
      }
      this.#people = [];
      this.#take({ next: page.next, results: people });
    });
  }

  /** Load the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const next = this.#next;
    if (next === null || this.loading) return;
    await this.#fetch(async (signal) => this.#take(await api.next<PersonShown>(next, signal)));
  }

  /** Take people out of the list, as they no longer belong there. */
  remove(ids: Iterable<number>): void {
    const out = new Set(ids);
    for (const id of out) this.#removed.add(id);
    this.#people = this.#people.filter(({ id }) => !out.has(id));
  }

  /** Read a person anew; it stays where it is in the list. */
  async refresh(id: number): Promise<void> {
    const fresh = await api.person(id);
    this.#people = this.#people.map((person) => (person.id === id ? fresh : person));
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

  #take({ next, results }: Page<PersonShown>): void {
    const known = new Set([...this.#people.map(({ id }) => id), ...this.#removed]);
    this.#people = [...this.#people, ...results.filter(({ id }) => !known.has(id))];
    this.#next = next;
    this.loaded = true;
  }
}
