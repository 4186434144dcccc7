// <person-tools person="12">: what can be said of the one person whom the page shows.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api, ApiError } from "../api";
import { BusyElement } from "../busy-element";
import { hear, tell, toast } from "../events";
import { icons } from "../icons";
import { messageOf, notSaved, type Message } from "../message";
import * as peopleActions from "../people-actions";
import { gettext, ngettext } from "../text";
import type { Left, PersonChange, PersonShown } from "../types";
import type { ForgetDialog } from "./forget-dialog";
import type { LiveSection } from "./live-section";
import type { MergeDialog } from "./merge-dialog";
import type { PersonPicker } from "./person-picker";

@customElement("person-tools")
export class PersonTools extends BusyElement {
  @property({ type: Number }) person = 0;
  @query("dialog.edit") private editing!: HTMLDialogElement;
  @query("dialog.delete") private deleting!: HTMLDialogElement;
  @query("forget-dialog") private forgetting!: ForgetDialog;
  @query("person-picker") private picker!: PersonPicker;
  @query("merge-dialog") private merging!: MergeDialog;
  @state() private shown: PersonShown | null = null;
  @state() private birthDate: string | null = null;
  @state() private problems: Record<string, string> = {};
  @state() private problem: Message = "";

  override connectedCallback(): void {
    super.connectedCallback();
    const news = (): void => void this.#refresh();
    hear("faces-changed", news, this.gone);
    hear("faces-undone", news, this.gone);
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const person = await api.person(this.person);
      this.shown = person;
      this.birthDate = person.birth_date;
      this.problem = "";
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #refresh(): Promise<void> {
    await this.#load();
    await document.querySelector<LiveSection>("#person-head")?.refresh();
  }

