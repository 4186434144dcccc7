// People as far as they are loaded; those with few faces can be left out.

import { api } from "./api";
import { PagedFeed } from "./paged-feed";
import type { PersonShown } from "./types";

export class PeopleFeed extends PagedFeed<PersonShown> {
  /** Fewer faces than this, and a person is not shown. */
  least = 0;

  override get rows(): PersonShown[] {
    return super.rows.filter(({ faces }) => faces >= this.least);
  }

  override get complete(): boolean {
    if (super.complete || !this.loaded) return super.complete;
    // Where few faces are left out, those with most come first.
    return this.least > 1 && (super.rows.at(-1)?.faces ?? 0) < this.least;
  }

  /** Read a person anew. */
  async refresh(id: number): Promise<void> {
    this.replace(await api.person(id));
  }
}
