// <dismissed-grid>: what was deleted, shown as the place on the photo where it was; to bring back.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { hear, tell } from "../events";
import { restore } from "../face-actions";
import { icons } from "../icons";
import { KithElement } from "../kith-element";
import { messageOf, notSaved, type Message } from "../message";
import { cropStyle } from "../photo-boxes";
import { gettext, ngettext } from "../text";
import type { Dismissal, Page } from "../types";

@customElement("dismissed-grid")
export class DismissedGrid extends KithElement {
  @query(".sentinel") private sentinel!: HTMLElement;
  @state() private rows: Dismissal[] = [];
  @state() private problem: Message = "";
  @state() private busy = false;
  #next: string | null = null;
  #loaded = false;
  #loading: Promise<Page<Dismissal>> | null = null;
  #chosen = new Set<number>();
  #anchor: number | null = null;
  #current: number | null = null;
  #nearEnd = new IntersectionObserver(([entry]) => entry?.isIntersecting && void this.#more(), {
    rootMargin: "1200px",
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
    hear("faces-undone", () => tell("faces-changed", undefined), this.gone);
    hear("faces-changed", () => void (this.busy || this.#reload()), this.gone);
    hear("server-back", () => void (this.problem && this.#reload()), this.gone);
    hear("photo-closed", () => void this.#focus(), this.gone);
    void this.#reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#nearEnd.disconnect();
  }

  override updated(): void {
    const empty = this.querySelector<HTMLElement>(".empty");
    if (empty) empty.hidden = !this.#loaded || this.rows.length > 0;
    this.#nearEnd.disconnect();
    if (this.#next !== null && !this.problem) this.#nearEnd.observe(this.sentinel);
  }

  async #reload(): Promise<void> {
    await this.#load(api.dismissals(), false);
  }

  async #more(): Promise<void> {
    if (this.#next !== null && !this.#loading) await this.#load(api.next(this.#next), true);
  }

  /** Show a page, alone or after those before it, unless another was asked for meanwhile. */
  async #load(asked: Promise<Page<Dismissal>>, after: boolean): Promise<void> {
    this.#loading = asked;
    this.problem = "";
    try {
      const page = await asked;
      if (this.#loading !== asked) return;
      this.#next = page.next;
      this.rows = [...(after ? this.rows : []), ...page.results];
      this.#loaded = true;
    } catch (error) {
      if (this.#loading === asked) this.problem = messageOf(error);
    }
    this.#loading = null;
    const there = new Set(this.rows.map((row) => row.id));
    this.#chosen = new Set([...this.#chosen].filter((id) => there.has(id)));
    if (!there.has(this.#current ?? 0)) this.#current = this.rows[0]?.id ?? null;
    this.requestUpdate();
  }

  // Selection

  #choose(change: () => void): void {
    change();
    this.requestUpdate();
  }

  #toggle(id: number, range: boolean): void {
    const ids = this.rows.map((row) => row.id);
    const from = this.#anchor === null ? -1 : ids.indexOf(this.#anchor);
    const to = ids.indexOf(id);
    if (range && from >= 0) {
      for (const each of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) {
        this.#chosen.add(each);
      }
    } else {
      if (!this.#chosen.delete(id)) this.#chosen.add(id);
      this.#anchor = id;
    }
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    const card = (event.target as HTMLElement).closest<HTMLElement>(".dismissed");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const commands: Record<string, () => void> = {};
    if (this.#chosen.size) commands["Escape"] = () => this.#choose(() => this.#chosen.clear());
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#across, ArrowDown: this.#across };
    if (card) Object.assign(commands, this.#commandsOn(Number(card.dataset.dismissal)));
    if (card && event.key in step) this.#step(step[event.key as keyof typeof step]);
    else if (!commands[event.key]) return;
    else if (!event.repeat) commands[event.key]?.();
    event.preventDefault();
  }

  #commandsOn(id: number): Record<string, () => void> {
    const { photo } = this.rows.find((row) => row.id === id) ?? {};
    return {
      x: () => this.#toggle(id, false),
      X: () => this.#toggle(id, true),
      " ": () => photo && tell("open-photo", { photo, face: null }),
      Enter: () => void this.#restore(this.#chosen.has(id) ? [...this.#chosen] : [id]),
    };
  }

  /** How many cards a row has. */
  get #across(): number {
    const cards = [...this.querySelectorAll<HTMLElement>(".dismissed")];
    const below = cards.findIndex((card) => card.offsetTop > (cards[0]?.offsetTop ?? 0));
    return below < 0 ? cards.length : below;
  }

  #step(by: number): void {
    const at = this.rows.findIndex((row) => row.id === this.#current);
    const next = this.rows[at + by];
    if (!next) return;
    this.#current = next.id;
    void this.#focus();
  }

  async #focus(): Promise<void> {
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-dismissal="${this.#current}"] .place`)?.focus();
  }

  async #restore(ids: number[]): Promise<void> {
    if (this.busy || !ids.length) return;
    this.busy = true;
    try {
      const { skipped } = await restore(ids);
      const gone = new Set(ids);
      const at = this.rows.findIndex((row) => gone.has(row.id));
      this.rows = this.rows.filter((row) => !gone.has(row.id));
      for (const id of gone) this.#chosen.delete(id);
      this.#current = (this.rows[at] ?? this.rows.at(-1))?.id ?? null;
      tell("faces-changed", undefined);
      if (skipped.length) await this.#reload();
      await this.#focus();
    } catch (error) {
      notSaved(error, () => this.#restore(ids));
    } finally {
      this.busy = false;
    }
  }

  // Drawing

  override render(): TemplateResult {
    return html`
      <div class="board-bar">${this.rows.length ? this.#toolbar() : nothing}</div>
      <ul class="places" aria-label=${gettext("Deleted faces")}>
        ${repeat(
          this.rows,
          (row) => row.id,
          (row) => this.#card(row),
        )}
      </ul>
      ${
        this.problem
          ? html`<p class="problem" role="alert">
              ${this.problem}
              <button class="button small" @click=${() => void this.#reload()}>
                ${gettext("Try again")}
              </button>
            </p>`
          : nothing
      }
      <div class="sentinel" aria-hidden="true">
        ${this.#loaded && this.#next === null ? nothing : gettext("Loading…")}
      </div>
      <key-sheet of="dismissed"></key-sheet>
    `;
  }

  #toolbar(): TemplateResult {
    const count = this.#chosen.size;
    const all = (): void =>
      this.#choose(() => this.rows.forEach((row) => this.#chosen.add(row.id)));
    return html`
      <div
        class="toolbar ${count ? "active" : ""}"
        role="toolbar"
        aria-label=${gettext("Selected places")}
      >
        <span class="status" role="status">
          ${
            count
              ? ngettext("%(count)s selected", "%(count)s selected", count)
              : gettext("Nothing is kept of these faces but their places.")
          }
        </span>
        ${
          count
            ? html`<button
                  class="button small primary"
                  ?disabled=${this.busy}
                  @click=${() => void this.#restore([...this.#chosen])}
                >
                  ${icons.undo}${gettext("Bring back")}
                </button>
                <button
                  class="button small clear"
                  @click=${() => this.#choose(() => this.#chosen.clear())}
                >
                  ${gettext("Clear")}
                </button>`
            : html`<button class="button small" @click=${all}>
                ${gettext("Select all loaded")}
              </button>`
        }
      </div>
    `;
  }

  #card(row: Dismissal): TemplateResult {
    const chosen = this.#chosen.has(row.id);
    const tabindex = row.id === this.#current ? 0 : -1;
    const day = new Date(row.created_at).toLocaleDateString(document.documentElement.lang);
    return html`
      <li
        class="dismissed ${chosen ? "selected" : ""}"
        data-dismissal=${row.id}
        @focusin=${() => this.#choose(() => (this.#current = row.id))}
      >
        <button
          class="place"
          tabindex=${tabindex}
          aria-pressed=${chosen}
          aria-label=${gettext("Deleted on %(day)s", { day })}
          @click=${(event: MouseEvent) => this.#toggle(row.id, event.shiftKey)}
        >
          <img src=${row.thumbnail} alt="" loading="lazy" style=${cropStyle(row.box, row)} />
          <span class="tick" aria-hidden="true">${icons.check}</span>
        </button>
        <p>
          <span aria-hidden="true">${day}</span>
          <button
            class="button small plain"
            tabindex=${tabindex}
            ?disabled=${this.busy}
            @click=${() => void this.#restore([row.id])}
          >
            ${gettext("Bring back")}
          </button>
        </p>
      </li>
    `;
  }
}
