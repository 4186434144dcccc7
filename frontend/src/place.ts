// Where in a long list the user was: a note in the tab's history, so that the way back leads there.

export interface Place {
  /** How many rows of the list were loaded. */
  loaded: number;
  current: number | null;
  /** How far the page was scrolled, in pixels. */
  scrolled: number;
}

export function keepPlace(loaded: number, current: number | null): void {
  const place: Place = { loaded, current, scrolled: window.scrollY };
  history.replaceState({ ...(history.state as object | null), place }, "");
}

export function keptPlace(): Place | null {
  return (history.state as { place?: Place } | null)?.place ?? null;
}
