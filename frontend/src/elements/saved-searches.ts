// <saved-searches>: the searches that are kept, each a link, and keeping the one that is shown.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api } from "../api";
import { toast } from "../events";
import { icons } from "../icons";
import { KithElement } from "../kith-element";
import { messageOf, notSaved } from "../message";
import { gettext } from "../text";
import type { SavedSearch } from "../types";

@customElement("saved-searches")
export class SavedSearches extends KithElement {
  /** What is shown at present; to keep nothing is not offered. */
  @property({ attribute: false }) asked: Record<string, string> = {};
  @property({ attribute: false }) show: (search: SavedSearch) => void = () => {};
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input") private input!: HTMLInputElement;
  @state() private searches: SavedSearch[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const { results } = await api.searches();
      this.searches = results.toSorted((one, other) => one.name.localeCompare(other.name));
    } catch (error) {
      toast(messageOf(error), "bad");
    }
  }

  #ask(): void {
    this.input.value = this.#shown?.name ?? "";
    this.dialog.showModal();
    this.input.select();
  }

  async #save(name: string): Promise<void> {
    try {
      await api.saveSearch(name, this.asked);
      toast(gettext("The search is kept as %(name)s.", { name }));
      await this.#load();
    } catch (error) {
      notSaved(error, () => this.#save(name));
    }
  }

  async #remove(search: SavedSearch): Promise<void> {
    try {
      await api.removeSearch(search.id);
      const text = gettext("%(name)s is not kept any more.", { name: search.name });
      toast(text, "good", null, {
        text: gettext("Keep it"),
        run: () => api.saveSearch(search.name, search.query).then(() => this.#load()),
      });
      await this.#load();
    } catch (error) {
      notSaved(error, () => this.#remove(search));
    }
  }

  /** The kept search that asks for just what is shown. */
  get #shown(): SavedSearch | undefined {
    return this.searches.find(({ query }) => sameQuery(query, this.asked));
  }

  #click(event: MouseEvent, search: SavedSearch): void {
    // With a key it is to open elsewhere, as any link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.show(search);
  }

  override render(): TemplateResult {
    const shown = this.#shown;
    const empty = Object.keys(this.asked).length === 0;
    return html`
      ${
        this.searches.length
          ? html`<ul aria-label=${gettext("Kept searches")}>
              ${this.searches.map((search) => this.#search(search, search === shown))}
            </ul>`
          : nothing
      }
      ${
        empty || shown
          ? nothing
          : html`<button class="button small" @click=${() => this.#ask()}>
              ${gettext("Keep this search…")}
            </button>`
      }
      <dialog aria-labelledby="keep-title">
        <h2 id="keep-title">${gettext("Keep this search")}</h2>
        <form
          method="dialog"
          class="fields"
          @submit=${() => void this.#save(this.input.value.trim())}
        >
          <div class="field">
            <label for="search-name">${gettext("Name")}</label>
            <input id="search-name" type="text" maxlength="100" required pattern=".*\\S.*" />
          </div>
          <footer>
            <button type="button" class="button" @click=${() => this.dialog.close()}>
              ${gettext("Cancel")}
            </button>
            <button class="button primary">${gettext("Keep")}</button>
          </footer>
        </form>
      </dialog>
    `;
  }

  #search(search: SavedSearch, shown: boolean): TemplateResult {
    const remove = gettext("Do not keep %(name)s", { name: search.name });
    return html`<li class="chip">
      <a
        href="?${addressOf(search)}"
        aria-current=${shown ? "true" : nothing}
        @click=${(event: MouseEvent) => this.#click(event, search)}
        >${search.name}</a
      >
      <button
        class="icon-button"
        aria-label=${remove}
        title=${remove}
        @click=${() => void this.#remove(search)}
      >
        ${icons.cross}
      </button>
    </li>`;
  }
}

/** Return the address of a search, without its question mark. */
export function addressOf({ query }: SavedSearch): string {
  const entries = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(entries).toString();
}

function sameQuery(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.every((name) => String(one[name]) === String(other[name]));
}
