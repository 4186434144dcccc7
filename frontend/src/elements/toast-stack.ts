// <toast-stack>: what just happened, said once and read out to screen readers.

import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { hear } from "../events";
import { icons } from "../icons";
import { KithElement } from "../kith-element";
import type { Message } from "../message";
import { gettext } from "../text";

interface Toast {
  id: number;
  text: Message;
  kind: "good" | "bad";
}

const MOST = 3;
const GOOD_MS = 6_000;
const BAD_MS = 15_000;

@customElement("toast-stack")
export class ToastStack extends KithElement {
  @state() private toasts: Toast[] = [];
  #last = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "status";
    hear("toast", ({ text, kind }) => this.#show(text, kind), this.gone);
  }

  #show(text: Message, kind: Toast["kind"]): void {
    const id = ++this.#last;
    const others = this.toasts.filter((toast) => toast.text !== text);
    this.toasts = [...others, { id, text, kind }].slice(-MOST);
    setTimeout(() => this.#drop(id), kind === "bad" ? BAD_MS : GOOD_MS);
  }

  #drop(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  override render(): TemplateResult {
    return html`${repeat(
      this.toasts,
      ({ id }) => id,
      ({ id, text, kind }) => html`
        <div class="toast ${kind}">
          <p>${text}</p>
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
