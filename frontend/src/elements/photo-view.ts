// <photo-view>: a photo as large as the window, with all its faces to be named, and to be drawn.
// With photo="12" it is part of the page; without, it opens over it when a photo is asked for.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { api, isAbort, type Naming } from "../api";
import { hear, tell, type Beside, type KithEvents } from "../events";
import * as faceActions from "../face-actions";
import { icons } from "../icons";
import { jobWatch } from "../job-watch";
import { KithElement } from "../kith-element";
import { messageOf, notSaved, type Message } from "../message";
import { problemNote } from "../notes";
import { photoAbout } from "../photo-about";
import { inReadingOrder, isLargeEnough, placeIn, type Point } from "../photo-boxes";
import { Drawing } from "../photo-drawing";
import { faceBox, namedGuess, personOf } from "../photo-face";
import { PhotoGestures, type Stage } from "../photo-gestures";
import {
  drawingTools,
  drawnBox,
  faceHint,
  faceTools,
  type DrawingTools,
  type FaceTools,
} from "../photo-tools";
import { PhotoZoom, STEP } from "../photo-zoom";
import { dayOf, gettext } from "../text";
import type { Changes, Face, Photo } from "../types";
import type { PersonPicker } from "./person-picker";

/** Keys that mean the same to the page behind: undoing, and the sheet of keys. */
const OF_THE_PAGE = ["u", "?"];
/** What a page says over everything else. */
const ABOVE = ["toast-stack", "connection-note"];

@customElement("photo-view")
export class PhotoView extends KithElement implements Stage {
  @property({ type: Number }) photo = 0;
  @state() private shown: Photo | null = null;
  @state() private faces: Face[] = [];
  @state() private problem: Message = "";
  @state() private drawing: Drawing | null = null;
  @state() private current: number | null = null;
  @state() private busy = false;
  @state() private hasPreview = true;
  @state() private about = false;
  readonly zoom = new PhotoZoom();
  readonly #gestures = new PhotoGestures(this);
  #over = false;
  // The face from which it was opened, and what had the focus there.
  #from: number | null = null;
  #opener: HTMLElement | null = null;
  // The way to the photos before and behind, in the list from which it was opened.
  #beside: Beside | null = null;
  #inert: HTMLElement[] = [];
  #loading = new AbortController();

