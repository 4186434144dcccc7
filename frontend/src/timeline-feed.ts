// The photos of a timeline: how many each month has, and those that were loaded, anywhere among
// them.

import { api } from "./api";
import type { Month, PhotoCard } from "./types";

/** Photos of one request. */
const CHUNK = 100;

export class TimelineFeed {
  months: Month[] = [];
  loaded = false;
  /** By month, at the places that are known. */
  #photos: (PhotoCard | undefined)[][] = [];
  #asked = new Map<string, Promise<void>>();

  /** `source` is an address of the API that lists photos, newest first, and counts its months. */
  constructor(readonly source: string) {}

  get counts(): number[] {
    return this.months.map(({ count }) => count);
  }

  get total(): number {
    return this.months.reduce((total, { count }) => total + count, 0);
  }

  photo(month: number, at: number): PhotoCard | undefined {
    return this.#photos[month]?.[at];
  }

  /** Return the month of a photo that was loaded, and its place there. */
  find(id: number): { month: number; at: number } | null {
    for (const [month, photos] of this.#photos.entries()) {
      const at = photos.findIndex((photo) => photo?.id === id);
      if (at >= 0) return { month, at };
    }
    return null;
  }

  async open(signal: AbortSignal): Promise<void> {
    const months = await api.months(this.source, signal);
    if (signal.aborted) return;
    this.months = months;
    this.#photos = months.map(() => []);
    this.#asked.clear();
    this.loaded = true;
  }

  /** Load what is missing of a month from one place up to, and without, another. */
  async load(month: number, from: number, to: number, signal?: AbortSignal): Promise<void> {
    const chunks = [];
    for (let chunk = Math.floor(from / CHUNK); chunk * CHUNK < to; chunk++) {
      chunks.push(this.#chunk(month, chunk, signal));
    }
    await Promise.all(chunks);
  }

  /** Whether all of a month between two places is there. */
  has(month: number, from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (!this.photo(month, at)) return false;
    return true;
  }

  #chunk(month: number, chunk: number, signal?: AbortSignal): Promise<void> {
    const key = `${month} ${chunk}`;
    const known = this.#asked.get(key);
    if (known) return known;
    const asked = this.#fetch(month, chunk * CHUNK, signal);
    this.#asked.set(key, asked);
    // What failed or was given up is asked for again.
    asked.catch(() => this.#asked.delete(key));
    return asked;
  }

  async #fetch(month: number, offset: number, signal?: AbortSignal): Promise<void> {
    const name = this.months[month]?.month ?? "";
    const place = this.#photos[month];
    const query = { month: name, offset, limit: CHUNK };
    const { results } = await api.photosOf(this.source, query, signal);
    for (const [at, photo] of results.entries()) if (place) place[offset + at] = photo;
  }
}
