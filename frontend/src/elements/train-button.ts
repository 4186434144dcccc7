// <train-button>: starts a training, shows how it goes and what it changed; before, how stale the
// guesses are. The key t trains.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { api } from "../api";
import { hear, tell, toast } from "../events";
import { icons } from "../icons";
import { jobWatch } from "../job-watch";
import { isTyping } from "../keys";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext } from "../text";
import { staleness, timeLeft, whatChanged } from "../training-words";
import { TRAINING, type Job, type TrainingMetrics, type TrainingStanding } from "../types";

const PAUSE_MS = 300;
/** Where the browser keeps which training's changes the user has put away. */
const SEEN = "kith.training-seen";

@customElement("train-button")
export class TrainButton extends KithElement {
  @state() private job: Job | null = null;
  @state() private starting = false;
  @state() private problem: Message = "";
  @state() private standing: TrainingStanding | null = null;
  @state() private seen = Number(localStorage.getItem(SEEN));
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.replaceChildren();
    const signal = this.gone;
    hear("job-seen", (job) => this.#seen(job), signal);
    hear("job-ended", (job) => void this.#ended(job), signal);
    for (const news of ["faces-changed", "faces-undone", "server-back"] as const) {
      hear(news, () => this.#soon(), signal);
    }
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    jobWatch.start();
    void this.#look();
  }

  get #busy(): boolean {
    return this.starting || this.job !== null;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "t" || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    event.preventDefault();
    void this.#train();
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
    await this.#look();
    if (job.kind !== TRAINING) return;
    this.job = null;
    if (job.state === "done") toast(this.#outcome());
    else if (job.state === "cancelled") toast(gettext("Training cancelled; the guesses stay."));
    else this.problem = job.error || gettext("The training failed.");
  }

  #outcome(): string {
    const changes = whatChanged(this.standing?.training?.metrics ?? {});
    if (!changes) return gettext("Training finished; nothing has changed.");
    return gettext("Training finished: %(changes)s.", { changes });
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#look(), PAUSE_MS);
  }

  async #look(): Promise<void> {
    try {
      this.standing = await api.standing();
    } catch {
      // What it said before stays; what failed for the user says so itself.
    }
  }

  async #cancel(job: Job): Promise<void> {
    try {
      await api.cancelJob(job.id);
    } catch (error) {
      toast(messageOf(error), "bad");
    }
  }

  #putAway(training: number): void {
    localStorage.setItem(SEEN, String(training));
    this.seen = training;
    this.querySelector<HTMLElement>(".train")?.focus();
  }

  override render(): TemplateResult {
    const { job } = this;
    return html`
      <div class="beside">${job ? this.#progress(job) : this.#lines()}</div>
      <button
        class="button train"
        aria-disabled=${this.#busy}
        aria-keyshortcuts="t"
        @click=${() => this.#train()}
      >
        ${job ? gettext("Training…") : gettext("Train")}
      </button>
    `;
  }

  #progress(job: Job): TemplateResult {
    const known = job.total > 0;
    const stage = job.state === "queued" ? gettext("Waiting for a worker") : job.stage;
    return html`
      <span class="progress">
        <span class="stage">${stage}</span>
        <span class="left">${timeLeft(job, this.standing?.usual_seconds ?? null)}</span>
        <progress
          aria-label=${job.title}
          max=${known ? job.total : nothing}
          value=${known ? job.done : nothing}
        ></progress>
      </span>
      <button
        class="button small"
        aria-label=${gettext("Cancel training")}
        @click=${() => this.#cancel(job)}
      >
        ${gettext("Cancel")}
      </button>
    `;
  }

  #lines(): TemplateResult | typeof nothing {
    if (this.problem) return html`<p class="problem" role="alert">${this.problem}</p>`;
    if (!this.standing) return nothing;
    const { training } = this.standing;
    const stale = staleness(this.standing);
    const changes =
      training && training.id !== this.seen ? whatChanged(training.metrics as TrainingMetrics) : "";
    return html`
      <div class="lines">
        ${stale ? html`<p class="stale">${stale}</p>` : nothing}
        ${changes ? html`<p class="changes" title=${changes}>${changes}</p>` : nothing}
      </div>
      ${
        changes && training
          ? html`<button
              class="icon-button"
              aria-label=${gettext("Put away what the last training changed")}
              @click=${() => this.#putAway(training.id)}
            >
              ${icons.cross}
            </button>`
          : nothing
      }
    `;
  }
}
