// <name-dialog>: asks for a name, and offers some that there are.

import { html, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { KithElement } from "../kith-element";
import { gettext } from "../text";

@customElement("name-dialog")
export class NameDialog extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private input!: HTMLInputElement;
  @state() private question = "";
  @state() private action = "";
  @state() private offered: string[] = [];

  /** Ask `question`; `action` is what the button that goes ahead says. Null for no answer. */
  async ask(
    question: string,
    action: string,
    { offered = [], name = "" }: { offered?: string[]; name?: string } = {},
  ): Promise<string | null> {
    Object.assign(this, { question, action, offered });
    await this.updateComplete;
    this.input.value = name;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.input.select();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    return this.dialog.returnValue === "yes" ? this.input.value.trim() : null;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.dialog.close("yes");
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="name-question">
        <form @submit=${(event: SubmitEvent) => this.#submit(event)}>
          <h2 id="name-question">${this.question}</h2>
          <input
            type="text"
            required
            maxlength="200"
            autocomplete="off"
            list="names-offered"
            aria-labelledby="name-question"
          />
          <datalist id="names-offered">
            ${this.offered.map((name) => html`<option value=${name}></option>`)}
          </datalist>
          <footer>
            <button class="button" type="button" @click=${() => this.dialog.close()}>
              ${gettext("Cancel")}
            </button>
            <button class="button primary">${this.action}</button>
          </footer>
        </form>
      </dialog>
    `;
  }
}
