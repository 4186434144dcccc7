// The hand that draws a face on a photo: by pointer or by keys, until it is said who that is.

import * as faceActions from "./face-actions";
import { isLargeEnough, placeIn, type Point } from "./photo-boxes";
import { Drawing } from "./photo-drawing";
import type { DrawingTools } from "./photo-tools";
import type { FaceWork } from "./photo-work";
import type { Naming } from "./api";
import { gettext } from "./text";
import type { Photo } from "./types";

interface Canvas {
  readonly shown: Photo | null;
  readonly work: FaceWork;
  drawing: Drawing | null;
  current: number | null;
  /** Of a video: the seconds from its start that are shown; null of a picture. */
  readonly moment: number | null;
  requestUpdate(): void;
  focusCurrent(): Promise<void>;
}

export class DrawingHand implements DrawingTools {
  constructor(readonly canvas: Canvas) {}

  /** Begin to draw; `withBox` puts a box in the middle, for the arrow keys. */
  begin(withBox: boolean): void {
    const { canvas } = this;
    if (!canvas.shown) return;
    canvas.drawing = new Drawing(canvas.shown);
    if (withBox) canvas.drawing.begin();
    void canvas.focusCurrent();
  }

  stop(): void {
    this.canvas.drawing = null;
    void this.canvas.focusCurrent();
  }

  pointer(event: PointerEvent): void {
    const { drawing } = this.canvas;
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
    this.canvas.requestUpdate();
  }

  /** Do what a key asks while a face is drawn; false where it asks nothing. */
  key(event: KeyboardEvent, target: HTMLElement): boolean {
    const { canvas } = this;
    if (event.key === "Escape") {
      this.stop();
    } else if (canvas.drawing?.key(event.key, event.shiftKey)) {
      canvas.requestUpdate();
      void canvas.focusCurrent();
    } else if (event.key === "Enter" && target.matches(".drawn, .photo-view")) {
      if (!event.repeat) void this.name();
    } else {
      return false;
    }
    return true;
  }

  /** Ask who was drawn; closing the question leaves the box, to be moved or given up. */
  async name(): Promise<void> {
    const { canvas } = this;
    if (!canvas.drawing?.box) return;
    await canvas.focusCurrent();
    const who = await canvas.work.ask(gettext("Whom did you draw?"));
    if (who) await this.#keep(who);
    else await canvas.focusCurrent();
  }

  keep(): Promise<void> {
    return this.#keep(null);
  }

  async #keep(who: Naming | null): Promise<void> {
    const { canvas } = this;
    const { shown, moment } = canvas;
    const box = canvas.drawing?.box;
    if (!box || !shown) return;
    const changes = await canvas.work.act(() => faceActions.draw(shown.id, box, moment, who));
    if (!changes) return;
    canvas.current = changes.changed[0] ?? null;
    this.stop();
  }

  #release(drawing: Drawing): void {
    drawing.release();
    if (!drawing.box) return;
    if (isLargeEnough(drawing.box, drawing.photo)) void this.name();
    else drawing.box = null;
  }
}

function placeOn(picture: HTMLElement, { clientX, clientY }: PointerEvent): Point {
  return placeIn(picture.getBoundingClientRect(), clientX, clientY);
}
