// <library-names library="3" name="Pictures" reads>: names that go between Kith and other
// programs by a library's files.

import { html, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { tell } from "../events";
import { gettext } from "../text";

@customElement("library-names")
export class LibraryNames extends BusyElement {
  @property({ type: Number }) library = 0;
  @property() name = "";
  @property({ type: Boolean }) reads = false;
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("[value=files]") private into!: HTMLInputElement;

  #read(event: Event): void {
    const box = event.target as HTMLInputElement;
    void this.work(async () => {
      try {
        this.reads = (await api.readNames(this.library, box.checked)).reads_names ?? box.checked;
      } finally {
        box.checked = this.reads;
      }
    });
  }

  #write(): void {
    const into = this.into.checked;
    this.dialog.close();
    void this.work(async () => tell("job-started", await api.writeNames(this.library, into)));
  }

  override render(): TemplateResult {
    const { name, busy, library } = this;
    const title = `names-${library}`;
    return html`
      <button
        id="ask-names-${library}"
        class="button small"
        aria-label=${gettext("Names in the files of %(library)s", { library: name })}
        ?disabled=${busy}
        @click=${() => this.dialog.showModal()}
      >
        ${gettext("Names")}
      </button>
      <dialog aria-labelledby=${title}>
        <h2 id=${title}>${gettext("Names in the files of %(library)s", { library: name })}</h2>
        <label class="check">
          <input type="checkbox" .checked=${this.reads} ?disabled=${busy} @change=${this.#read} />
          <span>${gettext("Take over names that other programs have written there")}</span>
        </label>
        <h3>${gettext("Write the names that you have given")}</h3>
        <label class="check">
          <input type="radio" name="where-${library}" value="beside" checked />
          <span>${gettext("Into XMP files beside the photos")}</span>
        </label>
        <label class="check">
          <input type="radio" name="where-${library}" value="files" />
          <span>
            ${gettext("Into the photos, by exiftool; the pictures in them stay as they are")}
          </span>
        </label>
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Close")}</button>
          <button class="button primary" ?disabled=${busy} @click=${() => this.#write()}>
            ${gettext("Write names")}
          </button>
        </footer>
      </dialog>
    `;
  }
}
