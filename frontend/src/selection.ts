// Which faces are selected, loaded or not; each with the person whose group it was selected in.

import type { Departure } from "./face-feed";

export class Selection {
  #faces = new Map<number, number | null>();
  #anchor: number | null = null;
  /** Those that were selected of what has left. */
  readonly #parted = new WeakMap<Departure, [number, number | null][]>();

  get size(): number {
    return this.#faces.size;
  }

  /** The faces, in the order in which they were selected. */
  get ids(): number[] {
    return [...this.#faces.keys()];
  }

  /** From where Shift selects a range. */
  get anchor(): number | null {
    return this.#anchor;
  }

  has(id: number): boolean {
    return this.#faces.has(id);
  }

  person(id: number): number | null {
    return this.#faces.get(id) ?? null;
  }

  toggle(id: number, person: number | null = null): void {
    if (!this.#faces.delete(id)) this.#faces.set(id, person);
    this.#anchor = id;
  }

  add(faces: Iterable<[number, number | null]>): void {
    for (const [id, person] of faces) this.#faces.set(id, person);
  }

  remove(ids: Iterable<number>): void {
    for (const id of ids) this.#faces.delete(id);
  }

  /** Return the selected ones of `ids`, in their order. */
  among(ids: number[]): number[] {
    return ids.filter((id) => this.#faces.has(id));
  }

  /** Let faces that leave the board go; if they come back, they are selected as before. */
  part(departure: Departure): void {
    const gone = departure.faces.flatMap(({ id }) =>
      id !== undefined && this.has(id) ? [id] : [],
    );
    this.#parted.set(
      departure,
      gone.map((id) => [id, this.person(id)]),
    );
    this.remove(gone);
  }

  rejoin(departure: Departure): void {
    this.add(this.#parted.get(departure) ?? []);
  }

  clear(): void {
    this.#faces.clear();
    this.#anchor = null;
  }
}
