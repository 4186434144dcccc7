// <job-item job="12" item="7" name="a.jpg">: tries one thing again that failed in a job.

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { tell, toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { gettext } from "../text";

@customElement("job-item")
export class JobItemRetry extends KithElement {
  @property({ type: Number }) job = 0;
  @property({ type: Number }) item = 0;
  @property() name = "";
  // A disabled button would lose the focus.
  @state() private busy = false;

  async #retry(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      tell("job-started", await api.retryItem(this.job, this.item));
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      this.busy = false;
    }
  }

  override render(): TemplateResult {
    return html`
      <button
        id="item-${this.item}"
        class="button small"
        aria-label=${gettext("Retry %(item)s", { item: this.name })}
        aria-disabled=${this.busy}
        @click=${() => this.#retry()}
      >
        ${gettext("Retry")}
      </button>
    `;
  }
}
