// <people-grid>: everybody who has a name, however many they are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { CardGrid } from "../card-grid";
import { CardWindow } from "../card-window";
import { hear, toast } from "../events";
import { problemNote } from "../notes";
import { namedCard } from "../named-card";
import { namedToolbar, type NamedToolbarActions } from "../named-toolbar";
import * as peopleActions from "../people-actions";
import { PeopleFeed } from "../people-feed";
import { styled } from "../styled";
import { gettext, ngettext } from "../text";
import type { PeopleFilter, PeopleGroup, PeopleSort, PersonShown } from "../types";
import { isOwn } from "../world";
import type { ConfirmDialog } from "./confirm-dialog";
import type { LiveSection } from "./live-section";
import type { MergeDialog } from "./merge-dialog";
import type { NameDialog } from "./name-dialog";

const NARROWEST_PX = 150;
/** After a key, until the next one is no longer expected. */
const PAUSE_MS = 150;

@customElement("people-grid")
export class PeopleGrid extends CardGrid<PersonShown> {
  @query("merge-dialog") private merging!: MergeDialog;
  @query("name-dialog") private naming!: NameDialog;
  @query("confirm-dialog") private confirmation!: ConfirmDialog;
  @state() private groups: PeopleGroup[] = [];
  protected readonly kind = "person";
  protected readonly focusable = ".open";
  protected readonly cards = new CardWindow(NARROWEST_PX);
  protected readonly feed = new PeopleFeed((limit, signal) =>
    api.namedPeople(this.#filter, limit, signal),
  );
  #filter: PeopleFilter = filterOf(location.search);
  #typing = 0;

  readonly #toolbarActions: NamedToolbarActions = {
    show: (change) => this.#show(change),
    merge: () => void this.#merge(),
    favourite: () => void this.#favourite(this.chosen),
    hide: () => void this.#hide(this.chosen),
    addToGroup: () => void this.#addToGroup(this.chosen),
    leaveGroup: () => void this.#leaveGroup(this.chosen),
    renameGroup: () => void this.#renameGroup(),
    deleteGroup: () => void this.#deleteGroup(),
    clear: () => this.clearSelection(),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    hear("faces-undone", () => void this.reload(), this.gone);
    void this.#loadGroups();
    void this.open();
  }

  override updated(): void {
    super.updated();
    const empty = this.querySelector<LiveSection>("live-section");
    const { q, group, hidden } = this.#filter;
    const filtered = Boolean(q || group || hidden);
    if (empty) empty.hidden = !this.feed.complete || this.feed.count > 0 || filtered;
  }

  // Loading

