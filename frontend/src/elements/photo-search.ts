// <photo-search>: whom photos are to show and what else is asked of them; the address says it all,
// and the timeline below shows what is found.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { hear } from "../events";
import { icons } from "../icons";
import { KithElement } from "../kith-element";
import { PARTS, SearchQuery, type Asked, type Field, type Part } from "../search-query";
import { gettext, ngettext } from "../text";
import type { Library, Person, PersonRef, SavedSearch } from "../types";
import { isOwn } from "../world";
import type { PhotoTimeline } from "./photo-timeline";
import { addressOf } from "./saved-searches";

const FOUND = "/api/search/photos/";

const PART_NAMES: Record<Part, string> = {
  all: gettext("in it"),
  any: gettext("one of these in it"),
  none: gettext("not in it"),
};

@customElement("photo-search")
export class PhotoSearch extends KithElement {
  @state() private asked = new SearchQuery();
  @state() private count: number | null = null;
  @state() private people = new Map<number, PersonRef | null>();
  #libraries: Library[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const libraries = document.getElementById("libraries")?.textContent;
    if (libraries) this.#libraries = JSON.parse(libraries) as Library[];
    hear("photos-found", ({ count }) => (this.count = count), this.gone);
    window.addEventListener("popstate", () => this.#read(), { signal: this.gone });
    this.#read();
  }

