// <face-grid tab="inferred" method="cluster" …>: the board where faces are named. Only what is
// near the part in sight is drawn and loaded, however many faces there are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api, isAbort, type FaceFilter, type Naming } from "../api";
import { hear, tell, toast } from "../events";
import { emptyCard, faceCard } from "../face-card";
import { FaceFeed, shownPerson, type Departure, type FaceGroup, type Stretch } from "../face-feed";
import { faceGroup } from "../face-group";
import { faceOpinion } from "../face-opinion";
import { GridActions, type Board } from "../grid-actions";
import { commandOnFace, commandOnPage, type Command } from "../grid-keys";
import { GridLayout, measures, type Segment } from "../grid-layout";
import { watchPointer } from "../grid-pointer";
import { GridSight, type Sight } from "../grid-sight";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { Selection } from "../selection";
import { selectionToolbar, type ToolbarActions } from "../selection-toolbar";
import { gettext } from "../text";
import { TRAINING, type Job, type Method, type Tab } from "../types";
import type { ConfirmDialog } from "./confirm-dialog";
import type { KeySheet } from "./key-sheet";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

const SOFT_RELOAD_MS = 3_000;
/** Scrolled no further than this, the user is still at the top. */
const TOP_PX = 200;
/** So long after the grid closed up, a click may still be meant for the face that was there. */
const SETTLE_MS = 400;
/** What flies past is not loaded; what stays so long is. */
const PASSING_MS = 80;
/** Of a card, below its picture: the buttons, and the name where groups have no header. */
const BUTTONS_PX = 42;
const NAME_PX = 24;
const HEADER_PX = 54;
/** So many screens below the one in sight, and above it, are loaded too. */
const SCREENS_AHEAD = 1.5;

@customElement("face-grid")
export class FaceGrid extends KithElement implements Board {
  @property() tab: Tab = "inferred";
  @property() method: Method = "cluster";
  @property() person = "";
  @property({ type: Number }) training: number | null = null;
  @query("person-picker") private picker!: PersonPicker;
  @query("confirm-dialog") private confirmation!: ConfirmDialog;
  @query("key-sheet") private keySheet!: KeySheet;
  @query(".board") private board!: HTMLElement;
  @query(".board-bar") private bar!: HTMLElement;
  @state() private problem: Message = "";
  @state() private stale = false;
  @state() private drawn: DOMRect | null = null;
  readonly selection = new Selection();
  feed!: FaceFeed;
  #layout = new GridLayout([], measures(0, 0, 0));
  #actions = new GridActions(this);
  #sight!: GridSight;
  #segments: Segment[] = [];
  /** The place of the face that Tab reaches. */
  #current = 0;
  #hovered: number | null = null;
  /** Whether the board holds the focus for a face that is out of sight. */
  #holdsFocus = false;
  #loading: { stretches: Stretch[]; abort: AbortController } | null = null;
  #opening = new AbortController();
  #passing = 0;
  #frame = 0;
  #reloaded = 0;
  #closedUp = -SETTLE_MS;
  #telling = false;
  readonly #resized = new ResizeObserver(() => this.#arrange());

