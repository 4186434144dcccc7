// <job-actions job="12" state="done" failed="3" name="Scan of Pictures">: Cancel or Retry of a job.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { tell, toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { gettext } from "../text";
import type { Job } from "../types";

@customElement("job-actions")
export class JobActions extends KithElement {
  @property({ type: Number }) job = 0;
  @property() state = "";
  @property({ type: Number }) failed = 0;
  @property() name = "";
  @state() private busy = false;

  async #do(action: (id: number) => Promise<Job>): Promise<void> {
    this.busy = true;
    try {
      tell("job-started", await action(this.job));
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      this.busy = false;
    }
  }

  override render(): TemplateResult | typeof nothing {
    if (this.state === "queued" || this.state === "running") {
      return this.#button(gettext("Cancel"), gettext("Cancel %(job)s"), api.cancelJob);
    }
    if (this.state === "failed" || this.state === "cancelled" || this.failed > 0) {
      return this.#button(gettext("Retry"), gettext("Retry %(job)s"), api.retryJob);
    }
    return nothing;
  }

  #button(text: string, label: string, action: (id: number) => Promise<Job>): TemplateResult {
    return html`
      <button
        id="act-${this.job}"
        class="button small"
        aria-label=${label.replace("%(job)s", this.name)}
        ?disabled=${this.busy}
        @click=${() => this.#do(action)}
      >
        ${text}
      </button>
    `;
  }
}
