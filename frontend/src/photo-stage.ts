// The stage of a photo: the picture or the player, as large as fits, with the boxes of the faces.

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Drawing } from "./photo-drawing";
import { faceBox } from "./photo-face";
import { player, unplayable, type Film } from "./photo-film";
import { turnButtons } from "./photo-frame";
import type { PhotoGestures } from "./photo-gestures";
import type { DrawingHand } from "./photo-hand";
import type { Sharpness } from "./photo-sharpness";
import { drawnBox } from "./photo-tools";
import type { FaceWork } from "./photo-work";
import type { PhotoZoom } from "./photo-zoom";
import type { Face, Photo } from "./types";
import { styled } from "./styled";
import { mayLabel } from "./world";

interface Scene {
  readonly zoom: PhotoZoom;
  readonly gestures: PhotoGestures;
  readonly hand: DrawingHand;
  readonly film: Film;
  readonly sharpness: Sharpness;
  readonly work: FaceWork;
  readonly faces: Face[];
  readonly drawing: Drawing | null;
  readonly busy: boolean;
  readonly isVideo: boolean;
  readonly hasNeighbours: boolean;
  /** Width of the photo by its height. */
  readonly ratio: number;
  current: number | null;
  turn(step: number): void;
  /** A picture has come. */
  loaded(picture: HTMLImageElement): void;
  requestUpdate(): void;
}

export function photoStage(shown: Photo | null, scene: Scene): TemplateResult {
  if (!shown) return html`<div class="stage"></div>`;
  const { gestures, zoom } = scene;
  const gesture = (event: PointerEvent): void => gestures.pointer(event);
  const cannotPlay = scene.isVideo && scene.film.isUnplayable;
  return html`
    <div
      class="stage ${zoom.isZoomed ? "zoomed" : ""}"
      @wheel=${(event: WheelEvent) => gestures.wheel(event)}
      @dblclick=${(event: MouseEvent) => gestures.doubleClick(event)}
      @pointerdown=${gesture}
      @pointermove=${gesture}
      @pointerup=${gesture}
      @pointercancel=${gesture}
    >
      ${scene.hasNeighbours ? turnButtons((step) => scene.turn(step)) : nothing}
      ${picture(shown, scene, cannotPlay)} ${cannotPlay ? unplayable(shown) : nothing}
    </div>
  `;
}

function picture(shown: Photo, scene: Scene, cannotPlay: boolean): TemplateResult {
  const { drawing, film, hand } = scene;
  const draw = (event: PointerEvent): void => hand.pointer(event);
  // What stands for a video that cannot be played may be of any moment.
  const faces = cannotPlay ? [] : scene.faces.filter((face) => film.shows(face));
  return html`
    <div
      class="picture ${drawing ? "drawing" : ""}"
      style=${styled(`--ratio: ${scene.ratio};${scene.zoom.style}`)}
      @pointerdown=${draw}
      @pointermove=${draw}
      @pointerup=${draw}
      @pointercancel=${() => scene.drawing && hand.stop()}
    >
      ${scene.isVideo && !cannotPlay ? player(shown, film, drawing !== null) : still(shown, scene)}
      ${repeat(
        faces,
        (face) => face.id,
        (face) => box(face, scene),
      )}
      ${drawing?.box ? drawnBox(drawing.box) : nothing}
    </div>
  `;
}

function still(shown: Photo, scene: Scene): TemplateResult {
  const failed = (): void => {
    scene.sharpness.fail();
    scene.requestUpdate();
  };
  return html`<img
    src=${scene.sharpness.addressOf(shown)}
    alt=""
    draggable="false"
    @error=${failed}
    @load=${(event: Event) => scene.loaded(event.target as HTMLImageElement)}
  />`;
}

function box(face: Face, scene: Scene): TemplateResult {
  const current = face.id === scene.current;
  return faceBox(face, {
    current,
    busy: current && scene.busy,
    focus: () => (scene.current = face.id),
    press: () => void (scene.drawing || !mayLabel() || scene.work.name(face)),
  });
}
