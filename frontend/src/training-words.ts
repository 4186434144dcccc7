// What Train will take and what it changed, in words.

import { gettext, list, ngettext } from "./text";
import type { Job, TrainingMetrics, TrainingStanding } from "./types";

const MINUTE_S = 60;
/** Nobody can tell the time that is left more exactly. */
const STEP_S = 5;

/** Say how stale the guesses are; empty if they are not. */
export function staleness({ training, labels_since, faces_since }: TrainingStanding): string {
  if (labels_since && training) {
    return ngettext(
      "%(count)s label since the last training",
      "%(count)s labels since the last training",
      labels_since,
    );
  }
  if (labels_since) return ngettext("%(count)s label", "%(count)s labels", labels_since);
  if (!faces_since || !training) return "";
  return ngettext(
    "%(count)s new face since the last training",
    "%(count)s new faces since the last training",
    faces_since,
  );
}

/** Say what a training changed; empty if it changed nothing. */
export function whatChanged(metrics: TrainingMetrics): string {
  const {
    new_guesses = 0,
    changed_guesses = 0,
    unknown_persons_gone = 0,
    unknown_persons_new = 0,
  } = metrics;
  const parts = [
    new_guesses && ngettext("%(count)s new guess", "%(count)s new guesses", new_guesses),
    changed_guesses &&
      ngettext("%(count)s guess changed", "%(count)s guesses changed", changed_guesses),
    unknown_persons_gone &&
      ngettext(
        "%(count)s unknown person gone",
        "%(count)s unknown persons gone",
        unknown_persons_gone,
      ),
    unknown_persons_new && newcomers(unknown_persons_new, unknown_persons_gone > 0),
  ];
  return list(parts.filter((part) => typeof part === "string"));
}

function newcomers(count: number, behindThoseGone: boolean): string {
  if (behindThoseGone) return ngettext("%(count)s new", "%(count)s new", count);
  return ngettext("%(count)s new unknown person", "%(count)s new unknown persons", count);
}

/** Say how long a training will still take, by how long they usually do; empty if unknown. */
export function timeLeft(job: Job, usualSeconds: number | null): string {
  if (usualSeconds === null || job.started_at === null) return "";
  const passed = Math.max(0, (Date.now() - Date.parse(job.started_at)) / 1000);
  const left = usualSeconds - passed;
  if (left <= 0) return gettext("almost done");
  if (left < MINUTE_S) {
    const seconds = Math.ceil(left / STEP_S) * STEP_S;
    return ngettext("about %(count)s second left", "about %(count)s seconds left", seconds);
  }
  const minutes = Math.round(left / MINUTE_S);
  return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes);
}
