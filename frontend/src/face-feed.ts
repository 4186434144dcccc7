// The faces of one tab: how many each person has, and those that were loaded, anywhere among them.

import { api, type FaceFilter } from "./api";
import type { Face, Guess, Method, PersonRef } from "./types";

/** Faces of one request. */
const MOST = 120;

export interface FaceGroup {
  person: PersonRef | null;
  /** In order, as many as the server has; those not loaded yet are not known. */
  ids: (number | undefined)[];
}

/** Faces of a group from `from` up to, and without, `to`. */
export interface Stretch {
  group: number;
  from: number;
  to: number;
}

/** Where a face was before it left; it may not have been loaded. */
interface Left {
  id: number | undefined;
  group: FaceGroup;
  at: number;
}

export interface Departure {
  from: FaceFeed;
  faces: Left[];
  /** All groups as they were. */
  groups: FaceGroup[];
}

/** Return whom the face is shown under: its label, or its guess by `method`. */
export function shownPerson(face: Face, method: Method): PersonRef | null {
  if (face.person) return face.person;
  return (face.guess && opinionOf(face.guess, method)[0]) ?? null;
}

/** Return the probability (0–1) of the face's guess by `method`; none for a labelled face. */
export function shownProbability(face: Face, method: Method): number | null {
  if (face.person || !face.guess) return null;
  return opinionOf(face.guess, method)[1];
}

/** Return whom a method takes a face for, and how probable that is. */
function opinionOf(guess: Guess, method: Method): [PersonRef | null, number | null] {
  if (method === "cluster") return [guess.cluster_person, guess.cluster_probability];
  if (method === "classification") return [guess.class_person, guess.class_probability];
  return [guess.runner_up ?? null, guess.runner_up_probability ?? null];
}

export class FaceFeed {
  groups: FaceGroup[] = [];
  loaded = false;
  #faces = new Map<number, Face>();
  /** Grows when faces come or go: what was asked for before then is out of place. */
  #version = 0;

  constructor(
    readonly filter: FaceFilter,
    readonly method: Method,
    readonly grouped: boolean,
    /** The face whose like is shown, all at once; else nothing. */
    readonly like: number | null = null,
  ) {}

  get counts(): number[] {
    return this.groups.map(({ ids }) => ids.length);
  }

  get total(): number {
    return this.groups.reduce((total, { ids }) => total + ids.length, 0);
  }

  face(id: number | undefined): Face | undefined {
    return id === undefined ? undefined : this.#faces.get(id);
  }

  /** Return the group of a face and its place in it, if it is known. */
  find(id: number): { group: number; at: number } | null {
    for (const [group, { ids }] of this.groups.entries()) {
      const at = ids.indexOf(id);
      if (at >= 0) return { group, at };
    }
    return null;
  }

  /** Ask how many faces there are, and of whom; the faces themselves are loaded when in sight. */
  async open(signal: AbortSignal): Promise<void> {
    const groups = await this.#counted(signal);
    this.groups = groups.filter(({ ids }) => ids.length > 0);
    this.#version++;
    this.loaded = true;
  }

