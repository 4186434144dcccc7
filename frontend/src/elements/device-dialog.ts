// <device-dialog>: a new device: its name and what it may do, then its token, shown once.

import { html, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { toast } from "../events";
import { gettext } from "../text";
import type { Scope } from "../types";

const LEVELS: [Scope[], () => string][] = [
  [["read"], () => gettext("Look")],
  [["read", "label"], () => gettext("Look, and say who is who")],
  [["read", "label", "manage"], () => gettext("All that you may do yourself")],
];

@customElement("device-dialog")
export class DeviceDialog extends BusyElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("form") private form!: HTMLFormElement;
  @query("#device-token") private shown?: HTMLInputElement;
  /** The token of the device that was just made. */
  @state() private token = "";

  /** Ask for a device; resolve when all has been said, to whether there is one more. */
  async ask(): Promise<boolean> {
    this.token = "";
    await this.updateComplete;
    this.form.reset();
    this.dialog.showModal();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    const made = this.token !== "";
    this.token = "";
    return made;
  }

  async #make(event: Event): Promise<void> {
    event.preventDefault();
    const said = new FormData(this.form);
    const [scopes] = LEVELS[Number(said.get("level"))]!;
    await this.work(async () => {
      const name = String(said.get("name")).trim();
      this.token = (await api.makeDevice(name, scopes, Number(said.get("days")))).token;
      await this.updateComplete;
      this.shown?.select();
    });
  }

  async #copy(): Promise<void> {
    this.shown?.select();
    try {
      await navigator.clipboard.writeText(this.token);
      toast(gettext("Copied."));
    } catch {
      // Without TLS browsers keep the clipboard closed; the text is selected.
      toast(gettext("Copy the selected text."));
    }
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="device-title">
        <h2 id="device-title">${gettext("New device")}</h2>
        ${this.token ? this.#told() : this.#asked()}
      </dialog>
    `;
  }

  #asked(): TemplateResult {
    return html`
      <form class="fields" @submit=${(event: Event) => void this.#make(event)}>
        <div class="field">
          <label for="device-name">${gettext("Name")}</label>
          <input
            id="device-name"
            name="name"
            type="text"
            maxlength="100"
            required
            pattern=".*\\S.*"
          />
        </div>
        <fieldset class="fields">
          <legend>${gettext("It may")}</legend>
          ${LEVELS.map(
            ([, words], level) => html`
              <label class="check">
                <input type="radio" name="level" value=${level} ?checked=${level === 0} />
                <span>${words()}</span>
              </label>
            `,
          )}
        </fieldset>
        <div class="field">
          <label for="device-days">${gettext("For so many days")}</label>
          <input
            id="device-days"
            name="days"
            type="text"
            inputmode="numeric"
            pattern="[1-9][0-9]{0,3}"
            value="365"
            required
          />
        </div>
        <footer>
          <button type="button" class="button" @click=${() => this.dialog.close()}>
            ${gettext("Cancel")}
          </button>
          <button class="button primary" ?disabled=${this.busy}>${gettext("Make a token")}</button>
        </footer>
      </form>
    `;
  }

  #told(): TemplateResult {
    return html`
      <div class="field">
        <label for="device-token">${gettext("Its token")}</label>
        <input id="device-token" type="text" readonly .value=${this.token} />
      </div>
      <p class="hint">
        ${gettext("Put it into the device now: it is not shown again, and whoever has it is let in.")}
      </p>
      <footer>
        <button class="button" @click=${() => void this.#copy()}>${gettext("Copy")}</button>
        <button class="button primary" @click=${() => this.dialog.close()}>
          ${gettext("Done")}
        </button>
      </footer>
    `;
  }
}
