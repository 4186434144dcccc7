// <live-section id="…">: a server-rendered part of the page that is fetched anew when jobs move.

import { customElement, property } from "lit/decorators.js";

import { hear } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import type { Job, JobState } from "../types";

const PAUSE_MS = 2_000;

@customElement("live-section")
export class LiveSection extends KithElement {
  /** Follow the progress of jobs too, not only their start and end. */
  @property({ type: Boolean }) progress = false;
  #last = 0;
  #seen = new Map<number, JobState>();
  #asked = 0;
  #answered = 0;
  // What the server sent last; the elements inside have drawn more since.
  #text = "";
  #late = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#text ||= this.innerHTML;
    const closed = (): void => void (this.#late && this.refresh());
    for (const name of ["close", "toggle"]) {
      this.addEventListener(name, closed, { capture: true, signal: this.gone });
    }
    hear("job-ended", () => void this.refresh(), this.gone);
    hear("job-seen", (job) => this.#jobSeen(job), this.gone);
    jobWatch.start();
  }

  /** Put the server's present version of this section in place. */
  async refresh(): Promise<void> {
    this.#last = Date.now();
    const number = ++this.#asked;
    const response = await fetch(location.href).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(this.id);
    if (!fresh || number < this.#answered) return;
    // What the user has open must not snap shut.
    this.#late = this.querySelector("details[open], dialog[open]") !== null;
    if (this.#late) return;
    this.#answered = number;
    if (fresh.innerHTML === this.#text) return;
    this.#text = fresh.innerHTML;
    const focused = this.contains(document.activeElement) ? document.activeElement?.id : "";
    this.replaceChildren(...fresh.childNodes);
    if (!focused) return;
    // Buttons of elements are there a moment after the elements.
    const drawn = [...this.querySelectorAll("*")].filter((each) => each instanceof KithElement);
    await Promise.all(drawn.map((each) => each.updateComplete));
    document.getElementById(focused)?.focus();
  }

  #jobSeen({ id, state }: Job): void {
    const news = this.#seen.get(id) !== state;
    this.#seen.set(id, state);
    const due = this.progress && Date.now() - this.#last > PAUSE_MS;
    if (news || due) void this.refresh();
  }
}
