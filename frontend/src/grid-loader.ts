// Loads the faces in sight first, then those near it; gives up what has passed.

import { isAbort } from "./api";
import type { Stretch } from "./face-feed";
import type { GridLayout } from "./grid-layout";
import { stretchesOf, type GridModel } from "./grid-model";
import type { Sight } from "./grid-sight";

/** So many screens below the one in sight, and above it, are loaded too. */
const SCREENS_AHEAD = 1.5;

interface Host {
  loaded(): void;
  failed(error: unknown): void;
  /** The server has other faces than were counted. */
  outOfStep(): void;
}

export class GridLoader {
  #loading: { stretches: Stretch[]; abort: AbortController } | null = null;

  constructor(
    readonly model: GridModel,
    readonly host: Host,
  ) {}

  get busy(): boolean {
    return this.#loading !== null;
  }

  /** Load what is missing in sight or near it, unless that is on its way. */
  load({ top, bottom }: Sight): void {
    const ahead = (bottom - top) * SCREENS_AHEAD;
    const inSight = this.#missing({ top, bottom });
    if (this.#loading) {
      if (!inSight.length || this.#coming(inSight)) return;
      this.#loading.abort.abort();
    }
    const below = this.#missing({ top, bottom: bottom + ahead });
    const wanted = below.length ? below : this.#missing({ top: top - ahead, bottom: top });
    if (wanted.length) void this.#fill(wanted);
    else this.#loading = null;
  }

  stop(): void {
    this.#loading?.abort.abort();
    this.#loading = null;
  }

  async #fill(stretches: Stretch[]): Promise<void> {
    const loading = { stretches, abort: new AbortController() };
    this.#loading = loading;
    const { feed } = this.model;
    let expected = true;
    try {
      expected = await feed.fill(stretches, loading.abort.signal);
      this.#fetchPictures(stretches);
    } catch (error) {
      if (!isAbort(error)) this.host.failed(error);
    }
    if (this.#loading !== loading) return;
    this.#loading = null;
    if (!expected && feed === this.model.feed) this.host.outOfStep();
    this.host.loaded();
  }

  /** Have the browser keep the pictures by the time they come into sight. */
  #fetchPictures(stretches: Stretch[]): void {
    const { feed } = this.model;
    for (const { group, from, to } of stretches) {
      for (const id of feed.groups[group]?.ids.slice(from, to) ?? []) {
        const src = feed.face(id)?.crop;
        // Low, as those in sight come first.
        if (src) Object.assign(new Image(), { fetchPriority: "low", src });
      }
    }
  }

  #missing({ top, bottom }: Sight): Stretch[] {
    const { layout, feed } = this.model;
    return feed.missing(stretchesOf(layout, layout.segments(Math.max(0, top), bottom)));
  }

  #coming(wanted: Stretch[]): boolean {
    const { layout } = this.model;
    const [from, to] = ends(layout, wanted);
    const [start, end] = ends(layout, this.#loading?.stretches ?? []);
    return from < end && start < to;
  }
}

/** Return the first place of stretches, and the one behind the last. */
function ends(layout: GridLayout, stretches: Stretch[]): [number, number] {
  const first = stretches[0];
  const last = stretches.at(-1);
  if (!first || !last) return [0, 0];
  return [layout.start(first.group) + first.from, layout.start(last.group) + last.to];
}
