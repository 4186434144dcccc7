// <library-faces library="3" name="Pictures">: face recognition in one library, off and on again.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { toast } from "../events";
import { gettext, ngettext } from "../text";
import type { Recognition } from "../types";

@customElement("library-faces")
export class LibraryFaces extends BusyElement {
  @property({ type: Number }) library = 0;
  @property() name = "";
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("[value=remove]") private removing!: HTMLInputElement | null;
  @state() private found: Recognition | null = null;

  async #ask(): Promise<void> {
    await this.work(async () => {
      this.found = await api.recognition(this.library);
      this.dialog.showModal();
    });
  }

  async #turn(on: boolean, remove = false): Promise<void> {
    await this.work(async () => {
      const found = await api.recognise(this.library, on, remove);
      this.dialog.close();
      this.found = found;
      const values = { library: this.name };
      toast(
        on
          ? gettext("Kith looks for faces in %(library)s again.", values)
          : gettext("Kith looks for no more faces in %(library)s.", values),
        "good",
      );
    });
  }

  override render(): TemplateResult {
    const { name, busy, library, found } = this;
    const title = `faces-${library}`;
    const question = gettext("Face recognition in %(library)s", { library: name });
    return html`
      <button
        class="button small"
        aria-label=${gettext("Faces in %(library)s", { library: name })}
        aria-haspopup="dialog"
        ?disabled=${busy}
        @click=${() => this.#ask()}
      >
        ${gettext("Faces")}
      </button>
      <dialog aria-labelledby=${title}>
        <h2 id=${title}>${question}</h2>
        ${found ? (found.on ? this.#switchOff(found) : this.#switchOn(found)) : nothing}
      </dialog>
    `;
  }

  #switchOff({ faces, labels }: Recognition): TemplateResult {
    const kept = ngettext("Keep the %(count)s face", "Keep the %(count)s faces", faces);
    return html`
      <p>
        ${gettext(
          "Switched off, Kith looks for no faces in new photos, and Train, Evaluation and Search leave out this library.",
        )}
      </p>
      ${
        faces
          ? html`<fieldset>
              <legend>${gettext("The faces that were found")}</legend>
              <label class="check">
                <input type="radio" name="found-${this.library}" value="keep" checked />
                <span
                  >${kept},
                  ${ngettext("with %(count)s label", "with %(count)s labels", labels)}</span
                >
              </label>
              <label class="check">
                <input type="radio" name="found-${this.library}" value="remove" />
                <span>${this.#loss(faces, labels)}</span>
              </label>
            </fieldset>`
          : nothing
      }
      ${this.#footer(gettext("Switch off"), () => this.#turn(false, this.removing?.checked))}
    `;
  }

  #switchOn({ faces, labels }: Recognition): TemplateResult {
    return html`
      <p>${gettext("It is off. Switched on, Kith looks into all photos of this library again.")}</p>
      ${
        faces
          ? html`<p>
              <button
                class="button danger"
                ?disabled=${this.busy}
                @click=${() => this.#turn(false, true)}
              >
                ${this.#loss(faces, labels)}
              </button>
            </p>`
          : nothing
      }
      ${this.#footer(gettext("Switch on"), () => this.#turn(true))}
    `;
  }

  /** Say what deleting takes away. */
  #loss(faces: number, labels: number): string {
    const gone = ngettext(
      "Delete the %(count)s face, with embedding and crop.",
      "Delete the %(count)s faces, with embeddings and crops.",
      faces,
    );
    const lost = ngettext(
      "%(count)s label is lost for good.",
      "%(count)s labels are lost for good.",
      labels,
    );
    return labels ? `${gone} ${lost}` : gone;
  }

  #footer(text: string, action: () => unknown): TemplateResult {
    return html`<footer>
      <button class="button" @click=${() => this.dialog.close()}>${gettext("Close")}</button>
      <button class="button primary" ?disabled=${this.busy} @click=${action}>${text}</button>
    </footer>`;
  }
}
