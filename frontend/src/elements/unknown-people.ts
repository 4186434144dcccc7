// <unknown-people [strangers]>: a card for each person nobody has named, or for hidden strangers.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api, isAbort } from "../api";
import { CardWindow } from "../card-window";
import { hear, tell, toast } from "../events";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, notSaved, type Message } from "../message";
import { problemNote, staleNote } from "../notes";
import * as peopleActions from "../people-actions";
import { PeopleFeed } from "../people-feed";
import { peopleToolbar, type PeopleToolbarActions } from "../people-toolbar";
import { personCard, type PersonCardActions } from "../person-card";
import { keepPlace, keptPlace } from "../place";
import { Selection } from "../selection";
import { gettext, ngettext } from "../text";
import { TRAINING, type Job, type PersonShown } from "../types";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

/** So long after the cards closed up, a click may still be meant for the card that was there. */
const SETTLE_MS = 400;

@customElement("unknown-people")
export class UnknownPeople extends KithElement {
  /** Show the hidden ones. */
  @property({ type: Boolean }) strangers = false;
  @query("person-picker") private picker!: PersonPicker;
  @query(".people") private list!: HTMLElement;
  @state() private problem: Message = "";
  @state() private stale = false;
  @state() private hiddenFaces = 0;
  @state() private target: number | null = null;
  #feed!: PeopleFeed;
  #selection = new Selection();
  #busy = new Set<number>();
  #current: number | null = null;
  #window = new CardWindow();
  #dragged: number[] = [];
  #closedUp = -SETTLE_MS;
  #sized = new ResizeObserver(() => this.requestUpdate());

