// <face-grid tab="inferred" method="cluster" …>: the board where faces are named.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { isAbort, type Naming } from "../api";
import { hear, tell } from "../events";
import * as faceActions from "../face-actions";
import { confirmable, faceCard, type CardActions } from "../face-card";
import { FaceFeed, shownPerson, type FaceGroup } from "../face-feed";
import { faceGroup } from "../face-group";
import { step } from "../grid-steps";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, notSaved, type Message } from "../message";
import { Selection } from "../selection";
import { selectionToolbar, type ToolbarActions } from "../selection-toolbar";
import { gettext, ngettext } from "../text";
import { TRAINING, type Changes, type Face, type Job, type Method, type Tab } from "../types";
import type { ConfirmDialog } from "./confirm-dialog";
import type { LiveSection } from "./live-section";
import type { PersonPicker } from "./person-picker";

/** So many faces at once are only deleted after a question. */
const ASK_FROM = 10;
const SOFT_RELOAD_MS = 3_000;
/** Scrolled no further than this, the user is still at the top. */
const TOP_PX = 200;
/** So long after the grid closed up, a click may still be meant for the face that was there. */
const SETTLE_MS = 400;

@customElement("face-grid")
export class FaceGrid extends KithElement {
  @property() tab: Tab = "inferred";
  @property() method: Method = "cluster";
  @property() person = "";
  @property({ attribute: "min-probability" }) minProbability = "";
  @query("person-picker") private picker!: PersonPicker;
  @query("confirm-dialog") private confirmation!: ConfirmDialog;
  @query(".sentinel") private sentinel!: HTMLElement;
  @state() private problem: Message = "";
  @state() private stale = false;
  #feed!: FaceFeed;
  #selection = new Selection();
  #busy = new Set<number>();
  #current: number | null = null;
  #reloaded = 0;
  #closedUp = -SETTLE_MS;
  #failed: () => Promise<void> = () => this.reload();
  #nearEnd = new IntersectionObserver(([entry]) => entry?.isIntersecting && void this.#more(), {
    rootMargin: "1200px",
  });

  readonly #cardActions: CardActions = {
    focus: (face) => this.#makeCurrent(face.id),
    toggle: (face, range) => this.#toggle(face.id, range),
    name: (face) => void this.#name([face.id]),
    confirm: (face) => void this.#confirm([face.id]),
    reject: (face) => void this.#reject([face.id]),
    dismiss: (face) => void this.#dismiss([face.id]),
  };

  readonly #toolbarActions: ToolbarActions = {
    selectAll: () => this.#select(() => this.#selection.add(this.#feed.ids)),
    clear: () => this.#select(() => this.#selection.clear()),
    name: () => void this.#name(this.#selected),
    confirm: () => void this.#confirm(this.#selected),
    reject: () => void this.#reject(this.#selected),
    unassign: () => void this.#unassign(this.#selected),
    dismiss: () => void this.#dismiss(this.#selected),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    const { tab, person } = this;
    // Only clustering makes unknown people.
    if (tab === "unknown") this.method = "cluster";
    const { method } = this;
    this.#feed = new FaceFeed(
      { tab, method, person, min_probability: this.minProbability },
      method,
    );
    this.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
    this.addEventListener("click", (event) => this.#click(event), {
      capture: true,
      signal: this.gone,
    });
    hear("job-seen", (job) => this.#jobSeen(job), this.gone);
    hear("faces-undone", () => void this.#undone(), this.gone);
    hear("job-ended", (job) => this.#jobEnded(job), this.gone);
    jobWatch.start();
    void this.reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#nearEnd.disconnect();
  }

  override updated(): void {
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.#feed.complete || this.#feed.groups.length > 0;
    // Observing anew reports a sentinel that is still in sight after a short page.
    this.#nearEnd.disconnect();
    if (!this.#feed.complete && !this.problem) this.#nearEnd.observe(this.sentinel);
  }

  // Loading

  /** Show the tab as it is now. */
  async reload(): Promise<void> {
    this.#reloaded = Date.now();
    this.stale = false;
    await this.#load(() => this.#feed.reload());
  }

  async #undone(): Promise<void> {
    tell("faces-changed", undefined);
    await this.reload();
  }

  async #more(): Promise<void> {
    if (this.#feed.loaded) await this.#load(() => this.#feed.more());
  }

  async #load(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) {
        this.problem = messageOf(error);
        this.#failed = work;
      }
    }
    this.#current ??= this.#feed.ids[0] ?? null;
    this.requestUpdate();
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
    const atWork = this.#selected.length > 0 || this.#busy.size > 0;
    const inside = this.querySelector(".face-card:focus-within, dialog[open]") !== null;
    return !atWork && !inside && window.scrollY < TOP_PX && !this.#feed.loading;
  }

  // Selection and focus

  get #selected(): number[] {
    return this.#selection.among(this.#feed.ids);
  }

  #select(change: () => void): void {
    change();
    this.requestUpdate();
  }

  #toggle(id: number, range: boolean): void {
    this.#select(() => {
      if (range) this.#selection.extend(id, this.#feed.ids);
      else this.#selection.toggle(id);
    });
  }

  async #toggleGroup(group: FaceGroup, on: boolean): Promise<void> {
    if (on) await this.#load(() => this.#feed.completeGroup(group));
    const ids = group.faces.map((face) => face.id);
    this.#select(() => (on ? this.#selection.add(ids) : this.#selection.remove(ids)));
  }

  #makeCurrent(id: number): void {
    if (this.#current === id) return;
    this.#current = id;
    this.requestUpdate();
  }

  async #focusCurrent(): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-face="${this.#current}"] .crop`)?.focus();
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const card = target.closest<HTMLElement>(".face-card");
    if (event.key === "Escape" && this.#selection.size && !target.closest("dialog")) {
      this.#select(() => this.#selection.clear());
    }
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = step([...this.querySelectorAll<HTMLElement>(".face-card")], card, event.key);
    if (next) next.querySelector<HTMLElement>(".crop")?.focus();
    else if (event.repeat) {
      // The focus has moved to another face since; a held Enter would press its buttons.
      if (event.key !== "Enter") return;
    } else if (!this.#command(event, Number(card.dataset.face), target)) return;
    event.preventDefault();
  }

  /** Drop the second click of a double click, which another face or button may be under by now. */
  #click(event: MouseEvent): void {
    const settling = performance.now() - this.#closedUp < SETTLE_MS;
    // Without detail it is the keyboard that presses; naming asks before it acts.
    const again = event.detail > 1 || (event.detail === 1 && settling);
    const button = (event.target as Element).closest(".act:not(.name), .toolbar button");
    if (again && button) event.stopPropagation();
  }

  /** Do what the key asks for the focused face, or for the selection it is part of. */
  #command(event: KeyboardEvent, id: number, target: HTMLElement): boolean {
    const ids = this.#selection.has(id) ? this.#selected : [id];
    if (event.key === "Enter") {
      // On one of the small buttons Enter presses that button.
      if (!target.matches(".crop")) return false;
      const sure = this.#facesOf(ids).some((face) => confirmable(face, this.method));
      void (sure ? this.#confirm(ids) : this.#name(ids));
      return true;
    }
    const commands: Record<string, () => void> = {
      x: () => this.#toggle(id, false),
      X: () => this.#toggle(id, true),
      "+": () => void this.#name(ids),
      n: () => void this.#name(ids),
      r: () => void this.#reject(ids),
      Delete: () => void this.#dismiss(ids),
    };
    commands[event.key]?.();
    return event.key in commands;
  }

  // Actions

  async #name(ids: number[]): Promise<void> {
    const question = ngettext("Who is this?", "Who are these %(count)s faces?", ids.length);
    const who = await this.picker.ask(question, ids);
    if (who) await this.#label(ids, who);
  }

  async #label(ids: number[], who: Naming): Promise<void> {
    await this.#act(ids, () => faceActions.label(ids, who));
  }

  async #confirm(ids: number[]): Promise<void> {
    const seen = new Map<number, number>();
    for (const face of this.#facesOf(ids)) {
      const person = confirmable(face, this.method);
      if (person) seen.set(face.id, person.id);
    }
    const faces = [...seen.keys()];
    if (faces.length) await this.#act(faces, () => faceActions.confirm(seen, this.method));
  }

  /** Say of each face that it is not the person it is shown under. */
  async #reject(ids: number[]): Promise<void> {
    const byPerson = new Map<number, number[]>();
    for (const face of this.#facesOf(ids)) {
      const person = shownPerson(face, this.method)?.id;
      if (person !== undefined) byPerson.set(person, [...(byPerson.get(person) ?? []), face.id]);
    }
    for (const [person, faces] of byPerson) {
      await this.#act(faces, () => faceActions.reject(faces, person));
    }
  }

  async #unassign(ids: number[]): Promise<void> {
    await this.#act(ids, () => faceActions.unassign(ids));
  }

  async #dismiss(ids: number[]): Promise<void> {
    if (ids.length >= ASK_FROM && !(await this.#sureToDismiss(ids.length))) return;
    await this.#act(ids, () => faceActions.dismiss(ids));
  }

  #sureToDismiss(count: number): Promise<boolean> {
    return this.confirmation.ask(
      ngettext("Delete %(count)s face?", "Delete %(count)s faces?", count),
      gettext("The photos stay. A rescan can bring deleted faces back, without their names."),
      ngettext("Delete %(count)s face", "Delete %(count)s faces", count),
    );
  }

  /** Run an action on faces: dim them, let them go or move when the server has answered. */
  async #act(ids: number[], action: () => Promise<Changes>): Promise<void> {
    if (ids.some((id) => this.#busy.has(id))) return;
    const focused = this.contains(document.activeElement);
    this.#select(() => ids.forEach((id) => this.#busy.add(id)));
    try {
      this.#apply(await action());
    } catch (error) {
      notSaved(error, () => this.#act(ids, action));
    } finally {
      this.#select(() => ids.forEach((id) => this.#busy.delete(id)));
    }
    if (focused) await this.#focusCurrent();
  }

  #apply({ changed, skipped, person }: Changes): void {
    this.#current = this.#nextOf(changed);
    this.#closedUp = performance.now();
    this.#selection.remove(changed);
    if (this.tab === "labelled" && person) this.#feed.relabel(changed, person);
    else this.#feed.remove(changed);
    tell("faces-changed", undefined);
    if (skipped.length) {
      void this.reload();
    } else if (!this.#feed.groups.length) {
      void this.querySelector<LiveSection>("live-section")?.refresh();
    }
  }

  /** Find the face to go on with once `gone` have left: the next one, else the last. */
  #nextOf(gone: number[]): number | null {
    const ids = this.#feed.ids;
    const out = new Set(gone);
    const at = this.#current === null ? 0 : Math.max(ids.indexOf(this.#current), 0);
    return ids.slice(at).find((id) => !out.has(id)) ?? ids.findLast((id) => !out.has(id)) ?? null;
  }

  #facesOf(ids: number[]): Face[] {
    const wanted = new Set(ids);
    return this.#feed.faces.filter((face) => wanted.has(face.id));
  }

  // Drawing

  override render(): TemplateResult {
    const feed = this.#feed;
    const selected = this.#facesOf(this.#selected);
    return html`
      ${selectionToolbar(
        {
          selected: selected.length,
          loaded: feed.ids.length,
          complete: feed.complete,
          canConfirm: selected.some((face) => confirmable(face, this.method)),
          canReject: selected.some((face) => shownPerson(face, this.method)),
          canUnassign: this.tab === "labelled",
        },
        this.#toolbarActions,
      )}
      ${this.stale ? this.#staleNote() : nothing}
      ${repeat(
        feed.groups,
        ({ person }) => person?.id ?? 0,
        (group) => this.#group(group),
      )}
      ${this.problem ? this.#problemNote() : nothing}
      <div class="sentinel" aria-hidden="true">
        ${feed.complete || this.problem ? nothing : gettext("Loading…")}
      </div>
      <person-picker></person-picker>
      <confirm-dialog></confirm-dialog>
    `;
  }

  #staleNote(): TemplateResult {
    return html`<p class="note" role="status">
      ${gettext("There is news from the server.")}
      <button class="button small" @click=${() => this.reload()}>${gettext("Show it")}</button>
    </p>`;
  }

  #problemNote(): TemplateResult {
    const again = (): Promise<void> => this.#load(this.#failed);
    return html`<p class="problem" role="alert">
      ${this.problem}
      <button class="button small" @click=${again}>${gettext("Try again")}</button>
    </p>`;
  }

  #group(group: FaceGroup): TemplateResult {
    const { method } = this;
    const card = (face: Face): TemplateResult => {
      const selected = this.#selection.has(face.id);
      const current = this.#current === face.id;
      const busy = this.#busy.has(face.id);
      return faceCard(face, { method, selected, current, busy }, this.#cardActions);
    };
    const chosen = group.faces.filter((face) => this.#selection.has(face.id)).length;
    const toggle = (on: boolean): void => void this.#toggleGroup(group, on);
    return faceGroup(group, { chosen, link: this.#linkTo(group), toggle, card });
  }

  #linkTo({ person }: FaceGroup): string {
    const search = new URLSearchParams(location.search);
    search.set("tab", this.tab);
    search.set("person", String(person?.id ?? ""));
    return `?${search}`;
  }
}
