// <astray-faces person="12" name="Ann">: labelled faces that look like somebody else, to be split
// off or kept.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { hear, tell } from "../events";
import { say, split } from "../face-actions";
import { gettext, ngettext } from "../text";
import type { Astray } from "../types";

@customElement("astray-faces")
export class AstrayFaces extends BusyElement {
  @property({ type: Number }) person = 0;
  @property() name = "";
  @state() private proposals: Astray[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    hear("faces-undone", () => void this.#load(), this.gone);
  }

  override firstUpdated(): void {
    void this.#load();
  }

  async #load(): Promise<void> {
    this.proposals = await api.astray(this.person).catch(() => this.proposals);
  }

  #do(action: () => Promise<unknown>): Promise<void> {
    return this.save(async () => {
      await action();
      await this.#load();
      tell("faces-changed", undefined);
    });
  }

  /** Say that the faces are not whom they look like; so they stay this person's. */
  async #keep({ faces, looks_like }: Astray): Promise<void> {
    say(await api.reject(faces, looks_like.id), (count) =>
      ngettext("%(count)s face stays %(name)s.", "%(count)s faces stay %(name)s.", count, {
        name: this.name,
      }),
    );
  }

  override render(): unknown {
    return this.proposals.length ? this.proposals.map((each) => this.#proposal(each)) : nothing;
  }

  #proposal(proposal: Astray): TemplateResult {
    const { faces, best, looks_like } = proposal;
    const question = looks_like.name
      ? ngettext(
          "This %(count)s face looks like %(name)s",
          "These %(count)s faces look like %(name)s",
          faces.length,
          { name: looks_like.name },
        )
      : ngettext(
          "This %(count)s face looks like somebody else",
          "These %(count)s faces look like somebody else",
          faces.length,
        );
    return html`<section class="panel astray">
      <h2>${question}</h2>
      <div class="crops">
        ${best.map(({ crop }) => html`<img src=${crop} alt="" loading="lazy" />`)}
      </div>
      <div class="acts">
        <button
          class="button primary"
          ?disabled=${this.busy}
          @click=${() => this.#do(() => split(faces, this.person))}
        >
          ${gettext("Somebody else")}
        </button>
        <button
          class="button"
          ?disabled=${this.busy}
          @click=${() => this.#do(() => this.#keep(proposal))}
        >
          ${gettext("They are %(name)s", { name: this.name })}
        </button>
      </div>
    </section>`;
  }
}
