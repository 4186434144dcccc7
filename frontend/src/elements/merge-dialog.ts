// <merge-dialog>: asks which of several people they all are, and tells what merging would do.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";

import { api } from "../api";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext, list, ngettext } from "../text";
import type { MergePreview, PersonShown } from "../types";

@customElement("merge-dialog")
export class MergeDialog extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @state() private people: PersonShown[] = [];
  @state() private into = 0;
  @state() private preview: MergePreview | null = null;
  @state() private problem: Message = "";

  /** Ask who these people are; the answer is one of them, null where nothing is to be done. */
  async ask(people: PersonShown[]): Promise<number | null> {
    const named = people.filter(({ name }) => name);
    // Whoever has no name can only become part of somebody who has.
    this.people = (named.length ? named : people).toSorted((a, b) => b.faces - a.faces);
    const all = people.map(({ id }) => id);
    await this.#choose(this.people[0]?.id ?? 0, all, true);
    this.dialog.returnValue = "";
    this.dialog.showModal();
    const closed = new AbortController();
    this.addEventListener(
      "change",
      ({ target }) => void this.#choose(Number((target as HTMLInputElement).value), all),
      { signal: closed.signal },
    );
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    closed.abort();
    return this.dialog.returnValue === "yes" ? this.into : null;
  }

  async #choose(into: number, all: number[], first = false): Promise<void> {
    Object.assign(this, { into, problem: "" });
    if (first) this.preview = null;
    const others = all.filter((id) => id !== into);
    const asked = api.previewMerge(others, into).then(
      (preview) => void (this.into === into && (this.preview = preview)),
      (error: unknown) => void (this.problem = messageOf(error)),
    );
    if (!first) await asked;
    await this.updateComplete;
  }

  override render(): TemplateResult {
    const name = this.people.find(({ id }) => id === this.into)?.display_name ?? "";
    return html`
      <dialog class="merge" aria-labelledby="merge-question">
        <h2 id="merge-question">${gettext("Who are they all?")}</h2>
        <fieldset>
          <legend class="visually-hidden">${gettext("The name that stays")}</legend>
          ${this.people.map((person) => this.#choice(person))}
        </fieldset>
        <div class="preview" aria-live="polite">
          ${this.problem ? html`<p class="problem">${this.problem}</p>` : nothing}
          ${this.preview ? this.#effects(this.preview, name) : html`<p>${gettext("Loading…")}</p>`}
        </div>
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Cancel")}</button>
          <button class="button primary" @click=${() => this.dialog.close("yes")}>
            ${gettext("Merge into %(name)s", { name })}
          </button>
        </footer>
      </dialog>
    `;
  }

  #choice(person: PersonShown): TemplateResult {
    return html`<label class="choice">
      <input
        type="radio"
        name="into"
        value=${person.id}
        .checked=${live(person.id === this.into)}
      />
      ${person.crop ? html`<img src=${person.crop} alt="" />` : html`<span class="nobody"></span>`}
      <span>${person.display_name}</span>
      <span class="count">${ngettext("%(count)s face", "%(count)s faces", person.faces)}</span>
    </label>`;
  }

  #effects({ faces, aliases, together }: MergePreview, name: string): TemplateResult {
    const others = list(aliases);
    return html`
      <p>
        ${ngettext(
          "%(name)s will have %(count)s face.",
          "%(name)s will have %(count)s faces.",
          faces,
          { name },
        )}
        ${aliases.length ? gettext("Other names: %(others)s.", { others }) : nothing}
      </p>
      ${
        together.length
          ? html`<p class="note">
              ${ngettext(
                "In %(count)s photo more than one of them is seen: hardly one person.",
                "In %(count)s photos more than one of them is seen: hardly one person.",
                together.length,
              )}
              ${together
                .slice(0, 3)
                .map(
                  (photo, index) =>
                    html`<a href="/photos/${photo}/"
                      >${gettext("Photo %(count)s", { count: index + 1 })}</a
                    > `,
                )}
            </p>`
          : nothing
      }
    `;
  }
}
