// <person-picker>: the pop-up that asks who somebody is; type to find a person or to add one.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { api, isAbort, type Naming } from "../api";
import { hear } from "../events";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { problemNote } from "../notes";
import { nextOption, OptionSearch, revealOption } from "../option-search";
import { beginsLike, namesOf, NOBODY, personLine, sameName, type Option } from "../person-options";
import { gettext, ngettext } from "../text";
import type { LikelyPerson, Person } from "../types";

const PAUSE_MS = 120;
/** From this probability on, Enter takes the likeliest person where nothing is typed. */
const LIKELY_ENOUGH = 0.5;

let pickers = 0;

@customElement("person-picker")
export class PersonPicker extends KithElement {
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input[role]") private input!: HTMLInputElement;
  @query("input[type=checkbox]") private others!: HTMLInputElement | null;
  @state() private question = "";
  @state() private people: Person[] = [];
  @state() private leftOut: number[] = [];
  @state() private likely: LikelyPerson[] = [];
  @state() private typed = "";
  @state() private highlighted = NOBODY;
  @state() private problem: Message = "";
  @state() private loaded = false;
  // A page may have several, whose options must not be taken for one another.
  readonly #name = `picker-${++pickers}`;
  #faces: number[] = [];
  #asking = false;
  #answer: (naming: Naming | null) => void = () => {};
  #search = new OptionSearch();

  override connectedCallback(): void {
    super.connectedCallback();
    hear("server-back", () => this.problem && this.#find(0), this.gone);
  }

  /**
   * Ask `question` of these faces; the answer is null when the user closes the pop-up. The faces
   * that were `leftOut` of a group may be said to be somebody else in the same breath.
   */
  async ask(
    question: string,
    faces: number[] = [],
    { leftOut = [] }: { leftOut?: number[] } = {},
  ): Promise<Naming | null> {
    Object.assign(this, { question, leftOut, typed: "", people: [], likely: [], problem: "" });
    this.#answer(null);
    this.#faces = faces;
    this.#asking = faces.length > 0;
    this.loaded = false;
    this.highlighted = NOBODY;
    await this.updateComplete;
    this.input.value = "";
    if (this.others) this.others.checked = true;
    this.dialog.showModal();
    this.#find(0);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** Those found, the likely ones first; and the new person that was typed. */
  get #options(): Option[] {
    const found = new Map(this.people.map((person) => [person.id, person]));
    const likely = this.likely.filter(({ person }) => !this.typed || found.has(person.id));
    for (const { person } of likely) found.delete(person.id);
    const options: Option[] = [...likely, ...[...found.values()].map((person) => ({ person }))];
    const known = this.people.some((person) => sameName(person.name, this.typed));
    return this.typed && !known ? [...options, { add: this.typed }] : options;
  }

  #find(pause = PAUSE_MS): void {
    const text = this.typed;
    this.#search.begin(pause, (signal) => this.#load(text, signal));
  }

  async #load(text: string, signal: AbortSignal): Promise<void> {
    try {
      const [{ results }, likely] = await Promise.all([
        api.people(text, signal),
        this.#asking ? api.likely(this.#faces, signal) : this.likely,
      ]);
      if (signal.aborted) return;
      Object.assign(this, { people: results, likely, problem: "" });
      this.#asking = false;
    } catch (error) {
      if (isAbort(error)) return;
      this.people = [];
      this.problem = messageOf(error);
    }
    this.loaded = true;
    this.highlighted = this.problem ? NOBODY : this.#likeliest();
  }

  /** Find what Enter shall take: that name, else one that begins so, else the new one. */
  #likeliest(): number {
    const options = this.#options;
    if (!this.typed) {
      const [first] = this.likely;
      return first && first.probability >= LIKELY_ENOUGH ? 0 : NOBODY;
    }
    const named = (alike: (name: string, typed: string) => boolean): number =>
      options.findIndex(
        (option) =>
          "person" in option && namesOf(option.person).some((name) => alike(name, this.typed)),
      );
    const exact = named(sameName);
    if (exact >= 0) return exact;
    const begins = named(beginsLike);
    return begins >= 0 ? begins : options.length - 1;
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
    this.highlighted = nextOption(this.highlighted, step, count);
    void this.updateComplete.then(() => revealOption(this));
  }

  /** Take the highlighted option, once the list is that of the text typed last. */
  async #take(): Promise<void> {
    if (await this.#search.settled()) this.#choose(this.#options[this.highlighted]);
  }

  #choose(option: Option | undefined): void {
    if (!option) return;
    const answer = this.#answer;
    this.#answer = () => {};
    this.dialog.close();
    const who = "add" in option ? { name: option.add } : { person: option.person.id };
    answer(this.others?.checked ? { ...who, left_out: this.leftOut } : who);
  }

  #closed(): void {
    // The news that the question before was closed may come when the next is open already.
    if (this.dialog.open) return;
    this.#search.stop();
    this.#answer(null);
  }

  override render(): TemplateResult {
    const options = this.#options;
    const name = this.#name;
    return html`
      <dialog class="picker" aria-labelledby="${name}-question" @close=${() => this.#closed()}>
        <h2 id="${name}-question">${this.question}</h2>
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
          aria-controls="${name}-people"
          aria-activedescendant=${options[this.highlighted] ? `${name}-${this.highlighted}` : nothing}
          @input=${() => this.#type()}
          @keydown=${(event: KeyboardEvent) => this.#key(event)}
        />
        ${this.problem ? problemNote(this.problem, () => this.#find(0)) : nothing}
        <ul id="${name}-people" role="listbox" aria-label=${gettext("People")}>
          ${options.map((option, index) => this.#option(option, index))}
        </ul>
        ${
          options.length || this.problem || !this.loaded
            ? nothing
            : html`<p class="hint">${gettext("Nobody has a name yet. Type the first one.")}</p>`
        }
        ${this.leftOut.length ? this.#leftOutCheck() : nothing}
        <footer>
          <button class="button" @click=${() => this.dialog.close()}>${gettext("Cancel")}</button>
        </footer>
      </dialog>
    `;
  }

  #leftOutCheck(): TemplateResult {
    return html`<label class="check">
      <input type="checkbox" checked />
      <span>
        ${ngettext(
          "The %(count)s face left out is somebody else",
          "The %(count)s faces left out are somebody else",
          this.leftOut.length,
        )}
      </span>
    </label>`;
  }

  #option(option: Option, index: number): TemplateResult {
    return html`
      <li
        id="${this.#name}-${index}"
        role="option"
        aria-selected=${index === this.highlighted}
        @click=${() => this.#choose(option)}
      >
        ${personLine(option)}
      </li>
    `;
  }
}