  async #loadGroups(): Promise<void> {
    // Without them everybody is shown; what failed for the user says so itself.
    if (!isOwn()) return;
    const page = await api.peopleGroups().catch(() => null);
    if (page) this.groups = page.results;
  }

  #show(change: Partial<PeopleFilter>): void {
    this.#filter = { ...this.#filter, ...change };
    const { q, sort, group, hidden } = this.#filter;
    const said = { q, sort: sort === "name" ? "" : sort, group, hidden: hidden ? "true" : "" };
    const search = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
    history.replaceState(history.state, "", search.size ? `?${search}` : location.pathname);
    this.clearSelection();
    clearTimeout(this.#typing);
    const pause = "q" in change ? PAUSE_MS : 0;
    this.#typing = window.setTimeout(() => void this.reload(0), pause);
  }

  // Selection and keys

  #changed({ target }: Event): void {
    const id = this.idOf(target);
    if (id !== null) this.toggle(id);
  }

  #focusIn({ target }: FocusEvent): void {
    const id = this.idOf(target);
    if (id !== null) this.makeCurrent(id);
  }

  protected override commands(id: number): Record<string, () => void> {
    const ids = this.selection.has(id) ? this.chosen : [id];
    const toggle = (): void => this.toggle(id);
    return {
      x: toggle,
      " ": toggle,
      m: () => void this.#merge(),
      f: () => void this.#favourite(ids),
      h: () => void this.#hide(ids),
      g: () => void this.#addToGroup(ids),
      "/": () => this.querySelector<HTMLElement>("input[type=search]")?.focus(),
    };
  }

  // Actions

  async #merge(): Promise<void> {
    const people = this.#peopleOf(this.chosen);
    if (people.length < 2) {
      toast(gettext("Select the others who are the same person, too: with x, or a click."), "bad");
      return;
    }
    const into = await this.merging.ask(people);
    if (into === null) return;
    const others = people.map(({ id }) => id).filter((id) => id !== into);
    await this.during([...others, into], async () => {
      await peopleActions.merge(others, into);
      this.current = into;
      this.selection.clear();
      this.feed.remove(others);
      await this.feed.refresh(into);
    });
  }

  /** Make people favourites; those who all are, are no longer. */
  #favourite(ids: number[]): Promise<void> {
    const people = this.#peopleOf(ids);
    const favourite = !people.every((person) => person.is_favourite);
    return this.during(ids, async () => {
      for (const person of people) {
        if (person.is_favourite !== favourite) await peopleActions.favour(person, favourite);
      }
      this.selection.clear();
      await this.feed.reload();
    });
  }

  #hide(ids: number[]): Promise<void> {
    const act = this.#filter.hidden ? peopleActions.show : peopleActions.hide;
    return this.during(ids, async () => {
      for (const person of this.#peopleOf(ids)) {
        await act(person);
        this.leave([person.id]);
      }
    });
  }

  async #addToGroup(ids: number[]): Promise<void> {
    const question = ngettext(
      "Which group does %(count)s person belong to?",
      "Which group do %(count)s people belong to?",
      ids.length,
    );
    const offered = this.groups.map(({ name }) => name);
    const name = await this.naming.ask(question, gettext("Add to group"), { offered });
    if (!name) return;
    const known = this.groups.find((group) => group.name.toLowerCase() === name.toLowerCase());
    await this.during(ids, async () => {
      if (known) await api.changeGroup(known.id, { add: ids });
      else await api.makeGroup(name, ids);
      await this.#loadGroups();
      this.selection.clear();
      toast(
        ngettext(
          "%(count)s person is in %(name)s.",
          "%(count)s people are in %(name)s.",
          ids.length,
          { name: known?.name ?? name },
        ),
      );
    });
  }

  #leaveGroup(ids: number[]): Promise<void> {
    const group = Number(this.#filter.group);
    return this.during(ids, async () => {
      await api.changeGroup(group, { remove: ids });
      await this.#loadGroups();
      this.leave(ids);
    });
  }

  async #renameGroup(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    const question = gettext("What is this group called?");
    const name = await this.naming.ask(question, gettext("Rename group"), { name: group.name });
    if (!name) return;
    await this.during([], async () => {
      await api.changeGroup(group.id, { name });
      await this.#loadGroups();
    });
  }

  async #deleteGroup(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    const sure = await this.confirmation.ask(
      gettext("Delete the group %(name)s?", { name: group.name }),
      gettext("Its people stay."),
      gettext("Delete group"),
    );
    if (!sure) return;
    await this.during([], async () => {
      await api.deleteGroup(group.id);
      await this.#loadGroups();
      this.#show({ group: "" });
    });
  }

  get #group(): PeopleGroup | undefined {
    return this.groups.find(({ id }) => String(id) === this.#filter.group);
  }

  #peopleOf(ids: number[]): PersonShown[] {
    return this.feed.rows.filter(({ id }) => ids.includes(id));
  }

  // Drawing

  override render(): TemplateResult {
    const { complete, count } = this.feed;
    return html`
      ${namedToolbar(
        {
          filter: this.#filter,
          groups: this.groups,
          selected: this.chosen.length,
          loaded: count,
          complete,
        },
        this.#toolbarActions,
      )}
      <ul
        class="cards people"
        style=${styled(this.listStyle)}
        @change=${(event: Event) => this.#changed(event)}
        @focusin=${(event: FocusEvent) => this.#focusIn(event)}
      >
        ${repeat(
          this.drawn,
          ([{ id }]) => id,
          ([person, state]) => namedCard(person, state),
        )}
      </ul>
      ${this.problem ? problemNote(this.problem, () => this.tryAgain()) : nothing}
      <div class="sentinel">${this.problem ? nothing : this.#end()}</div>
      <merge-dialog></merge-dialog>
      <name-dialog></name-dialog>
      <confirm-dialog></confirm-dialog>
    `;
  }

  #end(): string | typeof nothing {
    if (!this.feed.complete) return gettext("Loading…");
    const { q, group, hidden } = this.#filter;
    if (this.feed.count || !(q || group || hidden)) return nothing;
    return hidden && !q ? gettext("Nobody is hidden.") : gettext("Nobody is called so.");
  }
}

function filterOf(address: string): PeopleFilter {
  const search = new URLSearchParams(address);
  const sort = search.get("sort");
  return {
    q: search.get("q") ?? "",
    sort: sort === "count" || sort === "recent" ? sort : ("name" satisfies PeopleSort),
    group: search.get("group") ?? "",
    hidden: search.get("hidden") === "true",
  };
}
