// <job-progress>: the jobs under way, with bars that move, and what came of those that end.

import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { hear, toast } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { failures, progressLine } from "../progress-line";
import { gettext } from "../text";
import { TRAINING, type Job } from "../types";

@customElement("job-progress")
export class JobProgress extends KithElement {
  @state() private jobs: Job[] = [];
  @state() private cancelling = new Set<number>();

  override connectedCallback(): void {
    super.connectedCallback();
    hear("job-seen", () => this.#refresh(), this.gone);
    hear("job-ended", (job) => this.#ended(job), this.gone);
    jobWatch.start();
  }

  #refresh(): void {
    this.jobs = jobWatch.active.filter((job) => !shownElsewhere(job));
  }

  #ended(job: Job): void {
    this.#refresh();
    if (!shownElsewhere(job)) toast(outcome(job), job.state === "failed" ? "bad" : "good");
  }

  async #cancel(job: Job): Promise<void> {
    this.cancelling = new Set([...this.cancelling, job.id]);
    try {
      await api.cancelJob(job.id);
    } catch (error) {
      this.cancelling = new Set([...this.cancelling].filter((id) => id !== job.id));
      toast(messageOf(error), "bad");
    }
  }

  override render(): TemplateResult {
    return html`${repeat(
      this.jobs,
      ({ id }) => id,
      (job) => html`
        <section class="job" aria-label=${job.title}>
          <strong>${job.title}</strong>
          ${progressLine(job)}
          <button
            class="button small"
            aria-label=${gettext("Cancel %(job)s", { job: job.title })}
            ?disabled=${this.cancelling.has(job.id)}
            @click=${() => this.#cancel(job)}
          >
            ${gettext("Cancel")}
          </button>
        </section>
      `,
    )}`;
  }
}

/** A page with a Train button shows the training there. */
function shownElsewhere(job: Job): boolean {
  return job.kind === TRAINING && document.querySelector("train-button") !== null;
}

function outcome(job: Job): string {
  const values = { job: job.title, reason: job.error };
  if (job.state === "failed") return gettext("%(job)s failed. %(reason)s", values);
  if (job.state === "cancelled") return gettext("%(job)s was cancelled.", values);
  const text = gettext("%(job)s finished.", values);
  return job.failed ? `${text} ${failures(job)}.` : text;
}
