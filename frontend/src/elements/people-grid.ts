// <people-grid>: everybody who has a name, however many they are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api, isAbort } from "../api";
import { CardWindow } from "../card-window";
import { hear, tell, toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf, notSaved, type Message } from "../message";
import { problemNote } from "../notes";
import { namedCard } from "../named-card";
import { namedToolbar, type NamedToolbarActions } from "../named-toolbar";
import * as peopleActions from "../people-actions";
import { PeopleFeed } from "../people-feed";
import { keepPlace, keptPlace } from "../place";
import { Selection } from "../selection";
import { gettext, ngettext } from "../text";
import type { PeopleFilter, PeopleGroup, PeopleSort, PersonShown } from "../types";
import type { ConfirmDialog } from "./confirm-dialog";
import type { LiveSection } from "./live-section";
import type { MergeDialog } from "./merge-dialog";
import type { NameDialog } from "./name-dialog";

const NARROWEST_PX = 150;
/** After a key, until the next one is no longer expected. */
const PAUSE_MS = 150;

@customElement("people-grid")
export class PeopleGrid extends KithElement {
  @query("merge-dialog") private merging!: MergeDialog;
  @query("name-dialog") private naming!: NameDialog;
  @query("confirm-dialog") private confirmation!: ConfirmDialog;
  @query(".people") private list!: HTMLElement;
  @state() private problem: Message = "";
  @state() private groups: PeopleGroup[] = [];
  #filter: PeopleFilter = filterOf(location.search);
  #feed = new PeopleFeed((limit, signal) => api.namedPeople(this.#filter, limit, signal));
  #selection = new Selection();
  #busy = new Set<number>();
  #current: number | null = null;
  #window = new CardWindow(NARROWEST_PX);
  #typing = 0;
  #sized = new ResizeObserver(() => this.requestUpdate());

  readonly #toolbarActions: NamedToolbarActions = {
    show: (change) => this.#show(change),
    merge: () => void this.#merge(),
    favourite: () => void this.#favourite(this.#chosen),
    hide: () => void this.#hide(this.#chosen),
    addToGroup: () => void this.#addToGroup(this.#chosen),
    leaveGroup: () => void this.#leaveGroup(this.#chosen),
    renameGroup: () => void this.#renameGroup(),
    deleteGroup: () => void this.#deleteGroup(),
    clear: () => this.#select(() => this.#selection.clear()),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    const options = { signal: this.gone };
    this.addEventListener("keydown", (event) => this.#key(event), options);
    window.addEventListener("scroll", () => this.#scrolled(), { ...options, passive: true });
    window.addEventListener("resize", () => this.requestUpdate(), options);
    window.addEventListener("pagehide", () => keepPlace(this.#feed.count, this.#current), options);
    hear("faces-undone", () => void this.reload(), this.gone);
    hear("server-back", () => this.problem && void this.#tryAgain(), this.gone);
    void this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sized.disconnect();
  }

  override firstUpdated(): void {
    this.#sized.observe(this.list);
  }

  override updated(): void {
    const empty = this.querySelector<LiveSection>("live-section");
    const { q, group, hidden } = this.#filter;
    const filtered = Boolean(q || group || hidden);
    if (empty) empty.hidden = !this.#feed.complete || this.#feed.count > 0 || filtered;
    if (this.#window.measure(this.list)) this.requestUpdate();
    else this.#scrolled();
  }

  // Loading

  async #open(): Promise<void> {
    const place = keptPlace();
    void this.#loadGroups();
    await this.reload(place?.loaded);
    if (!place) return;
    this.#current = this.#feed.ids.includes(place.current ?? 0) ? place.current : this.#current;
    this.requestUpdate();
    await this.updateComplete;
    window.scrollTo({ top: place.scrolled });
  }

  /** Show the people as they are now. */
  async reload(wanted?: number): Promise<void> {
    await this.#load(() => this.#feed.reload(wanted));
  }

  async #loadGroups(): Promise<void> {
    // Without them everybody is shown; what failed for the user says so itself.
    const page = await api.peopleGroups().catch(() => null);
    if (page) this.groups = page.results;
  }

  async #load(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    if (!this.#feed.ids.includes(this.#current ?? 0)) this.#current = this.#feed.ids[0] ?? null;
    this.requestUpdate();
  }

  #tryAgain(): Promise<void> {
    return this.#load(() => (this.#feed.loaded ? this.#feed.more() : this.#feed.reload()));
  }

  #show(change: Partial<PeopleFilter>): void {
    this.#filter = { ...this.#filter, ...change };
    const { q, sort, group, hidden } = this.#filter;
    const said = { q, sort: sort === "name" ? "" : sort, group, hidden: hidden ? "true" : "" };
    const search = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
    history.replaceState(history.state, "", search.size ? `?${search}` : location.pathname);
    this.#selection.clear();
    this.requestUpdate();
    clearTimeout(this.#typing);
    const pause = "q" in change ? PAUSE_MS : 0;
    this.#typing = window.setTimeout(() => void this.reload(0), pause);
  }

  /** Draw what has come near the screen, and fetch what comes next. */
  #scrolled(): void {
    const { count, loaded, complete, loading } = this.#feed;
    if (this.#window.look(this.list, count)) this.requestUpdate();
    const more = loaded && !complete && !loading && !this.problem;
    if (more && this.#window.nearEnd(count)) void this.#load(() => this.#feed.more());
  }

  // Selection and focus

  get #chosen(): number[] {
    return this.#selection.among(this.#feed.ids);
  }

  #select(change: () => void): void {
    change();
    this.requestUpdate();
  }

