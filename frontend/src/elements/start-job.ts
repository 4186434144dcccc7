// <start-job address="/api/night/" body="{}" label="Begin the nightly round now">: a button that
// starts a job by a call of the API.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { tell } from "../events";

@customElement("start-job")
export class StartJob extends BusyElement {
  @property() address = "";
  @property({ type: Object }) body: object = {};
  @property() label = "";
  /** What it is started for, where other buttons say the same. */
  @property() of = "";

  #start(): Promise<void> {
    return this.work(async () => tell("job-started", await api.startJob(this.address, this.body)));
  }

  override render(): TemplateResult {
    return html`
      <button
        id=${`start-${this.id}`}
        class="button small"
        aria-label=${this.of ? `${this.label}: ${this.of}` : nothing}
        aria-disabled=${this.busy}
        @click=${() => this.#start()}
      >
        ${this.label}
      </button>
    `;
  }
}