  /**
   * Load what is missing of stretches that follow one another, or its first part. Return whether
   * it was as expected; if not, faces have come or gone on the server.
   */
  async fill(stretches: Stretch[], signal: AbortSignal): Promise<boolean> {
    const missing = this.missing(stretches);
    const [first] = missing;
    if (!first) return true;
    const version = this.#version;
    const limit = Math.min(
      MOST,
      missing.reduce((count, { from, to }) => count + to - from, 0),
    );
    const people = missing.map(({ group }) => this.groups[group]?.person?.id).join(",");
    const where = this.grouped ? { people } : {};
    const query = { ...this.filter, ...where, offset: first.from };
    const { results } = await api.faces(query, limit, signal);
    if (version !== this.#version) return true;
    return this.#put(missing, results) && results.length === limit;
  }

  /** Return what is not loaded of stretches, from the first missing face to the last. */
  missing(stretches: Stretch[]): Stretch[] {
    const gaps = stretches.map(({ group, from, to }) => {
      const ids = this.groups[group]?.ids ?? [];
      while (from < to && this.face(ids[from])) from++;
      while (to > from && this.face(ids[to - 1])) to--;
      return { group, from, to };
    });
    const first = gaps.findIndex(({ from, to }) => from < to);
    const last = gaps.findLastIndex(({ from, to }) => from < to);
    if (first < 0) return [];
    // Between the first and the last all are asked for, as a list has no holes.
    return stretches.slice(first, last + 1).map(({ group, from, to }, index, { length }) => ({
      group,
      from: index === 0 ? (gaps[first]?.from ?? from) : from,
      to: index === length - 1 ? (gaps[last]?.to ?? to) : to,
    }));
  }

  /** Ask for the ids of all faces, of one person if given, and return those with their persons. */
  async know(person?: number): Promise<Map<number, number | null>> {
    const version = this.#version;
    if (this.like !== null) return this.#shownPeople();
    const of = person === undefined ? {} : { people: String(person) };
    const { ids, people } = await api.faceIds({ ...this.filter, ...of, grouped: this.grouped });
    const known = new Map(ids.map((id, index) => [id, people[index] ?? null]));
    if (version === this.#version) this.#learn(known, person);
    return known;
  }

  /** Take faces out of the list; what is returned can put them back. */
  remove(gone: Iterable<number>): Departure {
    const out = new Set(gone);
    return this.#leave((_, id) => id !== undefined && out.has(id));
  }

  /** Take a whole group out of the list. */
  removeGroup(gone: FaceGroup): Departure {
    return this.#leave((group) => group === gone);
  }

  /** Put faces back to where they were. */
  restore({ faces, groups }: Departure): void {
    for (const { id, group, at } of faces) group.ids.splice(at, 0, id);
    const order = new Map(groups.map((group, index) => [group, index]));
    const all = new Set([...this.groups, ...faces.map(({ group }) => group)]);
    this.groups = [...all].sort((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
    this.#version++;
  }

  #leave(goes: (group: FaceGroup, id: number | undefined) => boolean): Departure {
    const before = this.groups;
    const faces: Left[] = [];
    for (const group of before) {
      const { ids } = group;
      const left = faces.length;
      // By index: there may be a hundred thousand, and the user waits.
      for (let at = 0; at < ids.length; at++) {
        const id = ids[at];
        if (goes(group, id)) faces.push({ id, group, at });
      }
      if (faces.length === left) continue;
      const gone = new Set(faces.slice(left).map(({ at }) => at));
      group.ids = ids.filter((_, at) => !gone.has(at));
    }
    this.groups = before.filter(({ ids }) => ids.length > 0);
    this.#version++;
    return { from: this, faces, groups: before };
  }

  async #counted(signal: AbortSignal): Promise<FaceGroup[]> {
    const { tab } = this.filter;
    if (this.like !== null) return [{ person: null, ids: await this.#similar(this.like, signal) }];
    if (tab === "unassigned" || tab === "doubtful") {
      const counts = await api.counts(this.filter, signal);
      return [{ person: null, ids: places(counts[tab]) }];
    }
    const groups = await api.groups(this.filter, signal);
    if (this.grouped) return groups.map(({ person, count }) => ({ person, ids: places(count) }));
    return [{ person: null, ids: places(groups.reduce((sum, { count }) => sum + count, 0)) }];
  }

  /** Return the faces that are loaded with their persons. */
  #shownPeople(): Map<number, number | null> {
    const ids = this.groups.flatMap((group) => group.ids);
    const faces = ids.map((id) => this.face(id)).filter((face) => face !== undefined);
    return new Map(faces.map((face) => [face.id, shownPerson(face, this.method)?.id ?? null]));
  }

  async #similar(like: number, signal: AbortSignal): Promise<number[]> {
    const faces = await api.similar(like, signal);
    for (const face of faces) this.#faces.set(face.id, face);
    return faces.map(({ id }) => id);
  }

  #put(stretches: Stretch[], results: Face[]): boolean {
    const waiting = results.values();
    for (const { group, from, to } of stretches) {
      const known = this.groups[group];
      for (let at = from; known && at < to; at++) {
        const face = waiting.next().value;
        if (!face) return true;
        const stranger = this.grouped && shownPerson(face, this.method)?.id !== known.person?.id;
        const other = known.ids[at] !== undefined && known.ids[at] !== face.id;
        const elsewhere = known.ids[at] === undefined && known.ids.includes(face.id);
        if (stranger || other || elsewhere) return false;
        known.ids[at] = face.id;
        this.#faces.set(face.id, face);
      }
    }
    return true;
  }

  #learn(known: Map<number, number | null>, person: number | undefined): void {
    const byPerson = new Map<number | null, number[]>();
    for (const [id, of] of known) {
      const key = this.grouped ? of : null;
      const ids = byPerson.get(key);
      if (ids) ids.push(id);
      else byPerson.set(key, [id]);
    }
    if (person !== undefined && !this.grouped) return;
    for (const group of this.groups) {
      const ids = byPerson.get(group.person?.id ?? null);
      // Where the number is another, faces have come or gone; the next load tells.
      if (ids?.length === group.ids.length) group.ids = ids;
    }
  }
}

function places(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}
