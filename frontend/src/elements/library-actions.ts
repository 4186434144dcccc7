// <library-actions library="3" name="Pictures">: Scan and Rescan of one library.

import { html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api } from "../api";
import { tell, toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { gettext } from "../text";
import type { Job } from "../types";

@customElement("library-actions")
export class LibraryActions extends KithElement {
  @property({ type: Number }) library = 0;
  @property() name = "";
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private restore!: HTMLInputElement;
  @state() private busy = false;

  async #start(work: Promise<Job>): Promise<void> {
    this.busy = true;
    try {
      tell("job-started", await work);
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      this.busy = false;
    }
  }

  #rescan(): void {
    const restore = this.restore.checked;
    this.dialog.close();
    void this.#start(api.rescan(this.library, restore));
  }

  #ask(): void {
    this.restore.checked = false;
    this.dialog.showModal();
  }

  override render(): TemplateResult {
    const { name, busy, library } = this;
    const title = `rescan-${library}`;
    return html`
      <button
        id="scan-${library}"
        class="button small"
        aria-label=${gettext("Scan %(library)s", { library: name })}
        ?disabled=${busy}
        @click=${() => this.#start(api.scan(library))}
      >
        ${gettext("Scan")}
      </button>
      <button
        id="ask-rescan-${library}"
        class="button small"
        aria-label=${gettext("Rescan %(library)s", { library: name })}
        ?disabled=${busy}
        @click=${() => this.#ask()}
      >
        ${gettext("Rescan")}
      </button>
      <dialog aria-labelledby=${title}>
        <h2 id=${title}>${gettext("Rescan %(library)s?", { library: name })}</h2>
        <p>${gettext("Every photo is looked at again with the present settings. Labels stay.")}</p>
        <label class="check">
          <input type="checkbox" />
          <span>${gettext("Bring back deleted faces")}</span>
        </label>
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Cancel")}</button>
          <button class="button primary" @click=${() => this.#rescan()}>
            ${gettext("Start rescan")}
          </button>
        </footer>
      </dialog>
    `;
  }
}
