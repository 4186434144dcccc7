// <connection-note>: says that the server is gone, for as long as it is.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { serverAnswers } from "../api";
import { hear, tell } from "../events";
import { KithElement } from "../kith-element";
import { gettext } from "../text";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

@customElement("connection-note")
export class ConnectionNote extends KithElement {
  @state() private lost = false;
  #looking = false;
  #wake: () => void = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "alert";
    hear("server-lost", () => void this.#look(), this.gone);
    // The device knows of the network before any call fails.
    for (const change of ["online", "offline"]) {
      window.addEventListener(change, () => this.#lookNow(), { signal: this.gone });
    }
  }

  #lookNow(): void {
    this.#wake();
    void this.#look();
  }

  /** Ask until there is an answer, at once at first: a call that fails alone is no outage. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (let pause = FIRST_PAUSE_MS; !(await serverAnswers()); pause *= 2) {
      if (this.gone.aborted) break;
      this.lost = true;
      await this.#pause(Math.min(pause, LONGEST_PAUSE_MS));
    }
    this.#looking = false;
    if (this.lost) tell("server-back", undefined);
    this.lost = false;
  }

  #pause(length: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, length);
    });
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.lost) return nothing;
    return html`<p>${gettext("Kith does not answer; trying again…")}</p>`;
  }
}
