// <face-grid tab="inferred" method="cluster" …>: the board where faces are named. Only what is
// near the part in sight is drawn and loaded, however many faces there are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api, isAbort, type Naming } from "../api";
import { hear, tell, toast } from "../events";
import { emptyCard, faceCard } from "../face-card";
import type { Departure, FaceFeed, FaceGroup } from "../face-feed";
import { faceGroup } from "../face-group";
import { faceOpinion } from "../face-opinion";
import { GridActions, type Board } from "../grid-actions";
import { faceOf, GridFocus } from "../grid-focus";
import { commandOnFace, commandOnPage, type Command } from "../grid-keys";
import { sameRows, type GridLayout, type Segment } from "../grid-layout";
import { GridLoader } from "../grid-loader";
import { feedOf, GridModel, stretchesOf } from "../grid-model";
import { watchPointer } from "../grid-pointer";
import { GridSight } from "../grid-sight";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { problemNote, staleNote } from "../notes";
import { Selection } from "../selection";
import { SelectionTools } from "../selection-tools";
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
const PASSING_MS = 50;
@customElement("face-grid")
export class FaceGrid extends KithElement implements Board {
  @property() tab: Tab = "inferred";
  @property() method: Method = "cluster";
  @property() person = "";
  @property() filters = "";
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
  #model = new GridModel(feedOf(this));
  #actions = new GridActions(this);
  #tools = new SelectionTools(this.selection, this.#model, () => this.requestUpdate());
  #loader = new GridLoader(this.#model, {
    loaded: () => this.requestUpdate(),
    failed: (error) => (this.problem = messageOf(error)),
    outOfStep: () => this.#outOfStep(),
  });
  sight!: GridSight;
  #segments: Segment[] = [];
  #focus = new GridFocus(this.#model, this);
  #hovered: number | null = null;
  /** Whether the bar had the focus before it was drawn anew. */
  #inBar = false;
  #opening = new AbortController();
  #passing = 0;
  #frame = 0;
  #reloaded = 0;
  #closedUp = -SETTLE_MS;
  #telling = false;
  /** Whether news were put off until the server has answered what was said here. */
  #missed = false;
  readonly #resized = new ResizeObserver(() => this.#arrange());

  readonly #toolbarActions: ToolbarActions = {
    selectAll: () => void this.#tools.all(),
    keys: () => this.keySheet.show(),
    clear: () => this.#tools.clear(),
    name: () => void this.#actions.name(this.selection.ids),
    confirm: () => void this.#actions.confirm(this.selection.ids),
    reject: () => void this.#actions.reject(this.selection.ids),
    unassign: () => void this.#actions.unassign(this.selection.ids),
    split: () => void this.#actions.split(this.selection.ids),
    cover: () => void this.selection.ids.slice(0, 1).map((id) => this.#actions.cover(id)),
    dismiss: () => void this.#actions.dismiss(this.selection.ids),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    // Only clustering makes unknown people.
    if (this.tab === "unknown") this.method = "cluster";
    this.#model.feed = feedOf(this);
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
    this.#loader.stop();
  }

  get covered(): number {
    return this.bar.offsetHeight;
  }

  redraw(): Promise<unknown> {
    this.requestUpdate();
    return this.updateComplete;
  }

  get feed(): FaceFeed {
    return this.#model.feed;
  }

  override firstUpdated(): void {
    this.sight = new GridSight(this.board);
    this.#resized.observe(this.board);
    watchPointer(
      this.board,
      { drag: (area) => this.#drag(area), longPress: (face) => this.#tools.toggle(face) },
      this.gone,
    );
    void this.reload();
  }

  override willUpdate(): void {
    this.#inBar = this.bar?.contains(document.activeElement) ?? false;
  }

  override updated(): void {
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.feed.loaded || this.feed.total > 0;
    // The button that was pressed may be there no more.
    if (this.#inBar && document.activeElement === document.body) void this.#focus.toSight();
    this.#focus.keep();
    this.#load();
  }

  // Loading

  /** Show the tab as it is now, without moving what is in sight. */
  async reload(): Promise<void> {
    this.#missed = this.#actions.pending;
    if (this.#missed) return; // it is done when the server has answered
    this.#reloaded = Date.now();
    this.stale = false;
    this.problem = "";
    this.#opening.abort();
    this.#loader.stop();
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
    const feed = feedOf(this);
    await feed.open(signal);
    const layout = this.#model.arranged(feed, this.board.clientWidth);
    const { top, bottom } = this.sight.now;
    await feed.fill(stretchesOf(layout, layout.segments(top, bottom)), signal);
    this.#missed = this.#actions.pending;
    if (signal.aborted || this.#missed) return;
    this.training = training;
    const before = this.#model.layout;
    const first = this.#firstInSight(before);
    const [firstId, currentId] = [first, this.#focus.current].map((index) =>
      this.#model.idAt(index),
    );
    this.#model.feed = feed;
    this.#arrange();
    const found = (id: number | undefined): number | null =>
      id === undefined ? null : this.#model.indexOf(id);
    this.#focus.set(found(currentId) ?? this.#focus.current);
    const now = found(firstId);
    if (now !== null) await this.#stay(before, first, now);
  }

  async #standingTraining(): Promise<number | null> {
    return (await api.standing()).training?.id ?? null;
  }

  #load(): void {
    const paused = !this.feed.loaded || this.problem || this.#actions.pending || this.#passing;
    if (!paused) this.#loader.load(this.sight.now);
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
    return !atWork && !inside && window.scrollY < TOP_PX && !this.#loader.busy;
  }

  async #undone(): Promise<void> {
    this.#tellChanged();
    await this.reload();
  }

  #filtersChanged(): void {
    this.filters = location.search;
    this.selection.clear();
    this.#focus.set(0);
    window.scrollTo({ top: Math.min(window.scrollY, this.offsetTop), behavior: "instant" });
    void this.reload();
  }

  async #backFromPhoto(face: number | null): Promise<void> {
    const index = face === null ? null : this.#model.indexOf(face);
    await this.#focus.move(index ?? this.#focus.current);
  }

  #tellChanged(): void {
    this.#telling = true;
    tell("faces-changed", undefined);
    this.#telling = false;
  }

  // Where faces are

  /** Lay the faces out anew, as there are others or the board has another width. */
  #arrange(): void {
    this.#model.layout = this.#model.arranged(this.feed, this.board.clientWidth);
    this.requestUpdate();
  }

  #scrolled(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.sight.moved()) {
        clearTimeout(this.#passing);
        this.#passing = window.setTimeout(() => {
          this.#passing = 0;
          this.#load();
        }, PASSING_MS);
      }
      if (sameRows(this.#segments, this.#near())) this.#load();
      else this.requestUpdate();
    });
  }

  /** Return what is drawn: what is in sight and a little more. */
  #near(): Segment[] {
    const { top, bottom } = this.sight.now;
    const ahead = this.#model.layout.ahead(bottom - top);
    return this.#model.layout.segments(Math.max(0, top - ahead), bottom + ahead);
  }

  // Pointer and keys

  #drag(area: DOMRect | null): void {
    this.drawn = area;
    if (area) this.#tools.touched(this.board, area);
    else this.#dragged();
  }

  /** Go on with what a rectangle has selected: keys mean the current face. */
  #dragged(): void {
    const first = this.#tools.drawn();
    const index = first === undefined ? null : this.#model.indexOf(first);
    if (index === null) return;
    this.#focus.set(index);
    void this.#focus.take();
  }

  #click(event: PointerEvent): void {
    const target = event.target as Element;
    const id = faceOf(target);
    if (id === null) return;
    const act = target.closest<HTMLElement>(".act")?.dataset.act;
    if (act) this.#do(act as Command, [id]);
    else if (!target.closest(".crop")) return;
    else if (event.shiftKey) void this.#tools.extend(id);
    else if (event.pointerType === "touch" && !this.selection.size) this.#openPhoto(id);
    else this.#tools.toggle(id);
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
      this.#tools.clear();
    }
    const { ids, size } = this.selection;
    const command = event.defaultPrevented ? null : commandOnPage(event, size > 0);
    // Behind a photo nothing is to be reached.
    if (!command || this.closest("[inert]")) return;
    event.preventDefault();
    this.#do(command, ids);
  }

  #key(event: KeyboardEvent): void {
    if ((event.target as Element).closest("header, dialog")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const next = plain ? this.#model.layout.step(this.#focus.current, event.key) : null;
    const command = commandOnFace(event);
    if (next !== null) void this.#focus.move(next);
    else if (!command) return;
    // The focus has moved to another face since; a held key would act on that too.
    else if (!event.repeat) this.#do(command, this.#meant());
    event.preventDefault();
  }

  /** Return the current face, or the whole selection if it is part of that. */
  #meant(): number[] {
    const id = this.#focus.id;
    if (id === undefined || !this.feed.face(id)) return [];
    return this.selection.has(id) ? this.selection.ids : [id];
  }

  #do(command: Command | "confirm", faces: number[]): void {
    const actions = this.#actions;
    const current = this.#focus.id;
    const sure = faces.some((id) => actions.canConfirm(id));
    const commands: Record<typeof command, () => void> = {
      select: () => current !== undefined && this.#tools.toggle(current),
      "select-range": () => void (current !== undefined && this.#tools.extend(current)),
      "select-all": () => void this.#tools.all(),
      name: () => void actions.name(faces),
      accept: () => void (sure ? actions.confirm(faces) : actions.name(faces)),
      confirm: () => void actions.confirm(faces),
      reject: () => void actions.reject(faces),
      split: () => void actions.split(faces),
      dismiss: () => void actions.dismiss(faces),
      photo: () => current !== undefined && this.#openPhoto(current),
      "next-group": () => void this.#focus.moveToGroup(1),
      "previous-group": () => void this.#focus.moveToGroup(-1),
      search: () => void this.search(),
    };
    commands[command]();
  }

  #openPhoto(id: number): void {
    const face = this.feed.face(id);
    if (face) tell("open-photo", { photo: face.photo, face: id });
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
    const focused = this.board.contains(document.activeElement) || this.#focus.holds;
    const before = this.#model.layout;
    const departure = go(this.feed);
    this.#closedUp = performance.now();
    const groups = new Map(departure.groups.map((group, index) => [group, before.start(index)]));
    const gone = departure.faces.map(({ group, at }) => (groups.get(group) ?? 0) + at);
    this.selection.remove(departure.faces.flatMap(({ id }) => id ?? []));
    const shifted = (index: number): number => index - gone.filter((at) => at < index).length;
    const first = before.total ? this.#firstInSight(before) : 0;
    const current = shifted(this.#focus.current);
    this.#arrange();
    this.#focus.set(current);
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
    if (renew || this.#missed) void this.reload();
    else if (!this.feed.total) void this.querySelector<LiveSection>("live-section")?.refresh();
    this.requestUpdate();
  }

  /** Return the first face that is wholly in sight, below the bar. */
  #firstInSight(layout: GridLayout): number {
    const top = this.sight.now.top;
    const [segment] = layout.segments(top, top + 1);
    if (!segment) return layout.total - 1;
    return Math.min(layout.span(segment)[0], layout.total - 1);
  }

  /** Scroll so that a face stays where it was, as others above it have left. */
  async #stay(before: GridLayout, was: number, is: number): Promise<void> {
    if (this.sight.now.top === 0 || !this.#model.layout.total) return;
    const now = this.#model.layout.place(Math.min(is, this.#model.layout.total - 1)).top;
    const shift = now - before.place(was).top;
    await this.updateComplete;
    this.sight.by(shift);
    this.requestUpdate();
    await this.updateComplete;
  }

  async #focusStaying(): Promise<void> {
    await this.updateComplete;
    await this.#focus.toSight();
  }

  // Drawing

  override render(): TemplateResult {
    this.#segments = this.sight ? this.#near() : [];
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
            canSplit: this.#actions.splits !== null,
            canCover: this.#actions.covers !== null && selection.size === 1,
          },
          this.#toolbarActions,
        )}
        ${this.stale ? staleNote(() => this.reload()) : nothing}
        ${this.problem ? problemNote(this.problem, () => this.#again()) : nothing}
      </div>
      <div
        class="board"
        tabindex="-1"
        aria-busy=${!feed.loaded || this.#actions.pending}
        style=${this.#style()}
        @click=${(event: PointerEvent) => this.#click(event)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
        @keyup=${(event: KeyboardEvent) => event.key === " " && event.preventDefault()}
        @focusin=${(event: FocusEvent) => this.#focus.came(event)}
        @focusout=${(event: FocusEvent) => this.#focus.went(event)}
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
      <key-sheet of="faces"></key-sheet>
    `;
  }

  #style(): string {
    const { columns, width, height, gap } = this.#model.layout.measures;
    return `height: ${this.#model.layout.height}px; --columns: ${columns}; --card-gap: ${gap}px;
      --card-width: ${width}px; --card-height: ${height}px`;
  }

  #group(segment: Segment): TemplateResult {
    const group = this.feed.groups[segment.group] as FaceGroup;
    const layout = this.#model.layout;
    const [from, to] = layout.span(segment);
    const start = layout.start(segment.group);
    const chosen = this.selection.size ? this.#tools.chosenOf(group) : 0;
    const cards = Array.from({ length: to - from }, (_, index) => from + index);
    const tabReaches = this.#focus.reached(this.#segments);
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
        toggle: (on) => void this.#tools.group(group, on),
        confirm: () => void this.#actions.confirmGroup(group),
      },
      repeat(
        cards,
        (index) => this.#model.idAt(index) ?? `at ${index}`,
        (index) => {
          const face = this.feed.face(this.#model.idAt(index));
          if (!face) return emptyCard();
          return faceCard(face, {
            method: this.method,
            selected: this.selection.has(face.id),
            current: index === tabReaches,
            named: this.#model.named,
            place: index - start + 1,
            of: group.ids.length,
          });
        },
      ),
    );
  }

  #opinion(): unknown {
    const focused = this.#focus.holds ? this.#focus.id : undefined;
    const face = this.feed.face(this.#hovered ?? focused);
    const index = face && this.#model.indexOf(face.id);
    if (!face || index === null || index === undefined) return nothing;
    const { layout } = this.#model;
    const { top, left } = layout.place(index);
    const { width, height } = layout.measures;
    const right = this.board.clientWidth - left - width;
    // Towards the middle there is room, however long the names are.
    const side = left <= right ? `left: ${left}px` : `right: ${right}px`;
    return faceOpinion(face, `top: ${top + height + 4}px; ${side}`);
  }

  #rectangle(area: DOMRect): TemplateResult {
    const { left, top, width, height } = area;
    return html`<div
      class="rectangle"
      style="left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px"
    ></div>`;
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
