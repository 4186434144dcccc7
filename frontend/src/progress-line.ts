// How a job under way is drawn: stage, bar, numbers, failures.

import { html, nothing, type TemplateResult } from "lit";

import { gettext, ngettext, number } from "./text";
import type { Job } from "./types";

export function progressLine(job: Job): TemplateResult {
  const known = job.total > 0;
  return html`
    <span class="progress">
      <span class="stage">${stageOf(job)}</span>
      <progress
        aria-label=${job.title}
        max=${known ? job.total : nothing}
        value=${known ? job.done : nothing}
      ></progress>
      ${
        known
          ? html`<span class="numbers">${number(job.done)} / ${number(job.total)}</span>`
          : nothing
      }
      ${job.failed ? html`<a class="failed" href="/jobs/">${failures(job)}</a>` : nothing}
    </span>
  `;
}

function stageOf({ state, stage }: Job): string {
  if (state === "queued") return gettext("Waiting for a worker");
  return state === "paused" ? gettext("Paused") : stage;
}

export function failures(job: Job): string {
  return ngettext("%(count)s failed", "%(count)s failed", job.failed);
}
