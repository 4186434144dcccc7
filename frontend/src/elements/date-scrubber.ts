// <date-scrubber>: the months of a timeline beside it, as a slider; a drag leads anywhere at once.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { GridLayout } from "../grid-layout";
import { KithElement } from "../kith-element";
import { styled } from "../styled";
import { gettext, monthName, ngettext } from "../text";
import { years } from "../timeline-layout";
import type { Month } from "../types";

/** Months that Page Up and Page Down go over. */
const A_YEAR = 12;

@customElement("date-scrubber")
export class DateScrubber extends KithElement {
  @property({ attribute: false }) months: Month[] = [];
  @property({ attribute: false }) layout: GridLayout | null = null;
  /** The month in sight, and how far down the timeline is scrolled, as a share. */
  @property({ type: Number }) month = 0;
  @property({ type: Number }) share = 0;
  /** Show what is so far down; a key leads to the beginning of a month. */
  @property({ attribute: false }) jump: (share: number) => void = () => {};
  @state() private dragged: number | null = null;
  @state() private height = 0;
  @query(".scale") private scale!: HTMLElement | null;
  readonly #resized = new ResizeObserver(() => (this.height = this.scale?.clientHeight ?? 0));

  override firstUpdated(): void {
    if (this.scale) this.#resized.observe(this.scale);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  #pointer(event: PointerEvent): void {
    if (!event.isPrimary || event.button > 0) return;
    const scale = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") {
      scale.setPointerCapture(event.pointerId);
      scale.focus();
      event.preventDefault();
    } else if (this.dragged === null) {
      return;
    }
    const { top, height } = scale.getBoundingClientRect();
    const share = Math.max(0, Math.min((event.clientY - top) / height, 1));
    this.dragged = event.type === "pointerup" ? null : share;
    this.jump(share);
  }

  #key(event: KeyboardEvent): void {
    const last = this.months.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: this.month + 1,
      ArrowRight: this.month + 1,
      ArrowUp: this.month - 1,
      ArrowLeft: this.month - 1,
      PageDown: this.month + A_YEAR,
      PageUp: this.month - A_YEAR,
      Home: 0,
      End: last,
    };
    const to = steps[event.key];
    if (to === undefined || !this.layout) return;
    event.preventDefault();
    event.stopPropagation();
    const month = Math.max(0, Math.min(to, last));
    this.jump(this.layout.groupTop(month) / this.layout.height);
  }

  override render(): TemplateResult | typeof nothing {
    const { layout, months } = this;
    if (!layout || months.length < 2) return nothing;
    const now = months[this.month];
    const count = now?.count ?? 0;
    const photos = ngettext("%(count)s photo", "%(count)s photos", count);
    const name = now ? monthName(now.month) : "";
    return html`
      <div
        class="scale ${this.dragged === null ? "" : "dragged"}"
        role="slider"
        tabindex="0"
        aria-orientation="vertical"
        aria-label=${gettext("Month")}
        aria-valuemin="1"
        aria-valuemax=${months.length}
        aria-valuenow=${this.month + 1}
        aria-valuetext="${name}, ${photos}"
        @pointerdown=${(event: PointerEvent) => this.#pointer(event)}
        @pointermove=${(event: PointerEvent) => this.#pointer(event)}
        @pointerup=${(event: PointerEvent) => this.#pointer(event)}
        @pointercancel=${() => (this.dragged = null)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      >
        ${years(months, layout, this.height).map(
          ({ text, share }) =>
            html`<span class="year" style=${styled(`top: ${share * 100}%`)} aria-hidden="true"
              >${text}</span
            >`,
        )}
        <span
          class="thumb"
          style=${styled(`top: ${(this.dragged ?? this.share) * 100}%`)}
          aria-hidden="true"
        >
          <span class="bubble"><b>${name}</b> ${photos}</span>
        </span>
      </div>
    `;
  }
}
