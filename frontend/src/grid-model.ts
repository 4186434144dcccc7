// The faces of the board by their places: what is loaded, and where everything is.

import type { FaceFilter } from "./api";
import { FaceFeed, shownPerson, type FaceGroup, type Stretch } from "./face-feed";
import { GridLayout, measures, type Segment } from "./grid-layout";
import type { Method, Tab } from "./types";

/** Of a card, below its picture: the buttons, and the name where groups have no header. */
const BUTTONS_PX = 42;
const NAME_PX = 24;
const HEADER_PX = 54;

/** What the page is to show; `filters` is the part of its address about order and photos. */
export interface Asked {
  tab: Tab;
  method: Method;
  person: string;
  /** The face whose like is to be shown; empty for those of the tab. */
  like: string;
  filters: string;
}

/** Return the feed of what is asked for. */
export function feedOf({ tab, method, person, like, filters }: Asked): FaceFeed {
  const search = new URLSearchParams(filters);
  const said = (name: string): string | undefined => search.get(name) ?? undefined;
  const filter: FaceFilter = {
    tab,
    method,
    person,
    min_probability: tab === "inferred" ? said("min_probability") : undefined,
    sort: said("sort"),
    library: said("library"),
    taken_from: said("taken_from"),
    taken_to: said("taken_to"),
  };
  if (like) return new FaceFeed(filter, method, false, Number(like));
  const ungrouped = tab === "unassigned" || tab === "doubtful" || search.has("together");
  return new FaceFeed(filter, method, !ungrouped);
}

export class GridModel {
  layout = new GridLayout([], measures(0, 0, 0));

  constructor(public feed: FaceFeed) {}

  /** Whether cards say whose they are. */
  get named(): boolean {
    return !this.feed.grouped && this.feed.filter.tab !== "unassigned";
  }

  /** Lay the faces of a feed out in a board of this width. */
  arranged(feed: FaceFeed, width: number): GridLayout {
    const below = BUTTONS_PX + (this.named ? NAME_PX : 0);
    return new GridLayout(feed.counts, measures(width, below, feed.grouped ? HEADER_PX : 0));
  }

  /** Return the face at a place, if it is known. */
  idAt(index: number): number | undefined {
    if (index < 0 || index >= this.layout.total) return undefined;
    const group = this.layout.groupOf(index);
    return this.feed.groups[group]?.ids[index - this.layout.start(group)];
  }

  indexOf(id: number): number | null {
    const found = this.feed.find(id);
    return found && this.layout.start(found.group) + found.at;
  }

  /** Return who a face is shown as: its own person, or that of its group while it is not loaded. */
  personOf(id: number, group?: FaceGroup): number | null {
    const face = this.feed.face(id);
    if (face) return shownPerson(face, this.feed.method)?.id ?? null;
    return group?.person?.id ?? null;
  }

  /** Return the faces from one place to another, both included, with their persons. */
  between(one: number, other: number): { known: [number, number | null][]; missing: boolean } {
    const from = Math.min(one, other);
    const to = Math.max(one, other) + 1;
    const known: [number, number | null][] = [];
    for (const [index, group] of this.feed.groups.entries()) {
      const start = this.layout.start(index);
      for (const id of group.ids.slice(Math.max(0, from - start), Math.max(0, to - start))) {
        if (id !== undefined) known.push([id, this.personOf(id, group)]);
      }
    }
    return { known, missing: known.length < to - from };
  }
}

export function stretchesOf(layout: GridLayout, segments: Segment[]): Stretch[] {
  return segments.map((segment) => {
    const [from, to] = layout.span(segment);
    const start = layout.start(segment.group);
    return { group: segment.group, from: from - start, to: to - start };
  });
}
