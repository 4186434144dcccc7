// <label-fix face="12" name="Ann" likely="3" likely-name="Bob">: corrects a label where it is shown.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { Naming } from "../api";
import { BusyElement } from "../busy-element";
import * as faceActions from "../face-actions";
import { gettext } from "../text";
import type { Changes } from "../types";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

@customElement("label-fix")
export class LabelFix extends BusyElement {
  @property({ type: Number }) face = 0;
  @property() name = "";
  @property({ type: Number }) likely = 0;
  @property({ attribute: "likely-name" }) likelyName = "";

  #do(action: () => Promise<Changes>): Promise<void> {
    const section = this.closest<LiveSection>("live-section");
    return this.save(async () => {
      await action();
      await section?.refresh();
    });
  }

  async #change(): Promise<void> {
    const picker = document.querySelector<PersonPicker>("person-picker");
    const question = gettext("Who is this, if not %(name)s?", { name: this.name });
    const who = await picker?.ask(question, [this.face]);
    if (who) await this.#label(who);
  }

  #label(who: Naming): Promise<void> {
    return this.#do(() => faceActions.label([this.face], who));
  }

  override render(): TemplateResult {
    const { likely, likelyName } = this;
    return html`
      ${
        likely
          ? this.#button(gettext("It is %(name)s", { name: likelyName }), () =>
              this.#label({ person: likely }),
            )
          : nothing
      }
      ${this.#button(gettext("Change…"), () => this.#change())}
      ${this.#button(gettext("Remove label"), () =>
        this.#do(() => faceActions.unassign([this.face])),
      )}
    `;
  }

  #button(text: string, action: () => Promise<void>): TemplateResult {
    return html`<button class="button small" ?disabled=${this.busy} @click=${() => void action()}>
      ${text}
    </button>`;
  }
}
