// The second click of a double click, under which another face or button may be by then.

/** So long after the grid closed up, a click may still be meant for the face that was there. */
const SETTLE_MS = 400;

export class SecondClick {
  #closedUp = -SETTLE_MS;

  /** The faces have moved together. */
  closedUp(): void {
    this.#closedUp = performance.now();
  }

  /** Stop a click that may be meant for what was there before. */
  drop(event: MouseEvent): void {
    const settling = performance.now() - this.#closedUp < SETTLE_MS;
    // Without detail it is the keyboard that presses; naming asks before it acts.
    const again = event.detail > 1 || (event.detail === 1 && settling);
    const button = (event.target as Element).closest(
      ".act:not(.name), .toolbar button, .confirm-group",
    );
    if (again && button) event.stopPropagation();
  }
}
