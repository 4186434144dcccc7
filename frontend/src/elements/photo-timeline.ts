// <photo-timeline source="/api/photos/…">: photos by month, newest first. Only what is near the
// part in sight is drawn and loaded, however many photos there are.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { isAbort } from "../api";
import { hear, tell } from "../events";
import { sameRows, type GridLayout, type Segment } from "../grid-layout";
import { GridSight } from "../grid-sight";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { problemNote } from "../notes";
import { styled } from "../styled";
import { ageOf, monthName, ngettext } from "../text";
import { photoSquare } from "../photo-square";
import { TimelineFeed } from "../timeline-feed";
import { timelineLayout } from "../timeline-layout";
import type { PhotoCard } from "../types";
import type { LiveSection } from "./live-section";

/** What flies past is not loaded; what stays so long is. */
const PASSING_MS = 80;
/** Above a row that comes into sight: the sticky name of its month. */
const COVERED_PX = 60;

@customElement("photo-timeline")
export class PhotoTimeline extends KithElement {
  @property() source = "";
  @query(".timeline") private board!: HTMLElement;
  @state() private problem: Message = "";
  @state() private segments: Segment[] = [];
  #feed = new TimelineFeed("");
  #layout: GridLayout = timelineLayout([], 1);
  #sight!: GridSight;
  /** The place of the photo that Tab reaches. */
  #current = 0;
  /** The place of the photo that gets the focus once it is drawn. */
  #wanted: number | null = null;
  #opening = new AbortController();
  #passing = 0;
  readonly #resized = new ResizeObserver(() => this.#arrange());

