// <toast-stack>: what just happened, said once and read out to screen readers; and undoing it.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { ApiError } from "../api";
import { hear, tell, toast } from "../events";
import { undo } from "../face-actions";
import { icons } from "../icons";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext } from "../text";

interface Toast {
  id: number;
  text: Message;
  kind: "good" | "bad";
  event: number | null;
}

const MOST = 3;
const GOOD_MS = 6_000;
const BAD_MS = 15_000;

@customElement("toast-stack")
export class ToastStack extends KithElement {
  @state() private toasts: Toast[] = [];
  #last = 0;
  // What was done on this page and can be undone, the latest last.
  #done: number[] = [];
  #undoing: Promise<void> = Promise.resolve();

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "status";
    hear("toast", (said) => this.#show(said), this.gone);
    document.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
  }

  #show(said: Omit<Toast, "id">): void {
    const { text, kind, event } = said;
    const id = ++this.#last;
    if (event !== null) this.#done.push(event);
    const others = this.toasts.filter((each) => each.text !== text);
    this.toasts = [...others, { id, text, kind, event }].slice(-MOST);
    setTimeout(() => this.#drop(id), kind === "bad" ? BAD_MS : GOOD_MS);
  }

  #drop(id: number): void {
    this.toasts = this.toasts.filter((each) => each.id !== id);
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (event.repeat || event.altKey || event.shiftKey) return;
    if (target.closest("input, textarea, select, dialog")) return;
    const control = event.ctrlKey || event.metaKey;
    const asked = control ? event.key === "z" : event.key === "u";
    const latest = this.#done.at(-1);
    if (!asked || latest === undefined) return;
    event.preventDefault();
    void this.#undo(latest);
  }

  async #undo(event: number): Promise<void> {
    this.#done = this.#done.filter((each) => each !== event);
    this.toasts = this.toasts.filter((each) => each.event !== event);
    // One after the other: each stands on what the one before has put back.
    this.#undoing = this.#undoing.then(async () => {
      try {
        await undo(event);
        tell("faces-undone", undefined);
      } catch (error) {
        if (!(error instanceof ApiError)) this.#done.push(event); // it never arrived
        toast(messageOf(error), "bad");
      }
    });
    await this.#undoing;
  }

  override render(): TemplateResult {
    return html`${repeat(
      this.toasts,
      ({ id }) => id,
      ({ id, text, kind, event }) => html`
        <div class="toast ${kind}">
          <p>${text}</p>
          ${
            event === null
              ? nothing
              : html`<button class="button small" @click=${() => void this.#undo(event)}>
                  ${gettext("Undo")}
                </button>`
          }
          <button
            class="icon-button"
            aria-label=${gettext("Close message")}
            @click=${() => this.#drop(id)}
          >
            ${icons.cross}
          </button>
        </div>
      `,
    )}`;
  }
}
