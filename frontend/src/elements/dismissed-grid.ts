// <dismissed-grid>: what was deleted, shown as the place on the photo where it was; to bring back.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api } from "../api";
import { CardGrid } from "../card-grid";
import { CardWindow } from "../card-window";
import { dismissedCard, type DismissedCardActions } from "../dismissed-card";
import { hear, tell } from "../events";
import { restore } from "../face-actions";
import { icons } from "../icons";
import { problemNote } from "../notes";
import { PagedFeed } from "../paged-feed";
import { styled } from "../styled";
import { gettext, ngettext } from "../text";
import type { Dismissal } from "../types";
import { mayLabel } from "../world";

const NARROWEST_PX = 168;

@customElement("dismissed-grid")
export class DismissedGrid extends CardGrid<Dismissal> {
  protected override get mayAct(): boolean {
    return mayLabel();
  }

  protected readonly kind = "dismissal";
  protected readonly focusable = ".place";
  protected readonly cards = new CardWindow(NARROWEST_PX);
  protected readonly feed = new PagedFeed<Dismissal>((limit, signal) =>
    api.dismissals(limit, signal),
  );

  readonly #cardActions: DismissedCardActions = {
    focus: ({ id }) => this.makeCurrent(id),
    choose: ({ id }, range) => this.#choose(id, range),
    restore: ({ id }) => void this.#restore([id]),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    hear("faces-undone", () => tell("faces-changed", undefined), this.gone);
    hear("faces-changed", () => void (this.telling || this.reload()), this.gone);
    hear("photo-closed", () => void this.focusCurrent(), this.gone);
    void this.reload();
  }

  override updated(): void {
    super.updated();
    const empty = this.querySelector<HTMLElement>(".empty");
    if (empty) empty.hidden = !this.feed.complete || this.feed.count > 0;
  }

  #choose(id: number, range: boolean): void {
    const { ids } = this.feed;
    const from = ids.indexOf(this.selection.anchor ?? 0);
    if (!range || from < 0) return this.toggle(id);
    const [first = 0, last = 0] = [from, ids.indexOf(id)].sort((one, other) => one - other);
    this.select(() => this.selection.add(ids.slice(first, last + 1).map((each) => [each, null])));
  }

  protected override commands(id: number): Record<string, () => void> {
    const photo = this.feed.rows.find((row) => row.id === id)?.photo;
    return {
      x: () => this.#choose(id, false),
      X: () => this.#choose(id, true),
      " ": () => photo && tell("open-photo", { photo, face: null }),
      Enter: () => void this.#restore(this.selection.has(id) ? this.chosen : [id]),
    };
  }

  #restore(ids: number[]): Promise<void> {
    return this.during(ids, async () => {
      const { skipped } = await restore(ids);
      this.leave(ids);
      if (skipped.length) await this.reload();
    });
  }

  override render(): TemplateResult {
    const { count, complete } = this.feed;
    return html`
      <div class="board-bar">${count ? this.#toolbar(this.chosen.length) : nothing}</div>
      <ul
        class="cards places"
        style=${styled(this.listStyle)}
        aria-label=${gettext("Deleted faces")}
      >
        ${repeat(
          this.drawn,
          ([{ id }]) => id,
          ([row, state]) => dismissedCard(row, state, this.#cardActions),
        )}
      </ul>
      ${this.problem ? problemNote(this.problem, () => this.tryAgain()) : nothing}
      <div class="sentinel" aria-hidden="true">
        ${complete || this.problem ? nothing : gettext("Loading…")}
      </div>
      <key-sheet of="dismissed"></key-sheet>
    `;
  }

  #toolbar(chosen: number): TemplateResult {
    return html`
      <div
        class="toolbar ${chosen ? "active" : ""}"
        role="toolbar"
        aria-label=${gettext("Selected places")}
      >
        <span class="status" role="status">
          ${
            chosen
              ? ngettext("%(count)s selected", "%(count)s selected", chosen)
              : gettext("Nothing is kept of these faces but their places.")
          }
        </span>
        ${chosen ? this.#onChosen() : this.#selectAll()}
      </div>
    `;
  }

  #onChosen(): TemplateResult {
    return html`<button
        class="button small primary"
        ?disabled=${this.busy.size > 0}
        @click=${() => void this.#restore(this.chosen)}
      >
        ${icons.undo}${gettext("Bring back")}
      </button>
      <button class="button small clear" @click=${() => this.clearSelection()}>
        ${gettext("Clear")}
      </button>`;
  }

  #selectAll(): TemplateResult {
    const all = (): void => this.selection.add(this.feed.ids.map((id) => [id, null]));
    return html`<button class="button small" @click=${() => this.select(all)}>
      ${gettext("Select all loaded")}
    </button>`;
  }
}
