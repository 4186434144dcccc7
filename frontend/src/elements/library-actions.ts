// <library-actions library="3" name="Pictures">: Scan and Rescan of one library.

import { html, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { tell } from "../events";
import { gettext } from "../text";
import type { Job } from "../types";

@customElement("library-actions")
export class LibraryActions extends BusyElement {
  @property({ type: Number }) library = 0;
  @property() name = "";
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private restore!: HTMLInputElement;

  #start(job: () => Promise<Job>): Promise<void> {
    return this.work(async () => tell("job-started", await job()));
  }

  #rescan(): void {
    const restore = this.restore.checked;
    this.dialog.close();
    void this.#start(() => api.rescan(this.library, restore));
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
        @click=${() => this.#start(() => api.scan(library))}
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
