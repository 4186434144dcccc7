// What to say to the user when something failed.

import { html, type TemplateResult } from "lit";

import { ApiError } from "./api";
import { toast } from "./events";
import { gettext } from "./text";

export type Message = string | TemplateResult;

/** Say what went wrong in words for the user, whatever was thrown. */
export function messageOf(error: unknown): Message {
  // REST framework's own «Authentication credentials were not provided.» leads nowhere.
  if (error instanceof ApiError && error.signedOut) return signedOut();
  return error instanceof Error ? error.message : String(error);
}

/** Say that an action failed; where only the server was missing, offer to do it `again`. */
export function notSaved(error: unknown, again: () => unknown): void {
  if (error instanceof ApiError && (error.unreachable || error.status >= 500)) {
    const text = gettext("Not saved: %(reason)s", { reason: error.message });
    toast(text, "bad", null, { text: gettext("Try again"), run: again });
  } else {
    toast(messageOf(error), "bad");
  }
}

function signedOut(): TemplateResult {
  const here = encodeURIComponent(location.pathname + location.search);
  return html`${gettext("You are signed out, or may not do this.")}
    <a href="/login/?next=${here}">${gettext("Sign in")}</a>`;
}
