// One deleted face: the place on its photo, since when, and the way back.

import { html, type TemplateResult } from "lit";

import type { CardState } from "./card-grid";
import { icons } from "./icons";
import { cropStyle } from "./photo-boxes";
import { styled } from "./styled";
import { gettext } from "./text";
import type { Dismissal } from "./types";
import { mayLabel } from "./world";

export interface DismissedCardActions {
  focus(row: Dismissal): void;
  /** Select it or no longer; `range` from the one before to this. */
  choose(row: Dismissal, range: boolean): void;
  restore(row: Dismissal): void;
}

export function dismissedCard(
  dismissal: Dismissal,
  state: CardState,
  actions: DismissedCardActions,
): TemplateResult {
  const { selected, current, busy, index, row, column } = state;
  const tabindex = current ? 0 : -1;
  const day = new Date(dismissal.created_at).toLocaleDateString(document.documentElement.lang);
  return html`
    <li
      class="dismissed ${selected ? "selected" : ""}"
      style=${styled(`--row: ${row}; --column: ${column}`)}
      data-dismissal=${dismissal.id}
      aria-busy=${busy}
      aria-posinset=${index + 1}
      aria-setsize="-1"
      @focusin=${() => actions.focus(dismissal)}
    >
      <button
        class="place"
        tabindex=${tabindex}
        aria-pressed=${selected}
        aria-label=${gettext("Deleted on %(day)s", { day })}
        @click=${(event: MouseEvent) => actions.choose(dismissal, event.shiftKey)}
      >
        <img
          src=${dismissal.thumbnail}
          alt=""
          style=${styled(cropStyle(dismissal.box, dismissal))}
        />
        <span class="tick" aria-hidden="true">${icons.check}</span>
      </button>
      <p>
        <span aria-hidden="true">${day}</span>
        <button
          ?hidden=${!mayLabel()}
          class="button small plain"
          tabindex=${tabindex}
          ?disabled=${busy}
          @click=${() => actions.restore(dismissal)}
        >
          ${gettext("Bring back")}
        </button>
      </p>
    </li>
  `;
}
