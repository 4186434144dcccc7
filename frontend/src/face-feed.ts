// The faces of one tab as far as they are loaded: pages by cursor, grouped by person.

import { api, type FaceFilter } from "./api";
import type { Face, Method, Page, PersonRef } from "./types";

const PAGE = 100;
const LARGEST_PAGE = 500;

export interface FaceGroup {
  person: PersonRef | null;
  faces: Face[];
  /** How many the server has, loaded or not; null while unknown. */
  count: number | null;
}

/** Return whom the face is shown under: its label, or its guess by `method`. */
export function shownPerson(face: Face, method: Method): PersonRef | null {
  if (face.person) return face.person;
  return (method === "cluster" ? face.guess?.cluster_person : face.guess?.class_person) ?? null;
}

/** Return the probability (0–1) of the face's guess by `method`; none for a labelled face. */
export function shownProbability(face: Face, method: Method): number | null {
  if (face.person || !face.guess) return null;
  return method === "cluster" ? face.guess.cluster_probability : face.guess.class_probability;
}

export class FaceFeed {
  groups: FaceGroup[] = [];
  loading = false;
  loaded = false;
  #next: string | null = null;
  #counts = new Map<number | null, number>();
  // What left the list while an answer was on its way, and must not come back with it.
  #removed = new Set<number>();
  #arriving: Promise<void> = Promise.resolve();
  #fetching = new AbortController();

  constructor(
    readonly filter: FaceFilter,
    readonly method: Method,
  ) {}

  get faces(): Face[] {
    return this.groups.flatMap((group) => group.faces);
  }

  get ids(): number[] {
    return this.faces.map((face) => face.id);
  }

  get complete(): boolean {
    return this.loaded && this.#next === null;
  }

  /** Load from the start, as many faces as were loaded before. */
  async reload(): Promise<void> {
    const limit = Math.min(Math.max(this.faces.length, PAGE), LARGEST_PAGE);
    await this.#fetch(async (signal) => {
      const [page] = await Promise.all([api.faces(this.filter, limit, signal), this.recount()]);
      this.groups = [];
      this.#take(page);
    });
  }

  /** Load the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const next = this.#next;
    if (next === null || this.loading) return;
    await this.#fetch(async (signal) => this.#take(await api.next<Face>(next, signal)));
  }

  /** Load until every face of the group is here. */
  async completeGroup(group: FaceGroup): Promise<void> {
    // A page that is on its way already may end the group.
    await this.#arriving.catch(() => undefined);
    while (!this.complete && !this.loading && this.groups.at(-1) === group) await this.more();
  }

  /** Read anew how many faces each person has in this tab. */
  async recount(): Promise<void> {
    if (!this.#grouped) return;
    const counts = await api.groups(this.filter);
    this.#counts = new Map(counts.map(({ person, count }) => [person?.id ?? null, count]));
    for (const group of this.groups) group.count = this.#countOf(group.person);
  }

  /** Take faces out of the list, as they no longer belong to this tab. */
  remove(ids: Iterable<number>): void {
    const out = new Set(ids);
    for (const id of out) this.#removed.add(id);
    for (const group of this.groups) {
      const left = group.faces.filter((face) => !out.has(face.id));
      if (group.count !== null) group.count -= group.faces.length - left.length;
      group.faces = left;
    }
    this.groups = this.groups.filter((group) => group.faces.length > 0);
  }

  /** Show faces under their new label; where its group is not loaded yet, they come with it. */
  relabel(ids: Iterable<number>, person: PersonRef): void {
    const wanted = new Set(ids);
    const moved = this.faces.filter((face) => wanted.has(face.id));
    this.remove(wanted);
    let group = this.groups.find((each) => each.person?.id === person.id);
    if (!group) {
      if (!this.complete || this.filter.person) return;
      group = { person, faces: [], count: 0 };
      this.groups.push(group);
    }
    group.faces = [...group.faces, ...moved.map((face) => ({ ...face, person }))];
    if (group.count !== null) group.count += moved.length;
  }

  get #grouped(): boolean {
    return this.filter.tab !== "unassigned" && this.filter.tab !== "doubtful";
  }

  async #fetch(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#fetching.abort();
    const fetching = new AbortController();
    this.#fetching = fetching;
    this.#removed.clear();
    this.loading = true;
    try {
      this.#arriving = work(fetching.signal);
      await this.#arriving;
    } finally {
      if (this.#fetching === fetching) this.loading = false;
    }
  }

  #take(page: Page<Face>): void {
    const known = new Set([...this.ids, ...this.#removed]);
    for (const face of page.results) {
      if (!known.has(face.id)) this.#groupOf(face).faces.push(face);
    }
    this.#next = page.next;
    this.loaded = true;
  }

  /** Find the group to show the face in; those of nobody are one. */
  #groupOf(face: Face): FaceGroup {
    const person = this.#grouped ? shownPerson(face, this.method) : null;
    let group = this.groups.find((each) => each.person?.id === person?.id);
    if (!group) {
      group = { person, faces: [], count: this.#countOf(person) };
      this.groups.push(group);
    }
    return group;
  }

  #countOf(person: PersonRef | null): number | null {
    return this.#counts.get(person?.id ?? null) ?? null;
  }
}
