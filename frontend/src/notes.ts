// What a board says above or below what it shows, with the button that mends it.

import { html, type TemplateResult } from "lit";

import type { Message } from "./message";
import { gettext } from "./text";

/** Say that the server has something newer than what is shown. */
export function staleNote(show: () => unknown): TemplateResult {
  return html`<p class="note" role="status">
    ${gettext("There is news from the server.")}
    <button class="button small" @click=${show}>${gettext("Show it")}</button>
  </p>`;
}

/** Say what went wrong while loading. */
export function problemNote(problem: Message, again: () => unknown): TemplateResult {
  return html`<p class="problem" role="alert">
    ${problem}
    <button class="button small" @click=${again}>${gettext("Try again")}</button>
  </p>`;
}
