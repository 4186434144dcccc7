// <job-actions job="12" state="done" failed="3" name="Scan of Pictures">: Pause, Resume, Cancel or
// Retry of a job.

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { tell } from "../events";
import { gettext } from "../text";
import type { Job, JobState } from "../types";

interface Action {
  key: string;
  text: string;
  label: string;
  run: (id: number) => Promise<Job>;
}

@customElement("job-actions")
export class JobActions extends BusyElement {
  @property({ type: Number }) job = 0;
  @property() state: JobState = "done";
  @property({ type: Number }) failed = 0;
  @property() name = "";

  #do({ run }: Action): Promise<void> {
    return this.work(async () => tell("job-started", await run(this.job)));
  }

  #actions(): Action[] {
    if (this.state === "queued" || this.state === "running") return [pause(), cancel()];
    if (this.state === "paused") return [resume(), cancel()];
    const actions = [];
    if (this.failed > 0) actions.push(retryFailed());
    if (this.state !== "done") actions.push(retry());
    return actions;
  }

  override render(): TemplateResult {
    return html`${this.#actions().map(
      (action) => html`
        <button
          id="${action.key}-${this.job}"
          class="button small"
          aria-label=${action.label.replace("%(job)s", this.name)}
          aria-disabled=${this.busy}
          @click=${() => this.#do(action)}
        >
          ${action.text}
        </button>
      `,
    )}`;
  }
}

// Pause and Resume take each other's place, so the focus stays on what they share.

function pause(): Action {
  const label = gettext("Pause %(job)s");
  return { key: "pause", text: gettext("Pause"), label, run: api.pauseJob };
}

function resume(): Action {
  const label = gettext("Resume %(job)s");
  return { key: "pause", text: gettext("Resume"), label, run: api.resumeJob };
}

function cancel(): Action {
  const label = gettext("Cancel %(job)s");
  return { key: "act", text: gettext("Cancel"), label, run: api.cancelJob };
}

function retry(): Action {
  const label = gettext("Retry %(job)s");
  return { key: "act", text: gettext("Retry"), label, run: api.retryJob };
}

function retryFailed(): Action {
  const label = gettext("Retry failed in %(job)s");
  return { key: "failed", text: gettext("Retry failed"), label, run: api.retryFailed };
}
