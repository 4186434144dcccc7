// Looking for the options of a field while somebody types: only what was typed last counts.

import { NOBODY } from "./person-options";

export class OptionSearch {
  #search = new AbortController();
  #found: Promise<void> = Promise.resolve();

  /** Look for options after a pause, if nothing else is typed in it. */
  begin(pause: number, look: (signal: AbortSignal) => Promise<void>): void {
    this.stop();
    const { signal } = (this.#search = new AbortController());
    this.#found = new Promise((resolve) => setTimeout(resolve, pause)).then(() =>
      signal.aborted ? undefined : look(signal),
    );
  }

  stop(): void {
    this.#search.abort();
  }

  /** Wait for the options of what was typed last; false where something else was asked since. */
  async settled(): Promise<boolean> {
    const asked = this.#search;
    await this.#found;
    return asked === this.#search;
  }
}

/** Return which of `count` options an arrow leads to, over the ends. */
export function nextOption(from: number, step: number, count: number): number {
  const start = from === NOBODY && step < 0 ? 0 : from;
  return (start + step + count) % count;
}

/** Scroll a list so far that the highlighted option is in sight. */
export function revealOption(list: Element): void {
  list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}
