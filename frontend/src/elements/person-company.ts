// <person-company person="12">: who is often in the same photos as somebody.

import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api } from "../api";
import { KithElement } from "../kith-element";
import { gettext, ngettext } from "../text";
import type { Companion } from "../types";

@customElement("person-company")
export class PersonCompany extends KithElement {
  @property({ type: Number }) person = 0;
  @state() private company: Companion[] = [];

  override firstUpdated(): void {
    void this.#load();
  }

  async #load(): Promise<void> {
    // It is an extra: where it does not come, the page is whole without it.
    this.company = await api.company(this.person).catch(() => []);
  }

  override render(): unknown {
    if (!this.company.length) return nothing;
    return html`
      <h2>${gettext("Often together with")}</h2>
      <ul class="company">
        ${this.company.map(
          ({ person, photos }) =>
            html`<li>
              <a href="/people/${person.id}/">
                ${person.crop ? html`<img src=${person.crop} alt="" />` : html`<span class="nobody"></span>`}
                <span>${person.display_name}</span>
                <span class="count">
                  ${ngettext("%(count)s photo", "%(count)s photos", photos)}
                </span>
              </a>
            </li>`,
        )}
      </ul>
    `;
  }
}
