// <people-field>: a field that finds people by what is typed; the one chosen is given on.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api, isAbort } from "../api";
import { toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { nextOption, OptionSearch, revealOption } from "../option-search";
import { NOBODY, personLine } from "../person-options";
import { gettext } from "../text";
import type { Person } from "../types";

const PAUSE_MS = 120;

@customElement("people-field")
export class PeopleField extends KithElement {
  @property({ attribute: false }) choose: (person: Person) => void = () => {};
  @query("input") private input!: HTMLInputElement;
  @state() private people: Person[] = [];
  @state() private open = false;
  @state() private highlighted = NOBODY;
  #search = new OptionSearch();

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", (event) => this.#pageKey(event), { signal: this.gone });
  }

  #pageKey(event: KeyboardEvent): void {
    const busy = (event.target as Element).closest("input, textarea, select, dialog, .photo-view");
    if (event.key !== "/" || busy || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.input.focus();
  }

  #find(pause: number): void {
    const text = this.input.value.trim();
    this.#search.begin(pause, (signal) => this.#load(text, signal));
  }

  async #load(text: string, signal: AbortSignal): Promise<void> {
    try {
      const { results } = await api.people(text, signal);
      if (signal.aborted) return;
      this.people = results;
      this.highlighted = text && results.length ? 0 : NOBODY;
      this.open = true;
    } catch (error) {
      if (!isAbort(error)) toast(messageOf(error), "bad");
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#move(step);
    else if (event.key === "Enter") void (event.repeat || this.#take());
    else if (event.key === "Escape" && this.open) this.#close();
    else return;
    event.preventDefault();
  }

  #move(step: number): void {
    const count = this.people.length;
    if (!this.open || !count) return this.#find(0);
    this.highlighted = nextOption(this.highlighted, step, count);
    void this.updateComplete.then(() => revealOption(this));
  }

  /** Take the highlighted person, once the list is that of the text typed last. */
  async #take(): Promise<void> {
    if (!(await this.#search.settled())) return;
    const person = this.people[this.highlighted];
    if (this.open && person) this.#chosen(person);
  }

  #chosen(person: Person): void {
    this.input.value = "";
    this.#close();
    this.choose(person);
  }

  #close(): void {
    this.#search.stop();
    this.open = false;
    this.highlighted = NOBODY;
  }

  override render(): TemplateResult {
    const { open, people, highlighted } = this;
    return html`
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        placeholder=${gettext("Who is in the photo?")}
        aria-label=${gettext("Add a person to the search")}
        aria-keyshortcuts="/"
        aria-expanded=${open}
        aria-autocomplete="list"
        aria-controls="people-found"
        aria-activedescendant=${open && people[highlighted] ? `found-${highlighted}` : nothing}
        @input=${() => this.#find(PAUSE_MS)}
        @focus=${() => this.#find(0)}
        @blur=${() => this.#close()}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      />
      <ul id="people-found" role="listbox" aria-label=${gettext("People")} ?hidden=${!open}>
        ${people.map(
          (person, index) =>
            html`<li
              id="found-${index}"
              role="option"
              aria-selected=${index === highlighted}
              @mousedown=${(event: MouseEvent) => event.preventDefault()}
              @click=${() => this.#chosen(person)}
            >
              ${personLine({ person })}
            </li>`,
        )}
      </ul>
      ${
        open && !people.length
          ? html`<p class="nobody" role="status">${gettext("Nobody has this name.")}</p>`
          : nothing
      }
    `;
  }
}