  readonly #faceTools: FaceTools = {
    confirm: (face) => this.#confirm(face),
    reject: (face) => this.#reject(face),
    dismiss: (face) => this.#dismiss(face),
    name: (face) => this.#name(face),
  };

  readonly #drawingTools: DrawingTools = {
    name: () => this.#nameDrawn(),
    keep: () => this.#keep(null),
    stop: () => this.#stopDrawing(),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#over = !this.photo;
    hear("open-photo", (asked) => void this.#open(asked), this.gone);
    hear("faces-undone", () => void this.#reload(), this.gone);
    hear("server-back", () => void (this.problem && this.#reload()), this.gone);
    // A face that was drawn is compared with the others by then.
    hear("job-ended", () => void this.#reload(), this.gone);
    this.addEventListener("keydown", (event) => this.#key(event), { signal: this.gone });
    // The page behind is to stay where it is.
    const stay = (event: WheelEvent): void =>
      void (this.#over && !event.ctrlKey && !inAbout(event) && event.preventDefault());
    this.addEventListener("wheel", stay, { passive: false, signal: this.gone });
    jobWatch.start();
    if (this.photo) void this.#load(this.photo);
  }

  override updated(): void {
    // Where what had the focus went, as a face that was undone: keys are to be heard all the same.
    const lost = document.activeElement === document.body;
    if (this.#over && lost) this.querySelector<HTMLElement>(".photo-view")?.focus();
  }

  // Opening and closing

  async #open({ photo, face, beside }: KithEvents["open-photo"]): Promise<void> {
    if (!this.#over || this.photo) return;
    this.#beside = beside ?? null;
    this.#opener = document.activeElement as HTMLElement | null;
    this.current = this.#from = face;
    this.photo = photo;
    this.#inert = [...document.body.children].filter(
      (each): each is HTMLElement =>
        each instanceof HTMLElement && !each.contains(this) && !ABOVE.includes(each.localName),
    );
    for (const each of this.#inert) each.inert = true;
    await this.updateComplete;
    this.querySelector<HTMLElement>(".photo-view")?.focus();
    await this.#load(photo);
    await this.#focus();
  }

  #close(): void {
    if (!this.#over) return;
    const { photo } = this;
    this.#loading.abort();
    for (const each of this.#inert) each.inert = false;
    Object.assign(this, { photo: 0, shown: null, faces: [], problem: "", drawing: null });
    if (this.#opener?.isConnected) this.#opener.focus();
    tell("photo-closed", { photo, face: this.#from });
  }

  /** Go so many photos on. */
  turn(step: number): void {
    void this.#turn(step);
  }

  async #turn(step: number): Promise<void> {
    if (!this.#beside || this.busy || this.drawing) return;
    const from = this.photo;
    try {
      const next = await this.#beside(step);
      if (next === null || this.photo !== from) return;
      Object.assign(this, { photo: next, current: null });
      await this.#load(next);
      await this.#focus();
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #load(id: number): Promise<void> {
    this.#loading.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.problem = "";
    try {
      const [photo, faces] = await Promise.all([
        this.shown?.id === id ? this.shown : api.photo(id, loading.signal),
        api.facesOn(id, loading.signal),
      ]);
      if (this.shown?.id !== id) {
        this.hasPreview = true;
        this.zoom.reset();
      }
      this.shown = photo;
      this.faces = inReadingOrder(faces.results);
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
  }

  /** Learn the shape of a photo that no scan has looked into yet. */
  #loaded({ naturalWidth: width, naturalHeight: height }: HTMLImageElement): void {
    if (this.shown && !this.shown.width) this.shown = { ...this.shown, width, height };
  }

  async #reload(): Promise<void> {
    if (this.photo && !this.busy) await this.#load(this.photo);
  }

  // Zooming

  get ratio(): number {
    return this.shown ? this.shown.width / this.shown.height || 1 : 1;
  }

  get isDrawing(): boolean {
    return this.drawing !== null;
  }

  /** Zoom about the middle of the stage. */
  #zoom(factor: number): void {
    const stage = this.querySelector(".stage")?.getBoundingClientRect();
    if (stage) this.zoom.by(factor, { x: 0, y: 0 }, stage, this.ratio);
    this.requestUpdate();
  }

  /** Move a photo that is zoomed in until all of a face is in sight. */
  #reveal(face: HTMLElement): void {
    const stage = this.querySelector(".stage")?.getBoundingClientRect();
    if (!stage || !this.zoom.isZoomed) return;
    this.zoom.reveal(face.getBoundingClientRect(), stage, this.ratio);
    this.requestUpdate();
  }

  // Faces

  get #face(): Face | undefined {
    return this.faces.find((face) => face.id === this.current);
  }

  async #focus(): Promise<void> {
    await this.updateComplete;
    const first = this.#beside ? ".photo-view" : ".face-box";
    const places = [".drawn", `[data-face="${this.current ?? 0}"]`, first, ".draw"];
    const found = places.map((place) => this.querySelector<HTMLElement>(place));
    const place = found.find((place) => place !== null);
    place?.focus({ preventScroll: true });
    if (place?.matches(".face-box")) this.#reveal(place);
  }

  async #name(face: Face): Promise<void> {
    const who = await this.#ask(gettext("Who is this?"), [face.id]);
    if (who) await this.#act(() => faceActions.label(asSeen(face), who));
  }

  async #ask(question: string, faces: number[] = []): Promise<Naming | null> {
    const picker = document.querySelector<PersonPicker>("person-picker");
    return picker ? picker.ask(question, faces) : null;
  }

  async #confirm(face: Face): Promise<void> {
    const guess = namedGuess(face);
    if (!guess) return;
    const seen = new Map([[face.id, guess.person.id]]);
    await this.#act(() => faceActions.confirm(seen, guess.method));
  }

  async #reject(face: Face): Promise<void> {
    const person = personOf(face);
    if (person) await this.#act(() => faceActions.reject(asSeen(face), person.id));
  }

  async #dismiss(face: Face): Promise<void> {
    const at = this.faces.indexOf(face);
    const next = this.faces[at + 1] ?? this.faces[at - 1];
    await this.#act(() => faceActions.dismiss(asSeen(face)));
    this.current = next?.id ?? null;
    await this.#focus();
  }

  /** Do something and show what came of it; null where it failed. */
  async #act(action: () => Promise<Changes>): Promise<Changes | null> {
    if (this.busy) return null;
    this.busy = true;
    try {
      const changes = await action();
      tell("faces-changed", undefined);
      await this.#load(this.photo);
      return changes;
    } catch (error) {
      notSaved(error, () => this.#act(action));
      return null;
    } finally {
      this.busy = false;
      await this.#focus();
    }
  }

  // Drawing a face

  /** Begin to draw; `withBox` puts a box in the middle, for the arrow keys. */
  #draw(withBox: boolean): void {
    if (!this.shown) return;
    this.drawing = new Drawing(this.shown);
    if (withBox) this.drawing.begin();
    void this.#focus();
  }

  #stopDrawing(): void {
    this.drawing = null;
    void this.#focus();
  }

  #pointer(event: PointerEvent): void {
    const { drawing } = this;
    if (!drawing || !event.isPrimary || event.button > 0) return;
    const picture = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") {
      picture.setPointerCapture(event.pointerId);
      drawing.press(placeOn(picture, event));
      event.preventDefault();
    } else if (drawing.dragging) {
      drawing.drag(placeOn(picture, event));
      if (event.type === "pointerup") this.#release(drawing);
    }
    this.requestUpdate();
  }

  #release(drawing: Drawing): void {
    drawing.release();
    if (!drawing.box) return;
    if (isLargeEnough(drawing.box, drawing.photo)) void this.#nameDrawn();
    else drawing.box = null;
  }

  /** Ask who was drawn; closing the question leaves the box, to be moved or given up. */
  async #nameDrawn(): Promise<void> {
    if (!this.drawing?.box) return;
    await this.#focus();
    const who = await this.#ask(gettext("Whom did you draw?"));
    if (who) await this.#keep(who);
    else await this.#focus();
  }

  async #keep(who: Naming | null): Promise<void> {
    const box = this.drawing?.box;
    if (!box) return;
    const changes = await this.#act(() => faceActions.draw(this.photo, box, who));
    if (!changes) return;
    this.current = changes.changed[0] ?? null;
    this.#stopDrawing();
  }

  // Keys

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const known = this.drawing ? this.#drawingKey(event, target) : this.#faceKey(event, target);
    if (known) event.preventDefault();
    // The page behind has commands for the same keys.
    if (this.#over && !OF_THE_PAGE.includes(event.key)) event.stopPropagation();
  }

  #drawingKey(event: KeyboardEvent, target: HTMLElement): boolean {
    if (event.key === "Escape") {
      this.#stopDrawing();
    } else if (this.drawing?.key(event.key, event.shiftKey)) {
      this.requestUpdate();
      void this.#focus();
    } else if (event.key === "Enter" && target.matches(".drawn, .photo-view")) {
      if (!event.repeat) void this.#nameDrawn();
    } else {
      return false;
    }
    return true;
  }

  #faceKey(event: KeyboardEvent, target: HTMLElement): boolean {
    const onBox = target.matches(".face-box");
    const face = onBox ? this.#face : undefined;
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (step) {
      if (this.#beside && sideways) this.turn(step);
      else this.#step(step);
      return true;
    }
    const commands: Record<string, () => void> = {
      d: () => this.#draw(true),
      i: () => (this.about = !this.about),
      "+": () => this.#zoom(STEP),
      "=": () => this.#zoom(STEP),
      "-": () => this.#zoom(1 / STEP),
      "0": () => this.#zoom(0),
    };
    if (this.#over) commands["Escape"] = () => this.#close();
    // On any other button the space bar presses it.
    if (this.#over && !target.matches("button:not(.face-box), a")) {
      commands[" "] = () => this.#close();
    }
    if (face) Object.assign(commands, this.#commandsOn(face));
    if (!commands[event.key]) return false;
    if (!event.repeat) commands[event.key]?.();
    return true;
  }

  #commandsOn(face: Face): Record<string, () => void> {
    return {
      Enter: () => void (namedGuess(face) ? this.#confirm(face) : this.#name(face)),
      n: () => void this.#name(face),
      "+": () => void this.#name(face),
      r: () => void this.#reject(face),
      Delete: () => void this.#dismiss(face),
    };
  }

  #step(step: number): void {
    const at = this.faces.findIndex((face) => face.id === this.current);
    const next = this.faces[at < 0 ? 0 : at + step];
    if (!next) return;
    this.current = next.id;
    void this.#focus();
  }

  // Drawing the page

  override render(): unknown {
    if (!this.photo) return nothing;
    const modal = this.#over;
    return html`
      <section
        class="photo-view ${modal ? "over" : ""} ${this.about ? "with-about" : ""}"
        role=${modal ? "dialog" : nothing}
        aria-modal=${modal ? "true" : nothing}
        aria-label=${this.shown?.path ?? gettext("Photo")}
        tabindex="-1"
      >
        ${this.#head()} ${this.#tools()}
        ${this.problem ? problemNote(this.problem, () => this.#load(this.photo)) : this.#stage()}
        ${this.about && this.shown ? photoAbout(this.shown, this.faces) : nothing}
      </section>
    `;
  }

  #head(): TemplateResult {
    const { shown } = this;
    return html`
      <header>
        <p class="title">
          <b>${shown?.path ?? gettext("Loading…")}</b>
          ${
            shown?.taken_at
              ? html`<time datetime=${shown.taken_at}>${dayOf(shown.taken_at)}</time>`
              : nothing
          }
        </p>
        <button
          class="icon-button tell-about"
          aria-label=${gettext("About this photo")}
          title=${gettext("About this photo")}
          aria-pressed=${this.about}
          @click=${() => (this.about = !this.about)}
        >
          ${icons.about}
        </button>
        <button
          class="button small draw"
          ?disabled=${!shown || this.drawing !== null}
          @click=${(event: MouseEvent) => this.#draw(event.detail === 0)}
        >
          ${icons.plus}${gettext("Draw a face")}
        </button>
        ${
          this.#over
            ? html`<button
                class="icon-button close"
                aria-label=${gettext("Close the photo")}
                title=${gettext("Close the photo")}
                @click=${() => this.#close()}
              >
                ${icons.cross}
              </button>`
            : nothing
        }
      </header>
    `;
  }

  #stage(): TemplateResult {
    const { shown, drawing } = this;
    if (!shown) return html`<div class="stage"></div>`;
    const pointer = (event: PointerEvent): void => this.#pointer(event);
    const gesture = (event: PointerEvent): void => this.#gestures.pointer(event);
    return html`
      <div
        class="stage ${this.zoom.isZoomed ? "zoomed" : ""}"
        @wheel=${(event: WheelEvent) => this.#gestures.wheel(event)}
        @dblclick=${(event: MouseEvent) => this.#gestures.doubleClick(event)}
        @pointerdown=${gesture}
        @pointermove=${gesture}
        @pointerup=${gesture}
        @pointercancel=${gesture}
      >
        ${this.#beside ? this.#turnButtons() : nothing}
        <div
          class="picture ${drawing ? "drawing" : ""}"
          style="--ratio: ${this.ratio};${this.zoom.style}"
          @pointerdown=${pointer}
          @pointermove=${pointer}
          @pointerup=${pointer}
          @pointercancel=${() => this.#stopDrawing()}
        >
          <img
            src=${this.hasPreview ? shown.preview : shown.thumbnail}
            alt=""
            draggable="false"
            @error=${() => (this.hasPreview = false)}
            @load=${(event: Event) => this.#loaded(event.target as HTMLImageElement)}
          />
          ${repeat(
            this.faces,
            (face) => face.id,
            (face) => this.#box(face),
          )}
          ${drawing?.box ? drawnBox(drawing.box) : nothing}
        </div>
      </div>
    `;
  }

  #turnButtons(): TemplateResult {
    const button = (step: number, kind: string, name: string, icon: unknown) => html`
      <button
        class="icon-button turn ${kind}"
        aria-label=${name}
        title=${name}
        @click=${() => this.turn(step)}
      >
        ${icon}
      </button>
    `;
    return html`${button(-1, "back", gettext("Photo before"), icons.back)}
    ${button(1, "on", gettext("Next photo"), icons.on)}`;
  }

  #box(face: Face): TemplateResult {
    const current = face.id === this.current;
    return faceBox(face, {
      current,
      busy: current && this.busy,
      focus: () => (this.current = face.id),
      press: () => void (this.drawing ?? this.#name(face)),
    });
  }

  #tools(): TemplateResult {
    const face = this.#face;
    if (this.drawing) return drawingTools(this.drawing.box !== null, this.busy, this.#drawingTools);
    if (face) return faceTools(face, this.busy, this.#faceTools);
    return this.shown ? faceHint(this.faces.length) : html`<div class="tools"></div>`;
  }
}

/** Return a face with the label that the user sees: one who says otherwise meanwhile is not lost. */
function asSeen(face: Face): Map<number, number | null> {
  return new Map([[face.id, face.person?.id ?? null]]);
}

function placeOn(picture: HTMLElement, { clientX, clientY }: PointerEvent): Point {
  return placeIn(picture.getBoundingClientRect(), clientX, clientY);
}

/** Whether an event is of what is told about the photo, which may be longer than the window. */
function inAbout({ target }: Event): boolean {
  return (target as Element).closest(".about") !== null;
}