  /** Do something, and show the person as it is then. */
  #do(action: () => Promise<void>): Promise<void> {
    return this.save(async () => {
      await action();
      await this.#refresh();
    });
  }

  #edit(): void {
    this.problems = {};
    this.querySelector<HTMLFormElement>("dialog.edit form")?.reset();
    this.editing.showModal();
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(said.get(name) ?? "").trim();
    const lines = text("aliases").split("\n");
    const change: PersonChange = {
      name: text("name"),
      aliases: lines.map((line) => line.trim()).filter(Boolean),
      birth_date: text("birth_date") || null,
    };
    this.problems = {};
    try {
      const { event: done, display_name } = await api.changePerson(this.person, change);
      this.editing.close();
      toast(gettext("%(name)s is saved.", { name: display_name }), "good", done);
      await this.#refresh();
      tell("faces-changed", undefined);
    } catch (error) {
      if (error instanceof ApiError && error.status === 400) await this.#explain(error);
      else notSaved(error, () => this.#save(event));
    }
  }

  /** Show what is wrong beside its field, and lead there. */
  async #explain(error: ApiError): Promise<void> {
    this.problems = error.fields;
    await this.updateComplete;
    this.querySelector<HTMLElement>("dialog.edit [aria-invalid=true]")?.focus();
  }

  async #merge(): Promise<void> {
    const { shown } = this;
    if (!shown) return;
    const question = gettext("Who is the same person as %(name)s?", { name: shown.display_name });
    const who = await this.picker.ask(question);
    if (!who) return;
    if (!("person" in who)) {
      toast(gettext("Nobody is called %(name)s.", { name: who.name }), "bad");
      return;
    }
    if (who.person === shown.id) return;
    const other = await api.person(who.person).catch(() => null);
    const into = other && (await this.merging.ask([shown, other]));
    if (!other || into === null) return;
    const gone = into === shown.id ? other.id : shown.id;
    await this.#do(async () => {
      await peopleActions.merge([gone], into);
      if (gone === shown.id) location.assign(`/people/${into}/`);
      else tell("faces-changed", undefined);
    });
  }

  async #delete(): Promise<void> {
    this.deleting.returnValue = "";
    this.deleting.showModal();
    await new Promise((done) => this.deleting.addEventListener("close", done, { once: true }));
    const left = this.deleting.returnValue as Left | "";
    const { shown } = this;
    if (!left || !shown) return;
    await this.save(
      async () => {
        const { event } = await api.deletePerson(shown.id, left);
        const text = gettext("%(name)s is deleted.", { name: shown.display_name });
        toast(text, "good", event, {
          text: gettext("To the people"),
          run: () => location.assign("/people/"),
        });
        this.shown = null;
      },
      () => this.#delete(),
    );
  }

  async #forget(): Promise<void> {
    const { shown } = this;
    const sure = shown && (await this.forgetting.ask(shown));
    if (!sure) return;
    await this.save(
      async () => {
        await api.forgetPerson(shown.id, sure.guessed);
        location.replace("/people/"); // this page is of nobody any more, and not to be gone back to
      },
      () => this.#forget(),
    );
  }

  override render(): TemplateResult {
    const { shown } = this;
    if (!shown) {
      return html`${this.problem ? html`<p class="note" role="status">${this.problem}</p>` : nothing}`;
    }
    const favourite = shown.is_favourite ? gettext("No favourite") : gettext("Favourite");
    return html`
      <div class="toolbar" role="toolbar" aria-label=${gettext("This person")}>
        ${this.#tool(gettext("Edit"), icons.pencil, () => this.#edit())}
        ${this.#tool(favourite, icons.star, () =>
          this.#do(() => peopleActions.favour(shown, !shown.is_favourite)),
        )}
        ${this.#tool(gettext("Merge"), icons.merge, () => this.#merge())}
        ${
          shown.is_hidden
            ? this.#tool(gettext("Show again"), icons.show, () =>
                this.#do(async () => void (await peopleActions.show(shown))),
              )
            : this.#tool(gettext("Hide"), icons.hide, () =>
                this.#do(async () => void (await peopleActions.hide(shown))),
              )
        }
        ${this.#tool(gettext("Delete"), icons.bin, () => this.#delete())}
        <a
          class="button small tool"
          href="/api/people/${shown.id}/export/"
          download
          aria-label=${gettext("Export what is known")}
          >${icons.down}<span>${gettext("Export")}</span></a
        >
        ${this.#tool(gettext("Forget"), icons.eraser, () => this.#forget())}
      </div>
      ${this.#editDialog(shown)} ${this.#deleteDialog(shown)}
      <person-picker></person-picker>
      <merge-dialog></merge-dialog>
      <forget-dialog></forget-dialog>
    `;
  }

  #tool(text: string, icon: unknown, action: () => unknown): TemplateResult {
    return html`<button
      class="button small tool"
      aria-label=${text}
      ?disabled=${this.busy}
      @click=${action}
    >
      ${icon}<span>${text}</span>
    </button>`;
  }

  #editDialog(shown: PersonShown): TemplateResult {
    return html`<dialog class="edit" aria-labelledby="edit-question">
      <form @submit=${(event: SubmitEvent) => this.#save(event)}>
        <h2 id="edit-question">${gettext("Edit")}</h2>
        ${this.#field(
          "name",
          gettext("Name"),
          html`<input
            id="edit-name"
            name="name"
            required
            maxlength="200"
            value=${shown.name}
            aria-invalid=${"name" in this.problems}
            aria-describedby="edit-name-problem"
          />`,
        )}
        ${this.#field(
          "aliases",
          gettext("Other names, one a line"),
          html`<textarea
            id="edit-aliases"
            name="aliases"
            rows="3"
            aria-invalid=${"aliases" in this.problems}
            aria-describedby="edit-aliases-problem"
            .defaultValue=${shown.aliases.join("\n")}
          ></textarea>`,
        )}
        ${this.#field(
          "birth_date",
          gettext("Date of birth"),
          html`<input
            id="edit-birth_date"
            name="birth_date"
            type="date"
            value=${this.birthDate ?? ""}
            aria-invalid=${"birth_date" in this.problems}
            aria-describedby="edit-birth_date-problem"
          />`,
        )}
        <footer>
          <button class="button" type="button" @click=${() => this.editing.close()}>
            ${gettext("Cancel")}
          </button>
          <button class="button primary">${gettext("Save")}</button>
        </footer>
      </form>
    </dialog>`;
  }

  #field(name: string, label: string, input: TemplateResult): TemplateResult {
    return html`<div class="field">
      <label for="edit-${name}">${label}</label>
      ${input}
      <p class="errorlist" id="edit-${name}-problem">${this.problems[name] ?? ""}</p>
    </div>`;
  }

  #deleteDialog({ display_name, faces }: PersonShown): TemplateResult {
    const choice = (left: Left, text: string): TemplateResult =>
      html`<button class="button danger" @click=${() => this.deleting.close(left)}>
        ${text}
      </button>`;
    return html`<dialog class="delete" aria-labelledby="delete-question">
      <h2 id="delete-question">${gettext("Delete %(name)s?", { name: display_name })}</h2>
      <p>
        ${ngettext(
          "What becomes of the %(count)s face? The photos stay.",
          "What becomes of the %(count)s faces? The photos stay.",
          faces,
        )}
      </p>
      <div class="choices">
        ${choice("unlabelled", gettext("They have no name any more"))}
        ${choice("unknown", gettext("They stay together as an unknown person"))}
        ${choice("dismissed", gettext("They are deleted, too"))}
      </div>
      <footer>
        <button class="button" @click=${() => this.deleting.close()}>${gettext("Cancel")}</button>
      </footer>
    </dialog>`;
  }
}
