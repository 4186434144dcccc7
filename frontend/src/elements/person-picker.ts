// <person-picker>: the pop-up that asks who somebody is; type to find a person or to add one.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { api, isAbort, type Naming } from "../api";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext, ngettext } from "../text";
import type { Person } from "../types";

const PAUSE_MS = 120;
const NOBODY = -1;

type Option = { person: Person } | { add: string };

@customElement("person-picker")
export class PersonPicker extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private input!: HTMLInputElement;
  @state() private question = "";
  @state() private people: Person[] = [];
  @state() private typed = "";
  @state() private highlighted = NOBODY;
  @state() private problem: Message = "";
  #answer: (naming: Naming | null) => void = () => {};
  #search = new AbortController();
  #found: Promise<void> = Promise.resolve();

  /** Ask `question`; the answer is null when the user closes the pop-up. */
  async ask(question: string): Promise<Naming | null> {
    this.question = question;
    this.typed = "";
    this.people = [];
    this.highlighted = NOBODY;
    await this.updateComplete;
    this.input.value = "";
    this.dialog.showModal();
    this.#find(0);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  get #options(): Option[] {
    const options: Option[] = this.people.map((person) => ({ person }));
    const known = this.people.some((person) => sameName(person.name, this.typed));
    return this.typed && !known ? [...options, { add: this.typed }] : options;
  }

  #find(pause = PAUSE_MS): void {
    this.#search.abort();
    const search = new AbortController();
    this.#search = search;
    this.#found = this.#load(this.typed, pause, search.signal);
  }

  async #load(text: string, pause: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return;
    try {
      const { results } = await api.people(text, signal);
      if (signal.aborted) return;
      this.people = results;
      this.problem = "";
    } catch (error) {
      if (isAbort(error)) return;
      this.people = [];
      this.problem = messageOf(error);
    }
    this.highlighted = this.#likeliest();
  }

  /** Find what Enter shall take: that name, else one that begins so, else the new one. */
  #likeliest(): number {
    if (!this.typed) return NOBODY;
    const exact = this.people.findIndex((person) => sameName(person.name, this.typed));
    if (exact >= 0) return exact;
    const begins = this.people.findIndex((person) => beginsLike(person.name, this.typed));
    return begins >= 0 ? begins : this.#options.length - 1;
  }

  #type(): void {
    this.typed = this.input.value.trim().replace(/\s+/g, " ");
    this.#find();
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.#move(step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      // The key that opened the pop-up may still be held.
      if (!event.repeat) void this.#take();
    }
  }

  #move(step: number): void {
    const count = this.#options.length;
    if (!count) return;
    const from = this.highlighted === NOBODY && step < 0 ? 0 : this.highlighted;
    this.highlighted = (from + step + count) % count;
    void this.updateComplete.then(() =>
      this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
    );
  }

  /** Take the highlighted option, once the list is that of the text typed last. */
  async #take(): Promise<void> {
    const asked = this.#search;
    await this.#found;
    if (asked === this.#search) this.#choose(this.#options[this.highlighted]);
  }

  #choose(option: Option | undefined): void {
    if (!option) return;
    const answer = this.#answer;
    this.#answer = () => {};
    this.dialog.close();
    answer("add" in option ? { name: option.add } : { person: option.person.id });
  }

  #closed(): void {
    this.#search.abort();
    this.#answer(null);
  }

  override render(): TemplateResult {
    const options = this.#options;
    return html`
      <dialog class="picker" aria-labelledby="picker-question" @close=${() => this.#closed()}>
        <h2 id="picker-question">${this.question}</h2>
        <input
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="words"
          spellcheck="false"
          maxlength="200"
          placeholder=${gettext("Type a name")}
          aria-label=${gettext("Name of the person")}
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls="picker-people"
          aria-activedescendant=${options[this.highlighted] ? `picker-${this.highlighted}` : nothing}
          @input=${() => this.#type()}
          @keydown=${(event: KeyboardEvent) => this.#key(event)}
        />
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <ul id="picker-people" role="listbox" aria-label=${gettext("People")}>
          ${options.map((option, index) => this.#option(option, index))}
        </ul>
        ${
          options.length || this.problem
            ? nothing
            : html`<p class="hint">${gettext("Nobody has a name yet. Type the first one.")}</p>`
        }
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Cancel")}</button>
        </footer>
      </dialog>
    `;
  }

  #option(option: Option, index: number): TemplateResult {
    return html`
      <li
        id="picker-${index}"
        role="option"
        aria-selected=${index === this.highlighted}
        @click=${() => this.#choose(option)}
      >
        ${
          "add" in option
            ? html`<span class="add" aria-hidden="true">+</span>
                <span>${gettext("Add “%(name)s”", { name: option.add })}</span>`
            : personLine(option.person)
        }
      </li>
    `;
  }
}

function personLine(person: Person): TemplateResult {
  return html`
    ${
      person.crop
        ? html`<img src=${person.crop} alt="" width="40" height="40" />`
        : html`<span class="initial" aria-hidden="true">${[...person.name][0]}</span>`
    }
    <span class="name">${person.display_name}</span>
    <span class="count">${ngettext("%(count)s face", "%(count)s faces", person.faces)}</span>
  `;
}

/** Whether a word of the name begins with what was typed; "ann" is found in Joanna, not meant. */
function beginsLike(name: string, typed: string): boolean {
  return ` ${fold(name)}`.includes(` ${fold(typed)}`);
}

function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}

function sameName(one: string, other: string): boolean {
  return one.localeCompare(other, undefined, { sensitivity: "accent" }) === 0;
}
