// Which faces are selected: ids, and the anchor from which shift-click selects a range.

export class Selection {
  #ids = new Set<number>();
  #anchor: number | null = null;

  get size(): number {
    return this.#ids.size;
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  toggle(id: number): void {
    if (!this.#ids.delete(id)) this.#ids.add(id);
    this.#anchor = id;
  }

  /** Select everything between the anchor and `id`, in the order of `ids`. */
  extend(id: number, ids: number[]): void {
    const from = this.#anchor === null ? -1 : ids.indexOf(this.#anchor);
    const to = ids.indexOf(id);
    if (from < 0 || to < 0) {
      this.toggle(id);
      return;
    }
    this.add(ids.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  add(ids: Iterable<number>): void {
    for (const id of ids) this.#ids.add(id);
  }

  remove(ids: Iterable<number>): void {
    for (const id of ids) this.#ids.delete(id);
  }

  clear(): void {
    this.#ids.clear();
    this.#anchor = null;
  }

  /** Return the selected ones of `ids`, in their order. */
  among(ids: number[]): number[] {
    return ids.filter((id) => this.#ids.has(id));
  }
}