  readonly #cardActions: PersonCardActions = {
    focus: ({ id }) => this.#makeCurrent(id),
    toggle: ({ id }) => this.#toggle(id),
    name: ({ id }) => void this.#name([id]),
    hide: ({ id }, event) => this.#settled(event) && void this.#hide([id]),
    drag: ({ id }, event) => this.#drag(id, event),
    over: ({ id }, event) => this.#over(id, event),
    leave: ({ id }) => void (this.target === id && (this.target = null)),
    drop: ({ id }, event) => this.#drop(id, event),
  };

  readonly #toolbarActions: PeopleToolbarActions = {
    name: () => void this.#name(this.#selected),
    merge: () => void this.#merge(this.#selected),
    hide: () => void this.#hide(this.#selected),
    clear: () => this.#select(() => this.#selection.clear()),
    showFrom: (least) => this.#showFrom(least),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#feed = new PeopleFeed((limit, signal) =>
      api.unknownPeople(this.strangers, limit, signal),
    );
    this.#feed.least = Number(new URLSearchParams(location.search).get("least")) || 1;
    const options = { signal: this.gone };
    this.addEventListener("keydown", (event) => this.#key(event), options);
    window.addEventListener("scroll", () => this.#scrolled(), { ...options, passive: true });
    window.addEventListener("resize", () => this.requestUpdate(), options);
    window.addEventListener("pagehide", () => keepPlace(this.#feed.count, this.#current), options);
    hear("faces-undone", () => void this.#undone(), this.gone);
    hear("job-ended", (job) => this.#jobEnded(job), this.gone);
    hear("server-back", () => this.problem && void this.#tryAgain(), this.gone);
    jobWatch.start();
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
    if (empty) empty.hidden = !this.#feed.complete || this.#feed.count > 0;
    if (this.#window.measure(this.list)) this.requestUpdate();
    else this.#scrolled();
  }

  // Loading

  async #open(): Promise<void> {
    const place = keptPlace();
    await this.reload(place?.loaded);
    if (!place) return;
    this.#current = this.#feed.ids.includes(place.current ?? 0) ? place.current : this.#current;
    this.requestUpdate();
    await this.updateComplete;
    window.scrollTo({ top: place.scrolled });
  }

  /** Show the people as they are now. */
  async reload(wanted?: number): Promise<void> {
    this.stale = false;
    void this.#countHidden();
    await this.#load(() => this.#feed.reload(wanted));
  }

  async #countHidden(): Promise<void> {
    // Without the number its link is not shown; what failed for the user says so itself.
    const counts = await api.counts({}).catch(() => null);
    if (counts) this.hiddenFaces = counts.hidden;
  }

  async #load(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    this.#current ??= this.#feed.ids[0] ?? null;
    this.requestUpdate();
  }

  #tryAgain(): Promise<void> {
    return this.#load(() => (this.#feed.loaded ? this.#feed.more() : this.#feed.reload()));
  }

  async #undone(): Promise<void> {
    tell("faces-changed", undefined);
    await this.reload();
  }

  #jobEnded({ kind, state: ended }: Job): void {
    if (kind !== TRAINING || ended !== "done") return;
    const inside = this.querySelector(".person-card:focus-within, dialog[open]") !== null;
    const atWork = inside || this.#selected.length > 0 || this.#busy.size > 0;
    if (atWork || window.scrollY > this.#window.row) this.stale = true;
    else void this.reload();
  }

  #showFrom(least: number): void {
    const address = new URL(location.href);
    if (least > 1) address.searchParams.set("least", String(least));
    else address.searchParams.delete("least");
    history.replaceState(history.state, "", address);
    this.#feed.least = least;
    if (!this.#feed.ids.includes(this.#current ?? 0)) this.#current = this.#feed.ids[0] ?? null;
    this.requestUpdate();
  }

  /** Draw what has come near the screen, and fetch what comes next. */
  #scrolled(): void {
    const count = this.#feed.people.length;
    if (this.#window.look(this.list, count)) this.requestUpdate();
    const more = this.#feed.loaded && !this.#feed.complete && !this.#feed.loading;
    if (more && !this.problem && this.#window.nearEnd(count)) {
      void this.#load(() => this.#feed.more());
    }
  }

  // Selection and focus

  get #selected(): number[] {
    return this.#selection.among(this.#feed.ids);
  }

  #select(change: () => void): void {
    change();
    this.requestUpdate();
  }

  #toggle(id: number): void {
    this.#select(() => this.#selection.toggle(id));
  }

  #makeCurrent(id: number): void {
    if (this.#current === id) return;
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
    const card = target.closest<HTMLElement>(".person-card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = this.#feed.ids;
    const id = Number(card.dataset.person);
    const to = this.#window.step(ids.indexOf(id), event.key, ids.length);
    if (to !== null) {
      this.#current = ids[to] ?? null;
      void this.#focusCurrent();
    } else if (event.repeat) {
      // The focus has moved to another person since; a held key would go on there.
      if (event.key !== "Enter" && !(event.key in this.#commands(id))) return;
    } else if (!this.#command(event, id, target)) return;
    event.preventDefault();
  }

  /** Do what the key asks for the focused person, or for the selection it is part of. */
  #command(event: KeyboardEvent, id: number, target: HTMLElement): boolean {
    if (event.key === " " && !target.matches(".open")) return false;
    const command = this.#commands(id)[event.key];
    command?.();
    return command !== undefined;
  }

  #commands(id: number): Record<string, () => void> {
    const ids = this.#selection.has(id) ? this.#selected : [id];
    const name = (): void => void this.#name(ids);
    return {
      x: () => this.#toggle(id),
      " ": () => this.#toggle(id),
      "+": name,
      n: name,
      m: () => void this.#merge([...new Set([...this.#selected, id])]),
      h: () => void this.#hide(ids),
    };
  }

  // Dragging one card onto another

  #drag(id: number, event: DragEvent): void {
    this.#dragged = this.#selection.has(id) ? this.#selected : [id];
    event.dataTransfer?.setData("text/plain", String(id));
  }

  #over(id: number, event: DragEvent): void {
    if (!this.#dragged.length || this.#dragged.includes(id)) return;
    event.preventDefault();
    this.target = id;
  }

  #drop(id: number, event: DragEvent): void {
    event.preventDefault();
    this.target = null;
    const dragged = this.#dragged;
    this.#dragged = [];
    if (dragged.length && !dragged.includes(id)) void this.#merge([...dragged, id], id);
  }

  // Actions

  async #name(ids: number[]): Promise<void> {
    const best = this.#peopleOf(ids).flatMap((person) => person.best.map(({ face }) => face));
    const question = ngettext("Who is this?", "Who are these %(count)s people?", ids.length);
    const who = await this.picker.ask(question, best);
    if (!who) return;
    await this.#act(ids, async (person) => {
      await peopleActions.name(person, who);
    });
  }

  /** Merge people; the one with most faces takes the others, unless another one is meant. */
  async #merge(ids: number[], into = this.#largest(ids)): Promise<void> {
    const others = ids.filter((id) => id !== into);
    if (into === undefined || !others.length) {
      toast(gettext("Select the others who are the same person, too: with x, or a click."), "bad");
      return;
    }
    await this.#during([...others, into], async () => {
      await peopleActions.merge(others, into);
      this.#current = into;
      this.#leave(others);
      this.#selection.clear();
      await this.#feed.refresh(into);
    });
  }

  async #hide(ids: number[]): Promise<void> {
    const act = this.strangers ? peopleActions.show : peopleActions.hide;
    await this.#act(ids, async (person) => {
      await act(person);
    });
    void this.#countHidden();
  }

  /** Act on people one after the other; whom the server has done leaves the list. */
  #act(ids: number[], action: (person: PersonShown) => Promise<void>): Promise<void> {
    return this.#during(ids, async () => {
      for (const person of this.#peopleOf(ids)) {
        await action(person);
        this.#leave([person.id]);
      }
    });
  }

  /** Dim people while the server is asked; then go on at the next one. */
  async #during(ids: number[], work: () => Promise<void>): Promise<void> {
    if (ids.some((id) => this.#busy.has(id))) return;
    const focused = this.contains(document.activeElement);
    this.#select(() => ids.forEach((id) => this.#busy.add(id)));
    try {
      await work();
    } catch (error) {
      notSaved(error, () => this.#during(ids, work));
    } finally {
      this.#select(() => ids.forEach((id) => this.#busy.delete(id)));
    }
    tell("faces-changed", undefined);
    if (focused) await this.#focusCurrent();
    if (!this.#feed.count) void this.querySelector<LiveSection>("live-section")?.refresh();
  }

  #peopleOf(ids: number[]): PersonShown[] {
    return this.#feed.people.filter(({ id }) => ids.includes(id));
  }

  #largest(ids: number[]): number | undefined {
    return this.#feed.ids.find((id) => ids.includes(id));
  }

  /** Whether a click is not the second of a double click, which another card is under by now. */
  #settled({ detail }: MouseEvent): boolean {
    // Without detail it is the keyboard that presses.
    return !detail || (detail === 1 && performance.now() - this.#closedUp > SETTLE_MS);
  }

  #leave(gone: number[]): void {
    this.#closedUp = performance.now();
    this.#current = this.#nextOf(gone);
    this.#selection.remove(gone);
    this.#feed.remove(gone);
    this.requestUpdate();
  }

  /** Find whom to go on with once `gone` have left: the next one, else the last. */
  #nextOf(gone: number[]): number | null {
    const ids = this.#feed.ids;
    const at = Math.max(ids.indexOf(this.#current ?? 0), 0);
    const stays = (id: number): boolean => !gone.includes(id);
    return ids.slice(at).find(stays) ?? ids.findLast(stays) ?? null;
  }

  // Drawing

  override render(): TemplateResult {
    const people = this.#feed.people;
    const { columns, row } = this.#window;
    this.#window.look(this.list, people.length);
    return html`
      <div class="board-bar">
        ${peopleToolbar(
          {
            strangers: this.strangers,
            selected: this.#selected.length,
            loaded: people.length,
            any: this.#feed.count > 0,
            complete: this.#feed.complete,
            least: this.#feed.least,
            hidden: this.hiddenFaces,
          },
          this.#toolbarActions,
        )}
        ${this.stale ? staleNote(() => this.reload()) : nothing}
      </div>
      <ul
        class="people"
        style="--columns: ${columns}; --row-height: ${row}px; --rows: ${Math.ceil(people.length / columns)}"
      >
        ${repeat(
          this.#indexesDrawn(people),
          (index) => people[index]?.id,
          (index) => this.#card(people, index),
        )}
      </ul>
      ${this.problem ? problemNote(this.problem, () => this.#tryAgain()) : nothing}
      <div class="sentinel">${this.problem ? nothing : this.#end(people.length)}</div>
      <person-picker></person-picker>
      <key-sheet of="people"></key-sheet>
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

  #card(people: PersonShown[], index: number): unknown {
    const person = people[index];
    if (!person) return nothing;
    const { columns } = this.#window;
    return personCard(
      person,
      {
        selected: this.#selection.has(person.id),
        current: this.#current === person.id,
        busy: this.#busy.has(person.id),
        target: this.target === person.id,
        index,
        row: Math.floor(index / columns),
        column: index % columns,
        link: `?tab=${this.strangers ? "hidden" : "unknown"}&person=${person.id}`,
      },
      this.#cardActions,
    );
  }

  #end(shown: number): string | typeof nothing {
    if (!this.#feed.complete) return gettext("Loading…");
    return !shown && this.#feed.count ? gettext("Nobody has so many faces.") : nothing;
  }
}
