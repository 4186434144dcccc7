// <start-job address="/api/night/" body="{}" label="Begin the nightly round now">: a button that
// starts a job by a call of the API.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { tell, toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";

@customElement("start-job")
export class StartJob extends KithElement {
  @property() address = "";
  @property({ type: Object }) body: object = {};
  @property() label = "";
  /** What it is started for, where other buttons say the same. */
  @property() of = "";
  @state() private busy = false;

  async #start(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      tell("job-started", await api.startJob(this.address, this.body));
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      this.busy = false;
    }
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
