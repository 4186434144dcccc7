// <key-sheet>: the keys of the face dashboard on a sheet.

import { html, type TemplateResult } from "lit";
import { customElement, query } from "lit/decorators.js";

import { KithElement } from "../kith-element";
import { gettext } from "../text";

const KEYS: [string[], string][] = [
  [["←", "→", "↑", "↓"], gettext("move from face to face")],
  [["Home", "End"], gettext("first and last face")],
  [["g", "G"], gettext("next and previous person")],
  [["x"], gettext("select the face")],
  [["X"], gettext("select from the last selected face to here")],
  [["Ctrl A"], gettext("select all faces")],
  [["Esc"], gettext("select nothing")],
  [["Enter"], gettext("confirm the guess; without one, name")],
  [["n", "+"], gettext("name")],
  [["r"], gettext("not this person")],
  [["s"], gettext("somebody else: split off from an unknown person")],
  [["Del"], gettext("delete: not a face")],
  [["u", "Ctrl Z"], gettext("undo")],
  [["Space"], gettext("see the photo")],
  [["t"], gettext("train")],
  [["/"], gettext("show one person")],
  [["?"], gettext("this sheet")],
];

@customElement("key-sheet")
export class KeySheet extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;

  show(): void {
    this.dialog.showModal();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="keys-title">
        <h2 id="keys-title">${gettext("Keys")}</h2>
        <dl>
          ${KEYS.map(
            ([keys, text]) =>
              html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt>
                <dd>${text}</dd>`,
          )}
        </dl>
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Close")}</button>
        </footer>
      </dialog>
    `;
  }
}
