// <unknown-people [strangers]>: a card for each person nobody has named, or for hidden strangers.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { CardGrid, type CardState } from "../card-grid";
import { CardWindow } from "../card-window";
import { hear, tell, toast } from "../events";
import { jobWatch } from "../job-watch";
import { problemNote, staleNote } from "../notes";
import * as peopleActions from "../people-actions";
import { PeopleFeed } from "../people-feed";
import { peopleToolbar, type PeopleToolbarActions } from "../people-toolbar";
import { personCard, type PersonCardActions } from "../person-card";
import { styled } from "../styled";
import { gettext, ngettext } from "../text";
import { TRAINING, type Job, type PersonShown } from "../types";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

/** So long after the cards closed up, a click may still be meant for the card that was there. */
const SETTLE_MS = 400;

@customElement("unknown-people")
export class UnknownPeople extends CardGrid<PersonShown> {
  /** Show the hidden ones. */
  @property({ type: Boolean }) strangers = false;
  @query("person-picker") private picker!: PersonPicker;
  @state() private stale = false;
  @state() private hiddenFaces = 0;
  @state() private target: number | null = null;
  protected readonly kind = "person";
  protected readonly focusable = ".open";
  protected readonly cards = new CardWindow();
  protected readonly feed = new PeopleFeed((limit, signal) =>
    api.unknownPeople(this.strangers, limit, signal),
  );
  #dragged: number[] = [];
  #closedUp = -SETTLE_MS;

  readonly #cardActions: PersonCardActions = {
    focus: ({ id }) => this.makeCurrent(id),
    toggle: ({ id }) => this.toggle(id),
    name: ({ id }) => void this.#name([id]),
    hide: ({ id }, event) => this.#settled(event) && void this.#hide([id]),
    drag: ({ id }, event) => this.#drag(id, event),
    over: ({ id }, event) => this.#over(id, event),
    leave: ({ id }) => void (this.target === id && (this.target = null)),
    drop: ({ id }, event) => this.#drop(id, event),
  };

  readonly #toolbarActions: PeopleToolbarActions = {
    name: () => void this.#name(this.chosen),
    merge: () => void this.#merge(this.chosen),
    hide: () => void this.#hide(this.chosen),
    clear: () => this.clearSelection(),
    showFrom: (least) => this.#showFrom(least),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed.least = Number(new URLSearchParams(location.search).get("least")) || 1;
    hear("faces-undone", () => void this.#undone(), this.gone);
    hear("job-ended", (job) => this.#jobEnded(job), this.gone);
    jobWatch.start();
    void this.open();
  }

  override updated(): void {
    super.updated();
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.feed.complete || this.feed.count > 0;
  }

  // Loading

  /** Show the people as they are now. */
  override async reload(wanted?: number): Promise<void> {
    this.stale = false;
    void this.#countHidden();
    await super.reload(wanted);
  }

  async #countHidden(): Promise<void> {
    // Without the number its link is not shown; what failed for the user says so itself.
    const counts = await api.counts({}).catch(() => null);
    if (counts) this.hiddenFaces = counts.hidden;
  }

  async #undone(): Promise<void> {
    tell("faces-changed", undefined);
    await this.reload();
  }

  #jobEnded({ kind, state: ended }: Job): void {
    if (kind !== TRAINING || ended !== "done") return;
    const inside = this.querySelector(".person-card:focus-within, dialog[open]") !== null;
    const atWork = inside || this.chosen.length > 0 || this.busy.size > 0;
    if (atWork || window.scrollY > this.cards.row) this.stale = true;
    else void this.reload();
  }

  #showFrom(least: number): void {
    const address = new URL(location.href);
    if (least > 1) address.searchParams.set("least", String(least));
    else address.searchParams.delete("least");
    history.replaceState(history.state, "", address);
    this.feed.least = least;
    this.settleCurrent();
    this.requestUpdate();
  }

  // Keys

  protected override commands(id: number): Record<string, () => void> {
    const ids = this.selection.has(id) ? this.chosen : [id];
    const name = (): void => void this.#name(ids);
    return {
      x: () => this.toggle(id),
      " ": () => this.toggle(id),
      "+": name,
      n: name,
      m: () => void this.#merge([...new Set([...this.chosen, id])]),
      h: () => void this.#hide(ids),
    };
  }

  // Dragging one card onto another

  #drag(id: number, event: DragEvent): void {
    this.#dragged = this.selection.has(id) ? this.chosen : [id];
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
    await this.during([...others, into], async () => {
      await peopleActions.merge(others, into);
      this.current = into;
      this.leave(others);
      this.selection.clear();
      await this.feed.refresh(into);
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
    return this.during(ids, async () => {
      for (const person of this.#peopleOf(ids)) {
        await action(person);
        this.leave([person.id]);
      }
    });
  }

  protected override async during(ids: number[], work: () => Promise<void>): Promise<void> {
    await super.during(ids, work);
    if (!this.feed.count) void this.querySelector<LiveSection>("live-section")?.refresh();
  }

  #peopleOf(ids: number[]): PersonShown[] {
    return this.feed.rows.filter(({ id }) => ids.includes(id));
  }

  #largest(ids: number[]): number | undefined {
    return this.feed.ids.find((id) => ids.includes(id));
  }

  /** Whether a click is not the second of a double click, which another card is under by now. */
  #settled({ detail }: MouseEvent): boolean {
    // Without detail it is the keyboard that presses.
    return !detail || (detail === 1 && performance.now() - this.#closedUp > SETTLE_MS);
  }

  protected override leave(gone: number[]): void {
    this.#closedUp = performance.now();
    super.leave(gone);
  }

  // Drawing

  override render(): TemplateResult {
    const shown = this.feed.rows.length;
    return html`
      <div class="board-bar">
        ${peopleToolbar(
          {
            strangers: this.strangers,
            selected: this.chosen.length,
            loaded: shown,
            any: this.feed.count > 0,
            complete: this.feed.complete,
            least: this.feed.least,
            hidden: this.hiddenFaces,
          },
          this.#toolbarActions,
        )}
        ${this.stale ? staleNote(() => this.reload()) : nothing}
      </div>
      <ul class="cards people" style=${styled(this.listStyle)}>
        ${repeat(
          this.drawn,
          ([{ id }]) => id,
          ([person, state]) => this.#card(person, state),
        )}
      </ul>
      ${this.problem ? problemNote(this.problem, () => this.tryAgain()) : nothing}
      <div class="sentinel">${this.problem ? nothing : this.#end(shown)}</div>
      <person-picker></person-picker>
      <key-sheet of="people"></key-sheet>
    `;
  }

  #card(person: PersonShown, state: CardState): TemplateResult {
    const link = `?tab=${this.strangers ? "hidden" : "unknown"}&person=${person.id}`;
    const target = this.target === person.id;
    return personCard(person, { ...state, target, link }, this.#cardActions);
  }

  #end(shown: number): string | typeof nothing {
    if (!this.feed.complete) return gettext("Loading…");
    return !shown && this.feed.count ? gettext("Nobody has so many faces.") : nothing;
  }
}