  #changed({ target }: Event): void {
    const id = personOf(target);
    if (id !== null) this.#select(() => this.#selection.toggle(id));
  }

  #focusIn({ target }: FocusEvent): void {
    const id = personOf(target);
    if (id === null || id === this.#current) return;
    this.#current = id;
    this.requestUpdate();
  }

  async #focusCurrent(): Promise<void> {
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-person="${this.#current}"] .open`)?.focus();
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("dialog")) return;
    if (event.key === "Escape" && this.#selection.size) {
      this.#select(() => this.#selection.clear());
    }
    const id = personOf(target);
    if (id === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = this.#feed.ids;
    const to = this.#window.step(ids.indexOf(id), event.key, ids.length);
    if (to !== null) {
      this.#current = ids[to] ?? null;
      void this.#focusCurrent();
    } else {
      const command = this.#commands(id)[event.key];
      if (!command || (event.key === " " && !target.matches(".open"))) return;
      // A held key would go on at the next person.
      if (!event.repeat) command();
    }
    event.preventDefault();
  }

  #commands(id: number): Record<string, () => void> {
    const ids = this.#selection.has(id) ? this.#chosen : [id];
    const toggle = (): void => this.#select(() => this.#selection.toggle(id));
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
    const people = this.#peopleOf(this.#chosen);
    if (people.length < 2) {
      toast(gettext("Select the others who are the same person, too: with x, or a click."), "bad");
      return;
    }
    const into = await this.merging.ask(people);
    if (into === null) return;
    const others = people.map(({ id }) => id).filter((id) => id !== into);
    await this.#during([...others, into], async () => {
      await peopleActions.merge(others, into);
      this.#current = into;
      this.#selection.clear();
      this.#feed.remove(others);
      await this.#feed.refresh(into);
    });
  }

  /** Make people favourites; those who all are, are no longer. */
  #favourite(ids: number[]): Promise<void> {
    const people = this.#peopleOf(ids);
    const favourite = !people.every((person) => person.is_favourite);
    return this.#during(ids, async () => {
      for (const person of people) {
        if (person.is_favourite !== favourite) await peopleActions.favour(person, favourite);
      }
      this.#selection.clear();
      await this.#feed.reload();
    });
  }

  #hide(ids: number[]): Promise<void> {
    const act = this.#filter.hidden ? peopleActions.show : peopleActions.hide;
    return this.#during(ids, async () => {
      for (const person of this.#peopleOf(ids)) {
        await act(person);
        this.#leave([person.id]);
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
    await this.#during(ids, async () => {
      if (known) await api.changeGroup(known.id, { add: ids });
      else await api.makeGroup(name, ids);
      await this.#loadGroups();
      this.#selection.clear();
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
    return this.#during(ids, async () => {
      await api.changeGroup(group, { remove: ids });
      await this.#loadGroups();
      this.#leave(ids);
    });
  }

  async #renameGroup(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    const question = gettext("What is this group called?");
    const name = await this.naming.ask(question, gettext("Rename group"), { name: group.name });
    if (!name) return;
    await this.#during([], async () => {
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
    await this.#during([], async () => {
      await api.deleteGroup(group.id);
      await this.#loadGroups();
      this.#show({ group: "" });
    });
  }

  get #group(): PeopleGroup | undefined {
    return this.groups.find(({ id }) => String(id) === this.#filter.group);
  }

  /** Dim people while the server is asked; then go on at the one that has the focus. */
  async #during(ids: number[], work: () => Promise<void>): Promise<void> {
    if (ids.some((id) => this.#busy.has(id))) return;
    const inGrid =
      this.contains(document.activeElement) || document.activeElement === document.body;
    this.#select(() => ids.forEach((id) => this.#busy.add(id)));
    try {
      await work();
    } catch (error) {
      notSaved(error, () => this.#during(ids, work));
    } finally {
      this.#select(() => ids.forEach((id) => this.#busy.delete(id)));
    }
    tell("faces-changed", undefined);
    if (inGrid && ids.length) await this.#focusCurrent();
  }

  #peopleOf(ids: number[]): PersonShown[] {
    return this.#feed.people.filter(({ id }) => ids.includes(id));
  }

  #leave(gone: number[]): void {
    const ids = this.#feed.ids;
    const at = Math.max(ids.indexOf(this.#current ?? 0), 0);
    const stays = (id: number): boolean => !gone.includes(id);
    this.#current = ids.slice(at).find(stays) ?? ids.findLast(stays) ?? null;
    this.#selection.remove(gone);
    this.#feed.remove(gone);
    this.requestUpdate();
  }

  // Drawing

  override render(): TemplateResult {
    const { people, complete, count } = this.#feed;
    const { columns, row } = this.#window;
    this.#window.look(this.list, count);
    return html`
      ${namedToolbar(
        {
          filter: this.#filter,
          groups: this.groups,
          selected: this.#chosen.length,
          loaded: count,
          complete,
        },
        this.#toolbarActions,
      )}
      <ul
        class="people"
        style="--columns: ${columns}; --row-height: ${row}px; --rows: ${Math.ceil(count / columns)}"
        @change=${(event: Event) => this.#changed(event)}
        @focusin=${(event: FocusEvent) => this.#focusIn(event)}
      >
        ${repeat(
          this.#indexesDrawn(people),
          (index) => people[index]?.id,
          (index) => this.#card(people[index], index),
        )}
      </ul>
      ${this.problem ? problemNote(this.problem, () => this.#tryAgain()) : nothing}
      <div class="sentinel">${this.problem ? nothing : this.#end()}</div>
      <merge-dialog></merge-dialog>
      <name-dialog></name-dialog>
      <confirm-dialog></confirm-dialog>
    `;
  }

  /** Those near the screen, and the one that has the focus, wherever it is. */
  #indexesDrawn(people: PersonShown[]): number[] {
    const { from, to } = this.#window;
    const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
    const current = people.findIndex(({ id }) => id === this.#current);
    if (current >= 0 && current < from) return [current, ...indexes];
    return current >= to ? [...indexes, current] : indexes;
  }

  #card(person: PersonShown | undefined, index: number): unknown {
    if (!person) return nothing;
    const { columns } = this.#window;
    return namedCard(person, {
      selected: this.#selection.has(person.id),
      current: this.#current === person.id,
      busy: this.#busy.has(person.id),
      index,
      row: Math.floor(index / columns),
      column: index % columns,
    });
  }

  #end(): string | typeof nothing {
    if (!this.#feed.complete) return gettext("Loading…");
    const { q, group, hidden } = this.#filter;
    if (this.#feed.count || !(q || group || hidden)) return nothing;
    return hidden && !q ? gettext("Nobody is hidden.") : gettext("Nobody is called so.");
  }
}

function personOf(target: EventTarget | null): number | null {
  const card = (target as Element | null)?.closest<HTMLElement>("[data-person]");
  return card ? Number(card.dataset.person) : null;
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
