// <confirm-dialog>: asks once more before something large is done.

import { html, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { KithElement } from "../kith-element";
import { gettext } from "../text";

@customElement("confirm-dialog")
export class ConfirmDialog extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @state() private question = "";
  @state() private explanation = "";
  @state() private action = "";

  /** Ask; `action` is what the button that goes ahead says. */
  async ask(question: string, explanation: string, action: string): Promise<boolean> {
    Object.assign(this, { question, explanation, action });
    await this.updateComplete;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    return this.dialog.returnValue === "yes";
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="confirm-question">
        <h2 id="confirm-question">${this.question}</h2>
        <p>${this.explanation}</p>
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Cancel")}</button>
          <button class="button danger" @click=${() => this.dialog.close("yes")}>
            ${this.action}
          </button>
        </footer>
      </dialog>
    `;
  }
}
