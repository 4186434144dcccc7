// <face-grid tab="inferred" method="cluster" …>: the board where faces are named. Only what is
// near the part in sight is drawn and loaded, however many faces there are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { Naming } from "../api";
import { hear, toast } from "../events";
import type { Departure, FaceFeed } from "../face-feed";
import { GridActions, type Board } from "../grid-actions";
import { boardGroup, boardOpinion, boardStyle, rectangle } from "../grid-drawing";
import { GridCommands } from "../grid-commands";
import { faceOf, GridFocus } from "../grid-focus";
import { GridLoader } from "../grid-loader";
import { feedOf, GridModel } from "../grid-model";
import { watchPointer } from "../grid-pointer";
import { GridRenewal } from "../grid-renewal";
import { GridScroll } from "../grid-scroll";
import { SecondClick } from "../grid-second-click";
import { GridSight } from "../grid-sight";
import { GridSteady, shiftBy } from "../grid-steady";
import { boardToolbar } from "../grid-toolbar";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { problemNote, staleNote } from "../notes";
import { Selection } from "../selection";
import { SelectionTools } from "../selection-tools";
import { styled } from "../styled";
import { gettext } from "../text";
import type { Method, Tab } from "../types";
import type { ConfirmDialog } from "./confirm-dialog";
import type { KeySheet } from "./key-sheet";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