  readonly #toolbarActions: ToolbarActions = {
    selectAll: () => void this.#selectAll(),
    keys: () => this.keySheet.show(),
    clear: () => this.#select(() => this.selection.clear()),
    name: () => void this.#actions.name(this.selection.ids),
    confirm: () => void this.#actions.confirm(this.selection.ids),
    reject: () => void this.#actions.reject(this.selection.ids),
    unassign: () => void this.#actions.unassign(this.selection.ids),
    dismiss: () => void this.#actions.dismiss(this.selection.ids),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    // Only clustering makes unknown people.
    if (this.tab === "unknown") this.method = "cluster";
    this.feed = this.#newFeed();
    const options = { signal: this.gone };
    document.addEventListener("keydown", (event) => this.#pageKey(event), options);
    this.addEventListener("click", (event) => this.#dropSecondClick(event), {
      ...options,
      capture: true,
    });
    window.addEventListener("scroll", () => this.#scrolled(), { ...options, passive: true });
    window.addEventListener("resize", () => this.#scrolled(), options);
    hear("job-seen", (job) => this.#jobSeen(job), this.gone);
    hear("job-ended", (job) => this.#jobEnded(job), this.gone);
    hear("faces-undone", () => void this.#undone(), this.gone);
    hear("faces-changed", () => void (this.#telling || this.reload()), this.gone);
    hear("server-back", () => this.problem && this.#again(), this.gone);
    hear("filters-changed", () => this.#filtersChanged(), this.gone);
    hear("photo-closed", ({ face }) => void this.#backFromPhoto(face), this.gone);
    jobWatch.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#opening.abort();
    this.#loading?.abort.abort();
  }

  override firstUpdated(): void {
    this.#sight = new GridSight(this.board);
    this.#resized.observe(this.board);
    watchPointer(
      this.board,
      { drag: (area) => this.#drag(area), longPress: (face) => this.#toggle(face) },
      this.gone,
    );
    void this.reload();
  }

  override updated(): void {
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.feed.loaded || this.feed.total > 0;
    this.#keepFocus();
    this.#load();
  }

  // Loading

  /** Show the tab as it is now, without moving what is in sight. */
  async reload(): Promise<void> {
    if (this.#actions.pending) return; // it is done when the server has answered
    this.#reloaded = Date.now();
    this.stale = false;
    this.problem = "";
    this.#opening.abort();
    this.#loading?.abort.abort();
    this.#loading = null;
    const opening = new AbortController();
    this.#opening = opening;
    try {
      await this.#open(opening.signal);
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
  }

  async #open(signal: AbortSignal): Promise<void> {
    const again = this.feed.loaded;
    // Asked before the faces: never newer than they are.
    const training = again ? await this.#standingTraining() : this.training;
    const feed = this.#newFeed();
    await feed.open(signal);
    const layout = this.#layoutOf(feed);
    await feed.fill(
      stretchesOf(layout, layout.segments(this.#sight.now.top, this.#sight.now.bottom)),
      signal,
    );
    if (signal.aborted || this.#actions.pending) return;
    this.training = training;
    const current = this.#idAt(this.#current);
    this.feed = feed;
    this.#arrange();
    if (current !== undefined) this.#current = this.#indexOf(current) ?? this.#current;
    this.#current = Math.max(0, Math.min(this.#current, this.#layout.total - 1));
  }

  async #standingTraining(): Promise<number | null> {
    return (await api.standing()).training?.id ?? null;
  }

  #newFeed(): FaceFeed {
    const { tab, method, person } = this;
    const search = new URLSearchParams(location.search);
    const said = (name: string): string | undefined => search.get(name) ?? undefined;
    const filter: FaceFilter = {
      tab,
      method,
      person,
      min_probability: tab === "inferred" ? said("min_probability") : undefined,
      sort: said("sort") ?? "probability",
      library: said("library"),
      taken_from: said("taken_from"),
      taken_to: said("taken_to"),
    };
    const alike = tab === "unassigned" || tab === "doubtful" || search.has("together");
    return new FaceFeed(filter, method, !alike);
  }

  /** Load what is missing in sight, then what is near; what is no longer wanted is given up. */
  #load(): void {
    const { feed, problem } = this;
    if (!feed.loaded || problem || this.#actions.pending || this.#passing) return;
    const { top, bottom } = this.#sight.now;
    const ahead = (bottom - top) * SCREENS_AHEAD;
    const inSight = this.#missing({ top, bottom });
    if (this.#loading) {
      if (!inSight.length || overlap(this.#layout, inSight, this.#loading.stretches)) return;
      this.#loading.abort.abort();
    }
    const below = this.#missing({ top, bottom: bottom + ahead });
    const wanted = below.length ? below : this.#missing({ top: top - ahead, bottom: top });
    if (wanted.length) void this.#fill(wanted);
    else this.#loading = null;
  }

  async #fill(stretches: Stretch[]): Promise<void> {
    const loading = { stretches, abort: new AbortController() };
    this.#loading = loading;
    const { feed } = this;
    try {
      const expected = await feed.fill(stretches, loading.abort.signal);
      if (!expected && feed === this.feed) this.#outOfStep();
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    if (this.#loading === loading) this.#loading = null;
    this.requestUpdate();
  }

  #missing({ top, bottom }: Sight): Stretch[] {
    const segments = this.#layout.segments(Math.max(0, top), bottom);
    return this.feed.missing(stretchesOf(this.#layout, segments));
  }

  /** The server has other faces than were counted: somebody else is at work, or a job. */
  #outOfStep(): void {
    if (Date.now() - this.#reloaded > SOFT_RELOAD_MS) void this.reload();
    else this.stale = true;
  }

  /** A scan brings faces bit by bit; they come in while nobody is at work here. */
  #jobSeen(job: Job): void {
    const due = Date.now() - this.#reloaded > SOFT_RELOAD_MS;
    if (job.kind !== TRAINING && due && this.#idle) void this.reload();
  }

  #jobEnded({ kind, state }: Job): void {
    // A training that failed left the guesses as they were.
    if (kind === TRAINING && state !== "done") return;
    if (this.#idle) void this.reload();
    else this.stale = true;
  }

  get #idle(): boolean {
    const atWork = this.selection.size > 0 || this.#actions.pending;
    const inside = this.querySelector(".board:focus-within, dialog[open]") !== null;
    return !atWork && !inside && window.scrollY < TOP_PX && !this.#loading;
  }

  async #undone(): Promise<void> {
    this.#tellChanged();
    await this.reload();
  }

  #filtersChanged(): void {
    this.selection.clear();
    this.#current = 0;
    window.scrollTo({ top: Math.min(window.scrollY, this.offsetTop), behavior: "instant" });
    void this.reload();
  }

  async #backFromPhoto(face: number | null): Promise<void> {
    const index = face === null ? null : this.#indexOf(face);
    await this.#focus(index ?? this.#current);
  }

  #tellChanged(): void {
    this.#telling = true;
    tell("faces-changed", undefined);
    this.#telling = false;
  }

  // Where faces are

  #layoutOf(feed: FaceFeed): GridLayout {
    const named = !feed.grouped && feed.filter.tab !== "unassigned";
    const below = BUTTONS_PX + (named ? NAME_PX : 0);
    const header = feed.grouped ? HEADER_PX : 0;
    return new GridLayout(feed.counts, measures(this.board.clientWidth, below, header));
  }

  /** Lay the faces out anew, as there are others or the board has another width. */
  #arrange(): void {
    this.#layout = this.#layoutOf(this.feed);
    this.requestUpdate();
  }

  #scrolled(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#sight.moved()) {
        clearTimeout(this.#passing);
        this.#passing = window.setTimeout(() => {
          this.#passing = 0;
          this.#load();
        }, PASSING_MS);
      }
      if (same(this.#segments, this.#near())) this.#load();
      else this.requestUpdate();
    });
  }

  /** Return what is drawn: what is in sight and a little more. */
  #near(): Segment[] {
    const { top, bottom } = this.#sight.now;
    const ahead = this.#layout.ahead(bottom - top);
    return this.#layout.segments(Math.max(0, top - ahead), bottom + ahead);
  }

  #idAt(index: number): number | undefined {
    if (index < 0 || index >= this.#layout.total) return undefined;
    const group = this.#layout.groupOf(index);
    return this.feed.groups[group]?.ids[index - this.#layout.start(group)];
  }

  #indexOf(id: number): number | null {
    const found = this.feed.find(id);
    return found && this.#layout.start(found.group) + found.at;
  }

  // Focus

  #card(index: number): HTMLElement | null {
    const id = this.#idAt(index);
    return id === undefined ? null : this.querySelector(`[data-face="${id}"] .crop`);
  }

  /** Bring a face into sight and give it the focus, at the latest when it is loaded. */
  async #focus(index: number): Promise<void> {
    if (!this.#layout.total) return;
    this.#current = Math.max(0, Math.min(index, this.#layout.total - 1));
    const { top } = this.#layout.place(this.#current);
    const { header, height } = this.#layout.measures;
    this.#sight.reveal(top, top + height + 8, this.bar.offsetHeight + header);
    this.board.focus({ preventScroll: true });
    this.#holdsFocus = true;
    this.requestUpdate();
    await this.updateComplete;
  }

  /** The focus stays with the current face, even while that is not drawn. */
  #keepFocus(): void {
    const active = document.activeElement;
    if (this.#holdsFocus && active === document.body) this.board.focus({ preventScroll: true });
    if (!this.#holdsFocus || document.activeElement !== this.board) return;
    this.#card(this.#current)?.focus({ preventScroll: true });
  }

  #focusIn(event: FocusEvent): void {
    const id = faceOf(event.target);
    const index = id === null ? null : this.#indexOf(id);
    this.#holdsFocus = index !== null || event.target === this.board;
    if (index === null || index === this.#current) return;
    this.#current = index;
    this.requestUpdate();
  }

  #focusOut(event: FocusEvent): void {
    // Without another element it is a card that is no longer drawn, or the whole window.
    if (event.relatedTarget) this.#holdsFocus = this.board.contains(event.relatedTarget as Node);
  }

  // Selection

  #select(change: () => void): void {
    change();
    this.requestUpdate();
  }

  #personOf(id: number): number | null {
    const face = this.feed.face(id);
    return face ? (shownPerson(face, this.method)?.id ?? null) : null;
  }

  #toggle(id: number): void {
    this.#select(() => this.selection.toggle(id, this.#personOf(id)));
  }

  async #extend(id: number): Promise<void> {
    const { anchor } = this.selection;
    const from = anchor === null ? null : this.#indexOf(anchor);
    let to = this.#indexOf(id);
    if (anchor === null || from === null || to === null) {
      this.#toggle(id);
      return;
    }
    let ids = this.#between(from, to);
    if (ids.includes(undefined)) {
      if (!(await this.#know())) return;
      const start = this.#indexOf(anchor);
      to = this.#indexOf(id);
      ids = start === null || to === null ? [] : this.#between(start, to);
    }
    this.#selectKnown(ids);
  }

  #between(one: number, other: number): (number | undefined)[] {
    const ids: (number | undefined)[] = [];
    for (let at = Math.min(one, other); at <= Math.max(one, other); at++) ids.push(this.#idAt(at));
    return ids;
  }

  #selectKnown(ids: (number | undefined)[]): void {
    const of = (id: number): number | null => {
      const found = this.feed.grouped ? this.feed.find(id) : null;
      return found ? (this.feed.groups[found.group]?.person?.id ?? null) : this.#personOf(id);
    };
    const known = ids.filter((id) => id !== undefined);
    this.#select(() => this.selection.add(known.map((id) => [id, of(id)])));
  }

  async #toggleGroup(group: FaceGroup, on: boolean): Promise<void> {
    const person = group.person?.id ?? null;
    if (on && group.ids.includes(undefined)) await this.#know(person ?? undefined);
    const known = group.ids.filter((id) => id !== undefined);
    this.#select(() => {
      if (on) this.selection.add(known.map((id) => [id, person]));
      else this.selection.remove(known);
    });
  }

  async #selectAll(): Promise<void> {
    const known = await this.#know();
    if (known) this.#select(() => this.selection.add(known));
  }

  /** Ask for the ids of faces that are not loaded; say so if that fails. */
  async #know(person?: number): Promise<Map<number, number | null> | null> {
    try {
      return await this.feed.know(person);
    } catch (error) {
      toast(messageOf(error), "bad");
      return null;
    }
  }

  /** Select what a rectangle touches. */
  #drag(area: DOMRect | null): void {
    this.drawn = area;
    if (!area) return;
    const touched: [number, number | null][] = [];
    for (const card of this.board.querySelectorAll<HTMLElement>("[data-face]")) {
      const box = card.getBoundingClientRect();
      const beside = box.right < area.left || box.left > area.right;
      if (beside || box.bottom < area.top || box.top > area.bottom) continue;
      const id = Number(card.dataset.face);
      touched.push([id, this.#personOf(id)]);
    }
    this.selection.add(touched);
  }

  // Pointer and keys

  #click(event: PointerEvent): void {
    const target = event.target as Element;
    const id = faceOf(target);
    if (id === null) return;
    const act = target.closest<HTMLElement>(".act")?.dataset.act;
    if (act) this.#do(act as Command, [id]);
    else if (!target.closest(".crop")) return;
    else if (event.shiftKey) void this.#extend(id);
    else if (event.pointerType === "touch" && !this.selection.size) this.#openPhoto(id);
    else this.#toggle(id);
  }

  /** Drop the second click of a double click, which another face or button may be under by now. */
  #dropSecondClick(event: MouseEvent): void {
    const settling = performance.now() - this.#closedUp < SETTLE_MS;
    // Without detail it is the keyboard that presses; naming asks before it acts.
    const again = event.detail > 1 || (event.detail === 1 && settling);
    const button = (event.target as Element).closest(
      ".act:not(.name), .toolbar button, .confirm-group",
    );
    if (again && button) event.stopPropagation();
  }

  #hover(event: PointerEvent): void {
    const id = event.pointerType === "mouse" ? faceOf(event.target) : null;
    if (id === this.#hovered) return;
    this.#hovered = id;
    this.requestUpdate();
  }

  #pageKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.selection.size && !document.querySelector("dialog[open]")) {
      this.#select(() => this.selection.clear());
    }
    const command = event.defaultPrevented ? null : commandOnPage(event);
    if (!command) return;
    event.preventDefault();
    this.#do(command, []);
  }

  #key(event: KeyboardEvent): void {
    if ((event.target as Element).closest("header, dialog")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const next = plain ? this.#layout.step(this.#current, event.key) : null;
    const command = commandOnFace(event);
    if (next !== null) void this.#focus(next);
    else if (!command) return;
    // The focus has moved to another face since; a held key would act on that too.
    else if (!event.repeat) this.#do(command, this.#meant());
    event.preventDefault();
  }

  /** Return the current face, or the whole selection if it is part of that. */
  #meant(): number[] {
    const id = this.#idAt(this.#current);
    if (id === undefined || !this.feed.face(id)) return [];
    return this.selection.has(id) ? this.selection.ids : [id];
  }

  #do(command: Command | "confirm", faces: number[]): void {
    const actions = this.#actions;
    const current = this.#idAt(this.#current);
    const sure = faces.some((id) => actions.canConfirm(id));
    const commands: Record<typeof command, () => void> = {
      select: () => current !== undefined && this.#toggle(current),
      "select-range": () => void (current !== undefined && this.#extend(current)),
      "select-all": () => void this.#selectAll(),
      name: () => void actions.name(faces),
      accept: () => void (sure ? actions.confirm(faces) : actions.name(faces)),
      confirm: () => void actions.confirm(faces),
      reject: () => void actions.reject(faces),
      dismiss: () => void actions.dismiss(faces),
      photo: () => current !== undefined && this.#openPhoto(current),
      "next-group": () => void this.#focusGroup(1),
      "previous-group": () => void this.#focusGroup(-1),
      search: () => void this.search(),
      keys: () => this.keySheet.show(),
    };
    commands[command]();
  }

  #openPhoto(id: number): void {
    const face = this.feed.face(id);
    if (face) tell("open-photo", { photo: face.photo, face: id });
  }

  async #focusGroup(step: number): Promise<void> {
    const group = this.#layout.groupOf(this.#current);
    const first = this.#layout.start(group);
    const inside = this.board.contains(document.activeElement);
    if (!inside) return this.#focus(this.#current);
    // Back leads to the start of this group first.
    if (step < 0 && this.#current > first) return this.#focus(first);
    const to = group + step;
    if (to >= 0 && to < this.feed.groups.length) await this.#focus(this.#layout.start(to));
  }

  /** Ask whose faces to show, and show them. */
  async search(): Promise<void> {
    const who = await this.picker.ask(gettext("Whose faces?"));
    if (!who) return;
    if ("person" in who) location.search = this.#addressOf(who.person);
    else toast(gettext("Nobody is called %(name)s.", { name: who.name }), "bad");
  }

  // What actions ask of the board

  ask(question: string, faces: number[]): Promise<Naming | null> {
    return this.picker.ask(question, faces);
  }

  askToDismiss(question: string, explanation: string, action: string): Promise<boolean> {
    return this.confirmation.ask(question, explanation, action);
  }

  leave(go: (feed: FaceFeed) => Departure): Departure {
    const focused = this.board.contains(document.activeElement) || this.#holdsFocus;
    const before = this.#layout;
    const departure = go(this.feed);
    this.#closedUp = performance.now();
    const groups = new Map(departure.groups.map((group, index) => [group, before.start(index)]));
    const gone = departure.faces.map(({ group, at }) => (groups.get(group) ?? 0) + at);
    this.selection.remove(departure.faces.flatMap(({ id }) => id ?? []));
    const shifted = (index: number): number => index - gone.filter((at) => at < index).length;
    const first = before.total ? this.#firstInSight(before) : 0;
    const current = shifted(this.#current);
    this.#arrange();
    this.#current = Math.max(0, Math.min(current, this.#layout.total - 1));
    void this.#stay(before, first, shifted(first));
    if (focused) void this.#focusStaying();
    return departure;
  }

  comeBack(departure: Departure): void {
    if (departure.from !== this.feed) return;
    this.feed.restore(departure);
    this.#arrange();
  }

  settled(renew: boolean): void {
    this.#tellChanged();
    if (renew) void this.reload();
    else if (!this.feed.total) void this.querySelector<LiveSection>("live-section")?.refresh();
    this.requestUpdate();
  }

  /** Return the first face that is wholly in sight, below the bar. */
  #firstInSight(layout: GridLayout): number {
    const top = this.#sight.now.top;
    const [segment] = layout.segments(top, top + 1);
    if (!segment) return layout.total - 1;
    return Math.min(layout.span(segment)[0], layout.total - 1);
  }

  /** Scroll so that a face stays where it was, as others above it have left. */
  async #stay(before: GridLayout, was: number, is: number): Promise<void> {
    if (this.#sight.now.top === 0 || !this.#layout.total) return;
    const now = this.#layout.place(Math.min(is, this.#layout.total - 1)).top;
    const shift = now - before.place(was).top;
    await this.updateComplete;
    this.#sight.by(shift);
    this.requestUpdate();
    await this.updateComplete;
  }

  async #focusStaying(): Promise<void> {
    await this.updateComplete;
    await this.#focus(this.#current);
  }

  // Drawing

  override render(): TemplateResult {
    this.#segments = this.#sight ? this.#near() : [];
    const { selection, feed } = this;
    const some = selection.ids.slice(0, 200);
    return html`
      <div class="board-bar">
        ${selectionToolbar(
          {
            selected: selection.size,
            total: feed.loaded ? feed.total : null,
            canConfirm: some.some((id) => this.#actions.canConfirm(id)),
            canReject: some.some((id) => this.#actions.canReject(id)),
            canUnassign: this.tab === "labelled",
          },
          this.#toolbarActions,
        )}
        ${this.stale ? this.#staleNote() : nothing} ${this.problem ? this.#problemNote() : nothing}
      </div>
      <div
        class="board"
        tabindex="-1"
        aria-busy=${!feed.loaded}
        style=${this.#style()}
        @click=${(event: PointerEvent) => this.#click(event)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
        @keyup=${(event: KeyboardEvent) => event.key === " " && event.preventDefault()}
        @focusin=${(event: FocusEvent) => this.#focusIn(event)}
        @focusout=${(event: FocusEvent) => this.#focusOut(event)}
        @pointerover=${(event: PointerEvent) => this.#hover(event)}
        @pointerleave=${(event: PointerEvent) => this.#hover(event)}
      >
        ${repeat(
          this.#segments,
          ({ group }) => feed.groups[group]?.person?.id ?? 0,
          (segment) => this.#group(segment),
        )}
        ${this.#opinion()} ${this.drawn ? this.#rectangle(this.drawn) : nothing}
      </div>
      <person-picker></person-picker>
      <confirm-dialog></confirm-dialog>
      <key-sheet></key-sheet>
    `;
  }

  #style(): string {
    const { columns, width, height, gap } = this.#layout.measures;
    return `height: ${this.#layout.height}px; --columns: ${columns}; --card-gap: ${gap}px;
      --card-width: ${width}px; --card-height: ${height}px`;
  }

  #group(segment: Segment): TemplateResult {
    const group = this.feed.groups[segment.group] as FaceGroup;
    const layout = this.#layout;
    const [from, to] = layout.span(segment);
    const start = layout.start(segment.group);
    const chosen = this.selection.size ? this.#chosenOf(group) : 0;
    const cards = Array.from({ length: to - from }, (_, index) => from + index);
    const named = !this.feed.grouped && this.tab !== "unassigned";
    const tabReaches = this.#tabReaches();
    return faceGroup(
      {
        person: this.feed.grouped ? group.person : null,
        count: group.ids.length,
        chosen,
        link: this.#addressOf(group.person?.id ?? ""),
        from: this.tab === "inferred" ? Number(this.feed.filter.min_probability ?? 0) : null,
        top: layout.groupTop(segment.group),
        height: layout.groupHeight(segment.group),
        rowsTop: segment.firstRow * layout.pitch,
        toggle: (on) => void this.#toggleGroup(group, on),
        confirm: () => void this.#actions.confirmGroup(group),
      },
      repeat(
        cards,
        (index) => this.#idAt(index) ?? `at ${index}`,
        (index) => {
          const face = this.feed.face(this.#idAt(index));
          if (!face) return emptyCard();
          return faceCard(face, {
            method: this.method,
            selected: this.selection.has(face.id),
            current: index === tabReaches,
            named,
            place: index - start + 1,
            of: group.ids.length,
          });
        },
      ),
    );
  }

  #chosenOf({ ids }: FaceGroup): number {
    let chosen = 0;
    for (const id of ids) if (id !== undefined && this.selection.has(id)) chosen++;
    return chosen;
  }

  /** Return the current face if it is drawn, else the first that is. */
  #tabReaches(): number {
    const spans = this.#segments.map((segment) => this.#layout.span(segment));
    const drawn = spans.some(([from, to]) => from <= this.#current && this.#current < to);
    return drawn ? this.#current : (spans.find(([from, to]) => from < to)?.[0] ?? 0);
  }

  #opinion(): unknown {
    const focused = this.#holdsFocus ? this.#idAt(this.#current) : undefined;
    const face = this.feed.face(this.#hovered ?? focused);
    const index = face && this.#indexOf(face.id);
    if (!face || index === null || index === undefined) return nothing;
    const { top, left } = this.#layout.place(index);
    return faceOpinion(face, top + this.#layout.measures.height + 4, left);
  }

  #rectangle(area: DOMRect): TemplateResult {
    const { left, top, width, height } = area;
    return html`<div
      class="rectangle"
      style="left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px"
    ></div>`;
  }

  #staleNote(): TemplateResult {
    return html`<p class="note" role="status">
      ${gettext("There is news from the server.")}
      <button class="button small" @click=${() => this.reload()}>${gettext("Show it")}</button>
    </p>`;
  }

  #problemNote(): TemplateResult {
    return html`<p class="problem" role="alert">
      ${this.problem}
      <button class="button small" @click=${() => this.#again()}>${gettext("Try again")}</button>
    </p>`;
  }

  #again(): void {
    this.problem = "";
    if (!this.feed.loaded) void this.reload();
  }

  #addressOf(person: number | string): string {
    const search = new URLSearchParams(location.search);
    search.set("tab", this.tab);
    search.set("person", String(person));
    return `?${search}`;
  }
}

function stretchesOf(layout: GridLayout, segments: Segment[]): Stretch[] {
  return segments.map((segment) => {
    const [from, to] = layout.span(segment);
    const start = layout.start(segment.group);
    return { group: segment.group, from: from - start, to: to - start };
  });
}

function overlap(layout: GridLayout, one: Stretch[], other: Stretch[]): boolean {
  const [from, to] = ends(layout, one);
  const [start, end] = ends(layout, other);
  return from < end && start < to;
}

function ends(layout: GridLayout, stretches: Stretch[]): [number, number] {
  const first = stretches[0];
  const last = stretches.at(-1);
  if (!first || !last) return [0, 0];
  return [layout.start(first.group) + first.from, layout.start(last.group) + last.to];
}

function same(one: Segment[], other: Segment[]): boolean {
  return one.length === other.length && one.every((each, index) => alike(each, other[index]));
}

function alike(one: Segment, other: Segment | undefined): boolean {
  const { group, firstRow, endRow } = one;
  return group === other?.group && firstRow === other.firstRow && endRow === other.endRow;
}

function faceOf(target: EventTarget | null): number | null {
  const card = (target as Element | null)?.closest<HTMLElement>("[data-face]");
  return card ? Number(card.dataset.face) : null;
}