  /** Ask for what the address says. */
  #read(): void {
    this.asked = new SearchQuery(new URLSearchParams(location.search));
    this.#find();
    for (const { id } of this.asked.people) void this.#meet(id);
  }

  /** Find out who somebody is. */
  async #meet(id: number): Promise<void> {
    if (this.people.has(id)) return;
    const person = await api.person(id).catch(() => null);
    this.people = new Map(this.people).set(id, person);
  }

  #find(): void {
    const query = this.asked.toString();
    const timeline = document.querySelector<PhotoTimeline>("photo-timeline");
    if (timeline) timeline.source = query ? `${FOUND}?${query}` : FOUND;
  }

  /** Ask for something else, and say so in the address. */
  #change(change: (asked: SearchQuery) => void): void {
    const asked = new SearchQuery(new URLSearchParams(this.asked.toString()), [
      ...this.asked.people,
    ]);
    change(asked);
    const query = asked.toString();
    this.asked = asked;
    if (query === location.search.slice(1)) return;
    history.pushState(null, "", query ? `?${query}` : location.pathname);
    this.#find();
  }

  readonly #add = (person: Person): void => {
    this.people = new Map(this.people).set(person.id, person);
    this.#change((asked) => asked.put(person.id, "all"));
  };

  readonly #show = (search: SavedSearch): void => {
    history.pushState(null, "", `?${addressOf(search)}`);
    this.#read();
  };

  async #remove(id: number): Promise<void> {
    this.#change((asked) => asked.put(id, null));
    await this.updateComplete;
    this.querySelector<HTMLElement>(".asked select, people-field input")?.focus();
  }

  #set(field: Field, input: HTMLInputElement | HTMLSelectElement): void {
    // A date or number that is half typed is none.
    if (!input.checkValidity()) return void input.reportValidity();
    const ticked = input instanceof HTMLInputElement && input.type === "checkbox";
    const value = ticked ? (input.checked ? "true" : "") : input.value;
    this.#change((asked) => asked.set(field, value));
  }

  override render(): TemplateResult {
    const { people } = this.asked;
    return html`
      <search aria-label=${gettext("Photos")}>
        <div class="asked-for">
          <people-field .choose=${this.#add}></people-field>
          ${repeat(
            people,
            ({ id }) => id,
            (each) => this.#person(each),
          )}
        </div>
        ${this.#fields()}
        <div class="found">
          <p role="status">
            ${
              this.count === null
                ? nothing
                : ngettext("%(count)s photo", "%(count)s photos", this.count)
            }
          </p>
          ${
            isOwn()
              ? html`<saved-searches
                  .asked=${this.asked.values}
                  .show=${this.#show}
                ></saved-searches>`
              : nothing
          }
        </div>
      </search>
    `;
  }

  #person({ id, part }: Asked): TemplateResult {
    const person = this.people.get(id);
    const name = person === null ? gettext("somebody who is gone") : (person?.display_name ?? "…");
    const remove = gettext("Ask no more for %(name)s", { name });
    const change = (event: Event): void => {
      const { value } = event.target as HTMLSelectElement;
      this.#change((asked) => asked.put(id, value as Part));
    };
    return html`<span class="chip asked ${part}">
      <b>${name}</b>
      <select aria-label=${gettext("%(name)s is to be", { name })} @change=${change}>
        ${PARTS.map(
          (each) =>
            html`<option value=${each} .selected=${each === part}>${PART_NAMES[each]}</option>`,
        )}
      </select>
      <button
        class="icon-button"
        aria-label=${remove}
        title=${remove}
        @click=${() => void this.#remove(id)}
      >
        ${icons.cross}
      </button>
    </span>`;
  }

  #fields(): TemplateResult {
    const { people } = this.asked;
    return html`<div class="filters">
      ${
        people.some(({ part }) => part !== "none")
          ? this.#check("only", gettext("Only these people"))
          : nothing
      }
      ${this.#check("guesses", gettext("Guesses count, too"))}
      ${this.asked.get("guesses") ? this.#least() : nothing} ${this.#unnamed()}
      <span class="pair">
        ${this.#number("faces_min", gettext("Faces from"))}
        ${this.#number("faces_max", gettext("to"))}
      </span>
      <span class="pair">
        ${this.#date("taken_from", gettext("Taken from"))} ${this.#date("taken_to", gettext("to"))}
      </span>
      ${this.#libraries.length > 1 ? this.#library() : nothing}
    </div>`;
  }

  #check(field: Field, name: string): TemplateResult {
    return html`<label class="check">
      <input
        type="checkbox"
        .checked=${this.asked.get(field) !== ""}
        @change=${(event: Event) => this.#set(field, event.target as HTMLInputElement)}
      />
      ${name}
    </label>`;
  }

  #number(field: Field, name: string): TemplateResult {
    return html`<label>
      <span>${name}</span>
      <input
        type="number"
        min="0"
        max="999"
        inputmode="numeric"
        .value=${this.asked.get(field)}
        @change=${(event: Event) => this.#set(field, event.target as HTMLInputElement)}
      />
    </label>`;
  }

  #date(field: Field, name: string): TemplateResult {
    return html`<label>
      <span>${name}</span>
      <input
        type="date"
        .value=${this.asked.get(field)}
        @change=${(event: Event) => this.#set(field, event.target as HTMLInputElement)}
      />
    </label>`;
  }

  #least(): TemplateResult {
    const shares = ["", "0.5", "0.8", "0.9", "0.95"];
    const names = shares.map((share) => (share ? `≥ ${Number(share) * 100} %` : gettext("any")));
    return this.#select("min_probability", gettext("Probability"), shares, names);
  }

  #unnamed(): TemplateResult {
    const names = [gettext("maybe"), gettext("yes"), gettext("no")];
    return this.#select("unnamed", gettext("Faces without a name"), ["", "true", "false"], names);
  }

  #library(): TemplateResult {
    const ids = this.#libraries.map(({ id }) => String(id));
    const names = this.#libraries.map(({ name }) => name ?? "");
    return this.#select("library", gettext("Library"), ["", ...ids], [gettext("all"), ...names]);
  }

  #select(field: Field, name: string, values: string[], names: string[]): TemplateResult {
    const now = this.asked.get(field);
    return html`<label>
      <span>${name}</span>
      <select @change=${(event: Event) => this.#set(field, event.target as HTMLSelectElement)}>
        ${values.map(
          (value, index) =>
            html`<option value=${value} .selected=${value === now}>${names[index]}</option>`,
        )}
      </select>
    </label>`;
  }
}
