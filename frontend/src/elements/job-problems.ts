// <job-problems job="12" count="3">: what failed or was skipped in a job, and why; on demand.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext, ngettext } from "../text";
import type { JobItem } from "../types";

@customElement("job-problems")
export class JobProblems extends KithElement {
  @property({ type: Number }) job = 0;
  @property({ type: Number }) count = 0;
  @state() private items: JobItem[] = [];
  @state() private next: string | null = null;
  @state() private problem: Message = "";

  async #opened(event: Event): Promise<void> {
    const opened = (event.target as HTMLDetailsElement).open;
    if (!opened || this.items.length) return;
    try {
      const page = await api.jobItems(this.job);
      this.items = page.results;
      this.next = page.next;
      this.problem = "";
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #more(url: string): Promise<void> {
    try {
      const page = await api.next<JobItem>(url);
      this.items = [...this.items, ...page.results];
      this.next = page.next;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.count) return nothing;
    const { next } = this;
    return html`
      <details @toggle=${(event: Event) => this.#opened(event)}>
        <summary>${ngettext("%(count)s problem", "%(count)s problems", this.count)}</summary>
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <ul class="problems" tabindex="0" aria-label=${gettext("Problems")}>
          ${this.items.map(
            ({ name, outcome, reason }) =>
              html`<li class=${outcome}><b>${name}</b> <span>${reason}</span></li>`,
          )}
        </ul>
        ${
          next
            ? html`<button class="button small" @click=${() => this.#more(next)}>
                ${gettext("Show more")}
              </button>`
            : nothing
        }
      </details>
    `;
  }
}
