// What a search for photos asks for, as its address says it.

/** Where somebody is asked for: in the photo, one of several in it, or not in it. */
export type Part = "all" | "any" | "none";

export const PARTS: Part[] = ["all", "any", "none"];

export interface Asked {
  id: number;
  part: Part;
}

const FIELDS = [
  "only",
  "unnamed",
  "faces_min",
  "faces_max",
  "guesses",
  "min_probability",
  "library",
  "taken_from",
  "taken_to",
] as const;

export type Field = (typeof FIELDS)[number];

export class SearchQuery {
  readonly #fields = new Map<Field, string>();

  constructor(
    search: URLSearchParams = new URLSearchParams(),
    readonly people: Asked[] = PARTS.flatMap((part) => idsIn(search, part)),
  ) {
    for (const field of FIELDS) this.set(field, search.get(field) ?? "");
  }

  get(field: Field): string {
    return this.#fields.get(field) ?? "";
  }

  /** Ask for this; "" asks for nothing. */
  set(field: Field, value: string): void {
    if (value) this.#fields.set(field, value);
    else this.#fields.delete(field);
  }

  /** Ask for somebody in a part of the search, wherever it was before; null for no part. */
  put(id: number, part: Part | null): void {
    const at = this.people.findIndex((each) => each.id === id);
    if (!part) this.people.splice(at, at < 0 ? 0 : 1);
    else this.people.splice(at < 0 ? this.people.length : at, at < 0 ? 0 : 1, { id, part });
  }

  /** What the API is asked, field by field, in one order. */
  get values(): Record<string, string> {
    const values: Record<string, string> = {};
    for (const part of PARTS) {
      const ids = this.people.filter((each) => each.part === part).map(({ id }) => id);
      if (ids.length) values[part] = ids.join();
    }
    const somebody = "all" in values || "any" in values;
    for (const field of FIELDS) {
      const value = this.get(field);
      // There is nobody whom photos could show alone, and no guess that could be too unlikely.
      if (field === "only" && !somebody) continue;
      if (field === "min_probability" && !this.get("guesses")) continue;
      if (value) values[field] = value;
    }
    return values;
  }

  toString(): string {
    // Commas are allowed in an address, and easier to read.
    return new URLSearchParams(this.values).toString().replaceAll("%2C", ",");
  }
}

function idsIn(search: URLSearchParams, part: Part): Asked[] {
  const ids = (search.get(part) ?? "").split(",").map(Number);
  return [...new Set(ids)].filter((id) => id > 0).map((id) => ({ id, part }));
}
