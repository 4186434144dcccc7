// <key-sheet of="faces">: the keys of a page of the face dashboard on a sheet; the key ? shows it.

import { html, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";

import { isTyping } from "../keys";
import { KithElement } from "../kith-element";
import { gettext } from "../text";

type Keys = [string[], string][];

const FACES: Keys = [
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
  [["Space"], gettext("see the photo")],
  [["f"], gettext("see similar faces")],
  [["/"], gettext("show one person")],
];

const PEOPLE: Keys = [
  [["←", "→", "↑", "↓"], gettext("move from person to person")],
  [["Home", "End"], gettext("first and last person")],
  [["x"], gettext("select the person")],
  [["Esc"], gettext("select nothing")],
  [["Enter"], gettext("see all faces of the person")],
  [["n", "+"], gettext("name")],
  [["m"], gettext("merge with the selected people")],
  [["h"], gettext("hide a stranger, or show one again")],
];

const DISMISSED: Keys = [
  [["←", "→", "↑", "↓"], gettext("move from place to place")],
  [["x"], gettext("select the place")],
  [["X"], gettext("select from the last selected place to here")],
  [["Esc"], gettext("select nothing")],
  [["Enter"], gettext("bring back")],
  [["Space"], gettext("see the photo")],
];

const EVERYWHERE: Keys = [
  [["u", "Ctrl Z"], gettext("undo")],
  [["t"], gettext("train")],
  [["?"], gettext("this sheet")],
];

const KEYS = { faces: FACES, people: PEOPLE, dismissed: DISMISSED };

@customElement("key-sheet")
export class KeySheet extends KithElement {
  @property() of: keyof typeof KEYS = "faces";
  @query("dialog") private dialog!: HTMLDialogElement;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
  }

  #key(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== "?" || command || event.repeat || isTyping(event)) return;
    event.preventDefault();
    this.show();
  }

  show(): void {
    this.dialog.showModal();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="keys-title">
        <h2 id="keys-title">${gettext("Keys")}</h2>
        <dl>
          ${[...KEYS[this.of], ...EVERYWHERE].map(
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