/** Scrolled no further than this, the user is still at the top. */
const TOP_PX = 200;
@customElement("face-grid")
export class FaceGrid extends KithElement implements Board {
  @property() tab: Tab = "inferred";
  @property() method: Method = "cluster";
  @property() person = "";
  @property() like = "";
  @property() filters = "";
  @property({ type: Number }) training: number | null = null;
  @query("person-picker") private picker!: PersonPicker;
  @query("confirm-dialog") private confirmation!: ConfirmDialog;
  @query("key-sheet") private keySheet!: KeySheet;
  @query(".board") private board!: HTMLElement;
  @query(".board-bar") private bar!: HTMLElement;
  @state() private drawn: DOMRect | null = null;
  readonly selection = new Selection();
  readonly model = new GridModel(feedOf(this));
  readonly focused = new GridFocus(this.model, this);
  readonly steady = new GridSteady(this.model, this);
  readonly loader = new GridLoader(this.model, {
    loaded: () => this.requestUpdate(),
    failed: (error) => (this.#renewal.problem = messageOf(error)),
    outOfStep: () => this.#renewal.outOfStep(),
  });
  sight!: GridSight;
  readonly #renewal = new GridRenewal(this);
  readonly actions = new GridActions(this);
  readonly tools = new SelectionTools(this.selection, this.model, () => this.requestUpdate());
  readonly #scroll = new GridScroll(this);
  readonly #commands = new GridCommands(this);
  readonly #secondClick = new SecondClick();
  #hovered: number | null = null;
  /** Whether the bar had the focus before it was drawn anew. */
  #inBar = false;
  readonly #resized = new ResizeObserver(() => this.arrange());

  override connectedCallback(): void {
    super.connectedCallback();
    // Only clustering makes unknown people.
    if (this.tab === "unknown") this.method = "cluster";
    this.model.feed = feedOf(this);
    const options = { signal: this.gone };
    document.addEventListener("keydown", (event) => this.#commands.pageKey(event), options);
    const drop = (event: MouseEvent): void => this.#secondClick.drop(event);
    this.addEventListener("click", drop, { ...options, capture: true });
    this.#scroll.watch(this.gone);
    const renewal = this.#renewal;
    hear("job-seen", (job) => renewal.jobSeen(job), this.gone);
    hear("job-ended", (job) => renewal.jobEnded(job), this.gone);
    hear("faces-undone", () => void renewal.undone(), this.gone);
    hear("faces-changed", () => renewal.heardChanged(), this.gone);
    hear("server-back", () => void (renewal.problem && renewal.again()), this.gone);
    hear("filters-changed", () => this.#filtersChanged(), this.gone);
    hear("photo-closed", ({ face }) => void this.#backFromPhoto(face), this.gone);
    jobWatch.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#renewal.stop();
  }

  override firstUpdated(): void {
    this.sight = new GridSight(this.board);
    this.#resized.observe(this.board);
    watchPointer(
      this.board,
      { drag: (area) => this.#drag(area), longPress: (face) => this.tools.toggle(face) },
      this.gone,
    );
    void this.#renewal.reload();
  }

  override willUpdate(): void {
    this.#inBar = this.bar?.contains(document.activeElement) ?? false;
  }

  override updated(): void {
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.feed.loaded || this.feed.total > 0;
    // The button that was pressed may be there no more.
    if (this.#inBar && document.activeElement === document.body) void this.focused.toSight();
    this.focused.keep();
    this.#scroll.load();
  }

  #filtersChanged(): void {
    this.filters = location.search;
    this.selection.clear();
    this.focused.set(0);
    window.scrollTo({ top: Math.min(window.scrollY, this.offsetTop), behavior: "instant" });
    void this.#renewal.reload();
  }

  async #backFromPhoto(face: number | null): Promise<void> {
    const index = face === null ? null : this.model.indexOf(face);
    await this.focused.move(index ?? this.focused.current);
  }

  // What its parts ask of it

  get covered(): number {
    return this.bar.offsetHeight;
  }

  get boardWidth(): number {
    return this.board.clientWidth;
  }

  get feed(): FaceFeed {
    return this.model.feed;
  }

  get pending(): boolean {
    return this.actions.pending;
  }

  get isPaused(): boolean {
    return !this.feed.loaded || this.pending || Boolean(this.#renewal.problem);
  }

  get idle(): boolean {
    const atWork = this.selection.size > 0 || this.pending;
    const inside = this.querySelector(".board:focus-within, dialog[open]") !== null;
    return !atWork && !inside && window.scrollY < TOP_PX && !this.loader.busy;
  }

  get isCovered(): boolean {
    return this.closest("[inert]") !== null;
  }

  redraw(): Promise<unknown> {
    this.requestUpdate();
    return this.updateComplete;
  }

  /** Lay the faces out anew, as there are others or the board has another width. */
  arrange(): void {
    this.model.layout = this.model.arranged(this.feed, this.boardWidth);
    this.requestUpdate();
  }

  ask(question: string, faces: number[]): Promise<Naming | null> {
    return this.picker.ask(question, faces);
  }

  askToDismiss(question: string, explanation: string, action: string): Promise<boolean> {
    return this.confirmation.ask(question, explanation, action);
  }

  leave(go: (feed: FaceFeed) => Departure): Departure {
    const focused = this.board.contains(document.activeElement) || this.focused.holds;
    const before = this.model.layout;
    const departure = go(this.feed);
    this.#secondClick.closedUp();
    this.selection.part(departure);
    const shifted = shiftBy(departure, before);
    const first = before.total ? this.steady.first(before) : 0;
    const current = shifted(this.focused.current);
    this.arrange();
    this.focused.set(current);
    void this.steady.stay(before, first, shifted(first));
    if (focused) void this.updateComplete.then(() => this.focused.toSight());
    return departure;
  }

  comeBack(departure: Departure): void {
    this.selection.rejoin(departure);
    if (departure.from !== this.feed) return;
    this.feed.restore(departure);
    this.arrange();
  }

  settled(renew: boolean): void {
    const renewed = this.#renewal.settled(renew);
    if (!renewed && !this.feed.total) {
      void this.querySelector<LiveSection>("live-section")?.refresh();
    }
    this.requestUpdate();
  }

  // Where faces are

  /** Show the tab as it is now. */
  reload(): Promise<void> {
    return this.#renewal.reload();
  }

  // Pointer and keys

  #drag(area: DOMRect | null): void {
    this.drawn = area;
    if (area) this.tools.touched(this.board, area);
    else this.#dragged();
  }

  /** Go on with what a rectangle has selected: keys mean the current face. */
  #dragged(): void {
    const first = this.tools.drawn();
    const index = first === undefined ? null : this.model.indexOf(first);
    if (index === null) return;
    this.focused.set(index);
    void this.focused.take();
  }

  #hover(event: PointerEvent): void {
    const id = event.pointerType === "mouse" ? faceOf(event.target) : null;
    if (id === this.#hovered) return;
    this.#hovered = id;
    this.requestUpdate();
  }

  /** Ask whose faces to show, and show them. */
  async search(): Promise<void> {
    const who = await this.picker.ask(gettext("Whose faces?"));
    if (!who) return;
    if ("person" in who) location.search = this.#addressOf(who.person);
    else toast(gettext("Nobody is called %(name)s.", { name: who.name }), "bad");
  }

  // Drawing

  override render(): TemplateResult {
    const segments = this.#scroll.look();
    const { feed, model } = this;
    const { stale, problem } = this.#renewal;
    const reached = this.focused.reached(segments);
    const addressOf = (person: number | string): string => this.#addressOf(person);
    const drawn = { model, tools: this.tools, actions: this.actions, reached, addressOf };
    return html`
      <div class="board-bar">
        ${boardToolbar(this, () => this.keySheet.show())}
        ${stale ? staleNote(() => this.#renewal.reload()) : nothing}
        ${problem ? problemNote(problem, () => this.#renewal.again()) : nothing}
      </div>
      <div
        class="board"
        tabindex="-1"
        aria-busy=${!feed.loaded || this.pending}
        style=${styled(boardStyle(model.layout))}
        @click=${(event: PointerEvent) => this.#commands.click(event)}
        @keydown=${(event: KeyboardEvent) => this.#commands.key(event)}
        @keyup=${(event: KeyboardEvent) => event.key === " " && event.preventDefault()}
        @focusin=${(event: FocusEvent) => this.focused.came(event)}
        @focusout=${(event: FocusEvent) => this.focused.went(event)}
        @pointerover=${(event: PointerEvent) => this.#hover(event)}
        @pointerleave=${(event: PointerEvent) => this.#hover(event)}
      >
        ${repeat(
          segments,
          ({ group }) => feed.groups[group]?.person?.id ?? 0,
          (segment) => boardGroup(segment, drawn),
        )}
        ${this.#opinion()} ${this.drawn ? rectangle(this.drawn) : nothing}
      </div>
      <person-picker></person-picker>
      <confirm-dialog></confirm-dialog>
      <key-sheet of="faces"></key-sheet>
    `;
  }

  #opinion(): unknown {
    const focused = this.focused.holds ? this.focused.id : undefined;
    const face = this.feed.face(this.#hovered ?? focused);
    const index = face ? this.model.indexOf(face.id) : null;
    if (!face || index === null) return nothing;
    return boardOpinion(face, index, this.model.layout, this.boardWidth);
  }

  #addressOf(person: number | string): string {
    const search = new URLSearchParams(location.search);
    search.set("tab", this.tab);
    search.set("person", String(person));
    return `?${search}`;
  }
}
