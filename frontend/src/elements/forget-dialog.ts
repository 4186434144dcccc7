// <forget-dialog>: says what goes with a person who is forgotten, and lets nobody do it by mistake.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { api } from "../api";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext, ngettext } from "../text";
import type { KnownOfPerson, PersonShown } from "../types";

@customElement("forget-dialog")
export class ForgetDialog extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("form") private form!: HTMLFormElement;
  @state() private person: PersonShown | null = null;
  @state() private known: KnownOfPerson | null = null;
  @state() private typed = "";
  @state() private problem: Message = "";

  /** Ask; the answer is whether faces that are only guessed go, too, null for nothing at all. */
  async ask(person: PersonShown): Promise<{ guessed: boolean } | null> {
    Object.assign(this, { person, known: null, typed: "", problem: "" });
    await this.updateComplete;
    this.form.reset();
    this.dialog.returnValue = "";
    this.dialog.showModal();
    api.knownOfPerson(person.id).then(
      (known) => void (this.person === person && (this.known = known)),
      (error: unknown) => void (this.problem = messageOf(error)),
    );
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    if (this.dialog.returnValue !== "yes") return null;
    return { guessed: new FormData(this.form).has("guessed") };
  }

  #forget(event: SubmitEvent): void {
    event.preventDefault();
    if (this.#isSure) this.dialog.close("yes");
  }

  get #isSure(): boolean {
    const plain = (text: string): string =>
      text.normalize("NFC").trim().replace(/\s+/g, " ").toLocaleLowerCase();
    const name = this.person?.display_name ?? "";
    return this.known !== null && name !== "" && plain(this.typed) === plain(name);
  }

  override render(): TemplateResult {
    const name = this.person?.display_name ?? "";
    return html`
      <dialog class="forget" aria-labelledby="forget-question">
        <h2 id="forget-question">${gettext("Forget %(name)s for good?", { name })}</h2>
        <form @submit=${(event: SubmitEvent) => this.#forget(event)}>
          ${this.problem ? html`<p class="problem">${this.problem}</p>` : nothing}
          ${this.known ? this.#effects(this.known, name) : html`<p>${gettext("Loading…")}</p>`}
          <label class="typed">
            <span>${gettext("Type «%(name)s» to go on", { name })}</span>
            <input
              type="text"
              autocomplete="off"
              autofocus
              @input=${({ target }: Event) => (this.typed = (target as HTMLInputElement).value)}
            />
          </label>
          <footer>
            <button class="button" type="button" @click=${() => this.dialog.close()}>
              ${gettext("Cancel")}
            </button>
            <button class="button danger" ?disabled=${!this.#isSure}>
              ${gettext("Forget for good")}
            </button>
          </footer>
        </form>
      </dialog>
    `;
  }

  #effects(known: KnownOfPerson, name: string): TemplateResult {
    const { faces, guessed, searches, groups, mentions, written } = known;
    const line = (count: number, text: string): TemplateResult | typeof nothing =>
      count ? html`<li>${text}</li>` : nothing;
    return html`
      <p class="lead">${gettext("This goes, and nothing brings it back:")}</p>
      <ul>
        <li>
          ${ngettext(
            "%(count)s face, with its label, its crop and what Kith knows it by",
            "%(count)s faces, with their labels, crops and what Kith knows them by",
            faces,
          )}
        </li>
        <li>
          ${gettext("the name, other names, the date of birth, and all guesses of this person")}
        </li>
        <li>
          ${gettext("what the history tells of this person, which cannot be undone any more")}
        </li>
        ${line(mentions, ngettext("%(count)s name from a file", "%(count)s names from files", mentions))}
        ${line(
          searches,
          ngettext(
            "%(count)s saved search that asks for this person",
            "%(count)s saved searches that ask for this person",
            searches,
          ),
        )}
        ${line(groups, ngettext("the place in %(count)s group", "the place in %(count)s groups", groups))}
      </ul>
      <p class="lead">${gettext("This stays:")}</p>
      <ul>
        <li>
          ${gettext("the photos; where a face was, a bare box, so that no scan finds it again")}
        </li>
        ${line(
          written,
          ngettext(
            "the name that Kith has written into or beside %(count)s photo; Kith reads it no more",
            "the name that Kith has written into or beside %(count)s photos; Kith reads it no more",
            written,
          ),
        )}
        <li>${gettext("exports and backups that were made before")}</li>
      </ul>
      ${
        guessed
          ? html`<label class="check">
              <input type="checkbox" name="guessed" />
              <span
                >${ngettext(
                  "Delete the %(count)s face, too, that Kith only takes for %(name)s",
                  "Delete the %(count)s faces, too, that Kith only takes for %(name)s",
                  guessed,
                  { name },
                )}</span
              >
            </label>`
          : nothing
      }
    `;
  }
}