  override connectedCallback(): void {
    super.connectedCallback();
    const options = { signal: this.gone };
    this.addEventListener("keydown", (event) => this.#key(event), options);
    window.addEventListener("scroll", () => this.#look(), { ...options, passive: true });
    window.addEventListener("resize", () => this.#look(), options);
    hear("photo-closed", ({ photo }) => this.#backFrom(photo), this.gone);
    hear("job-ended", () => void (window.scrollY < window.innerHeight && this.#open()), this.gone);
    hear("server-back", () => void (this.problem && this.#again()), this.gone);
    jobWatch.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#opening.abort();
  }

  override firstUpdated(): void {
    this.#sight = new GridSight(this.board);
    this.#resized.observe(this.board);
  }

  override updated(changed: Map<string, unknown>): void {
    if (changed.has("source") && this.source) void this.#open();
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = !this.#feed.loaded || this.#feed.total > 0;
    if (this.#wanted !== null) this.#focusWanted();
  }

  // Loading

  /** Show the photos as they are now. */
  async #open(): Promise<void> {
    this.#opening.abort();
    const opening = (this.#opening = new AbortController());
    const feed = new TimelineFeed(this.source);
    this.problem = "";
    try {
      await feed.open(opening.signal);
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
      return;
    }
    if (opening.signal.aborted) return;
    if (this.#feed.source !== feed.source) this.#current = 0;
    this.#feed = feed;
    this.#arrange();
    tell("photos-found", { count: feed.total });
  }

  #again(): void {
    if (this.#feed.loaded) this.#load();
    else void this.#open();
  }

  #load(): void {
    this.problem = "";
    const feed = this.#feed;
    for (const segment of this.segments) {
      const [from, to] = this.#within(segment);
      if (feed.has(segment.group, from, to)) continue;
      feed.load(segment.group, from, to, this.#opening.signal).then(
        () => this.requestUpdate(),
        (error: unknown) => {
          if (!isAbort(error)) this.problem = messageOf(error);
        },
      );
    }
  }

  // Where what is

  #arrange(): void {
    const { total } = this.#feed;
    this.#layout = timelineLayout(this.#feed.counts, this.board.clientWidth);
    this.#current = Math.max(0, Math.min(this.#current, total - 1));
    this.segments = [];
    this.requestUpdate();
    this.#look();
  }

  /** Find out what is near the part in sight; load it once it stays there. */
  #look(): void {
    if (!this.#sight) return;
    const { top, bottom } = this.#sight.now;
    const ahead = this.#layout.ahead(bottom - top);
    const segments = this.#layout.segments(Math.max(0, top - ahead), bottom + ahead);
    if (!sameRows(segments, this.segments)) this.segments = segments;
    this.requestUpdate();
    clearTimeout(this.#passing);
    if (this.#sight.moved()) this.#passing = window.setTimeout(() => this.#load(), PASSING_MS);
    else this.#load();
  }

  /** Return the places of a segment's photos within its month. */
  #within(segment: Segment): [number, number] {
    const start = this.#layout.start(segment.group);
    const [from, to] = this.#layout.span(segment);
    return [from - start, to - start];
  }

  #photoAt(index: number): PhotoCard | undefined {
    const month = this.#layout.groupOf(index);
    return this.#feed.photo(month, index - this.#layout.start(month));
  }

  readonly #jump = (share: number): void => {
    const { top, bottom } = this.#sight.now;
    const height = Math.max(0, this.#layout.height - (bottom - top));
    const origin = this.board.getBoundingClientRect().top + window.scrollY;
    window.scrollTo({ top: origin + Math.min(share * this.#layout.height, height) });
  };

  // Focus and keys

  /** Bring a photo into sight and give it the focus, at the latest when it is loaded. */
  #focus(index: number): void {
    this.#current = index;
    this.#wanted = index;
    const { top } = this.#layout.place(index);
    this.#sight.reveal(top, top + this.#layout.measures.height, COVERED_PX);
    this.#look();
  }

  #focusWanted(): void {
    const wanted = this.querySelector<HTMLElement>(`[data-at="${this.#wanted ?? ""}"]`);
    if (wanted) this.#wanted = null;
    // Until it is there, keys are to be heard all the same.
    (wanted ?? this.board).focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target !== this.board && !target.matches("[data-at]")) return;
    const at = Number(target.dataset.at ?? this.#current);
    const to = this.#layout.step(at, event.key);
    if (to !== null) this.#focus(to);
    else if (event.key === " " && !event.repeat) this.#show(at);
    else return;
    event.preventDefault();
  }

  // The photo over the page

  #click(event: MouseEvent): void {
    const square = (event.target as Element).closest<HTMLElement>("[data-at]");
    // With a key it is to open elsewhere, as any link.
    if (!square || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.#show(Number(square.dataset.at));
  }

  #show(at: number): void {
    this.#current = at;
    const photo = this.#photoAt(at);
    if (photo) tell("open-photo", { photo: photo.id, face: null, beside: this.#beside });
  }

  /** Go on to the photo before or behind; null where the timeline ends. */
  readonly #beside = async (step: number): Promise<number | null> => {
    const at = this.#current + step;
    if (at < 0 || at >= this.#feed.total) return null;
    const month = this.#layout.groupOf(at);
    const within = at - this.#layout.start(month);
    await this.#feed.load(month, within, within + 1);
    this.#current = at;
    return this.#photoAt(at)?.id ?? null;
  };

  #backFrom(photo: number): void {
    if (this.#photoAt(this.#current)?.id === photo) this.#focus(this.#current);
  }

  // Drawing the page

  override render(): TemplateResult {
    const { total, months } = this.#feed;
    const top = this.#sight?.now.top ?? 0;
    const above = this.#sight ? this.board.getBoundingClientRect().top : 0;
    const height = Math.max(this.#layout.height, 1);
    const month = this.#layout.segments(top + COVERED_PX, top + COVERED_PX + 1)[0]?.group ?? 0;
    return html`
      ${this.problem ? problemNote(this.problem, () => this.#again()) : nothing}
      <div
        class="timeline"
        tabindex="-1"
        style=${styled(`height: ${this.#layout.height}px`)}
        aria-busy=${!this.#feed.loaded}
        @click=${(event: MouseEvent) => this.#click(event)}
      >
        ${repeat(
          this.segments,
          ({ group }) => months[group]?.month,
          (segment) => this.#month(segment),
        )}
      </div>
      ${
        total
          ? html`<date-scrubber
              style=${styled(`--above: ${Math.max(above, 0)}px`)}
              .months=${months}
              .layout=${this.#layout}
              .jump=${this.#jump}
              month=${month}
              share=${top / height}
            ></date-scrubber>`
          : nothing
      }
    `;
  }

  #month(segment: Segment): TemplateResult {
    const { group, firstRow } = segment;
    const { header, width, columns, gap } = this.#layout.measures;
    const month = this.#feed.months[group];
    const [from, to] = this.#within(segment);
    const start = this.#layout.start(group);
    const places = Array.from({ length: to - from }, (_, index) => from + index);
    return html`
      <section
        class="group"
        style=${styled(`top: ${this.#layout.groupTop(group)}px; height: ${this.#layout.groupHeight(group)}px`)}
      >
        <header style=${styled(`height: ${header}px`)}>
          <h2>${monthName(month?.month ?? "")}</h2>
          ${month?.age_months == null ? nothing : html`<span class="age">${ageOf(month.age_months)}</span>`}
          <span class="count">
            ${ngettext("%(count)s photo", "%(count)s photos", month?.count ?? 0)}
          </span>
        </header>
        <ul
          class="squares"
          style=${styled(`--columns: ${columns}; --side: ${width}px; gap: ${gap}px; margin-top: ${firstRow * this.#layout.pitch}px`)}
        >
          ${repeat(
            places,
            (at) => at,
            (at) =>
              photoSquare(this.#feed.photo(group, at), start + at, start + at === this.#current),
          )}
        </ul>
      </section>
    `;
  }
}
