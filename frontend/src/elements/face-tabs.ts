// <face-tabs>: keeps the counts on the server-rendered tabs true while faces change.

import { customElement, property } from "lit/decorators.js";

import { api, type Query } from "../api";
import { hear } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { number } from "../text";
import { TRAINING, type Job, type Tab } from "../types";

const PAUSE_MS = 150;
const SCANNING_MS = 3_000;

@customElement("face-tabs")
export class FaceTabs extends KithElement {
  @property() method = "";
  #timer = 0;
  #counted = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    hear("faces-changed", () => this.#soon(), this.gone);
    hear("filters-changed", () => this.#soon(), this.gone);
    hear("job-ended", () => this.#soon(), this.gone);
    hear("job-seen", (job) => this.#jobSeen(job), this.gone);
    jobWatch.start();
    this.#showCurrent();
  }

  /** On a phone there may be more tabs than have room. */
  #showCurrent(): void {
    const tabs = this.querySelector("ul");
    const current = this.querySelector<HTMLElement>("[aria-current]");
    if (tabs && current) tabs.scrollLeft = current.offsetLeft - tabs.clientWidth / 3;
  }

  /** A scan brings faces bit by bit; a training brings its guesses when it ends. */
  #jobSeen({ kind }: Job): void {
    if (kind !== TRAINING && Date.now() - this.#counted > SCANNING_MS) this.#soon();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#recount(), PAUSE_MS);
  }

  async #recount(): Promise<void> {
    this.#counted = Date.now();
    try {
      const counts = await api.counts({ method: this.method, ...photosAsked() });
      for (const place of this.querySelectorAll<HTMLElement>("[data-count]")) {
        place.textContent = number(counts[place.dataset.count as Tab]);
      }
    } catch {
      // The counts stay as they are; what failed for the user says so itself.
    }
  }
}

/** Return which photos' faces the page shows, as its address says. */
function photosAsked(): Query {
  const search = new URLSearchParams(location.search);
  return Object.fromEntries(
    ["library", "taken_from", "taken_to"].map((name) => [name, search.get(name)]),
  );
}
