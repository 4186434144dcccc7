// <train-button>: starts a training and shows how it goes, also one that was already under way.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { api } from "../api";
import { hear, tell, toast } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { progressLine } from "../progress-line";
import { gettext, ngettext } from "../text";
import { TRAINING, type Job } from "../types";

@customElement("train-button")
export class TrainButton extends KithElement {
  @state() private job: Job | null = null;
  @state() private starting = false;
  @state() private problem: Message = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.replaceChildren();
    hear("job-seen", (job) => this.#seen(job), this.gone);
    hear("job-ended", (job) => void this.#ended(job), this.gone);
    jobWatch.start();
  }

  get #busy(): boolean {
    return this.starting || this.job !== null;
  }

  async #train(): Promise<void> {
    if (this.#busy) return;
    this.starting = true;
    this.problem = "";
    try {
      tell("job-started", await api.train());
    } catch (error) {
      this.problem = messageOf(error);
    } finally {
      this.starting = false;
    }
  }

  #seen(job: Job): void {
    if (job.kind === TRAINING) this.job = job;
  }

  async #ended(job: Job): Promise<void> {
    if (job.kind !== TRAINING) return;
    this.job = null;
    if (job.state === "done") toast(await outcome());
    else if (job.state === "cancelled") toast(gettext("Training cancelled; the guesses stay."));
    else this.problem = job.error || gettext("The training failed.");
  }

  async #cancel(job: Job): Promise<void> {
    try {
      await api.cancelJob(job.id);
    } catch (error) {
      toast(messageOf(error), "bad");
    }
  }

  override render(): TemplateResult {
    const { job } = this;
    return html`
      ${
        job
          ? html`<div class="training">
              ${progressLine(job)}
              <button
                class="button small"
                aria-label=${gettext("Cancel training")}
                @click=${() => this.#cancel(job)}
              >
                ${gettext("Cancel")}
              </button>
            </div>`
          : nothing
      }
      <button class="button train" aria-disabled=${this.#busy} @click=${() => this.#train()}>
        ${job ? gettext("Training…") : gettext("Train")}
      </button>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    `;
  }
}

async function outcome(): Promise<string> {
  try {
    const { inferred, unknown } = await api.counts({});
    return gettext("Training finished: %(named)s, %(unnamed)s.", {
      named: ngettext("%(count)s face inferred", "%(count)s faces inferred", inferred),
      unnamed: ngettext("%(count)s of unknown people", "%(count)s of unknown people", unknown),
    });
  } catch {
    return gettext("Training finished.");
  }
}
