// Base of our elements: rendered into the page itself, so that one style sheet and the server's
// own markup serve them all.

import { LitElement } from "lit";

export class KithElement extends LitElement {
  #connection = new AbortController();

  /** Aborts when the element leaves the page. */
  protected get gone(): AbortSignal {
    return this.#connection.signal;
  }

  override connectedCallback(): void {
    if (this.gone.aborted) this.#connection = new AbortController();
    super.connectedCallback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#connection.abort();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
