// What to say to the user when something failed.

import { html, type TemplateResult } from "lit";

import { ApiError } from "./api";
import { gettext } from "./text";

export type Message = string | TemplateResult;

const here = encodeURIComponent(location.pathname + location.search);
const SIGNED_OUT = html`${gettext("You are signed out, or may not do this.")}
  <a href="/login/?next=${here}">${gettext("Sign in")}</a>`;

/** Say what went wrong in words for the user, whatever was thrown. */
export function messageOf(error: unknown): Message {
  // REST framework's own «Authentication credentials were not provided.» leads nowhere.
  if (error instanceof ApiError && error.signedOut) return SIGNED_OUT;
  return error instanceof Error ? error.message : String(error);
}
