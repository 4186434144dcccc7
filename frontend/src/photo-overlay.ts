// Laying something over the whole page, which cannot be reached meanwhile, and back again.

/** What a page says over everything else. */
const ABOVE = ["toast-stack", "connection-note"];

export class Overlay {
  #inert: HTMLElement[] = [];
  #opener: HTMLElement | null = null;

  /** Close off all of the page but what `over` is in; remember what has the focus. */
  lay(over: HTMLElement): void {
    this.#opener = document.activeElement as HTMLElement | null;
    this.#inert = [...document.body.children].filter(
      (each): each is HTMLElement =>
        each instanceof HTMLElement && !each.contains(over) && !ABOVE.includes(each.localName),
    );
    for (const each of this.#inert) each.inert = true;
  }

  /** Give the page back, and the focus to what had it. */
  lift(): void {
    for (const each of this.#inert) each.inert = false;
    if (this.#opener?.isConnected) this.#opener.focus();
  }
}
