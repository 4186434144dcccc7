// Which key does what on a photo, its player, its faces and the list of a video's faces.

import { namedGuess } from "./photo-face";
import type { FaceTools } from "./photo-tools";
import { STEP } from "./photo-zoom";
import type { Face } from "./types";
import { mayLabel } from "./world";

/** What a player of videos does itself while it has the focus. */
const OF_THE_PLAYER = [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

export interface PhotoCommands {
  readonly work: FaceTools;
  /** Whether it lies over a page. */
  readonly isOver: boolean;
  /** Whether there are photos before and behind. */
  readonly hasNeighbours: boolean;
  /** Go so many photos on. */
  turn(step: number): void;
  /** Go so many faces on. */
  step(step: number): void;
  draw(): void;
  tellAbout(): void;
  zoomBy(factor: number): void;
  close(): void;
}

/** Do what a key asks; `face` is the current one. False where it asks nothing. */
export function photoKey(
  event: KeyboardEvent,
  face: Face | undefined,
  commands: PhotoCommands,
): boolean {
  const target = event.target as HTMLElement;
  if (target.matches("video") && OF_THE_PLAYER.includes(event.key)) return false;
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (step) {
    const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (commands.hasNeighbours && sideways) commands.turn(step);
    else commands.step(step);
    return true;
  }
  const command = commandOf(event.key, target, face, commands);
  if (!command) return false;
  if (!event.repeat) command();
  return true;
}

function commandOf(
  key: string,
  target: HTMLElement,
  face: Face | undefined,
  commands: PhotoCommands,
): (() => unknown) | undefined {
  const known: Record<string, () => unknown> = {
    i: () => commands.tellAbout(),
    "+": () => commands.zoomBy(STEP),
    "=": () => commands.zoomBy(STEP),
    "-": () => commands.zoomBy(1 / STEP),
    "0": () => commands.zoomBy(0),
  };
  if (mayLabel()) known["d"] = () => commands.draw();
  if (commands.isOver) known["Escape"] = () => commands.close();
  // On any other button the space bar presses it.
  if (commands.isOver && !target.matches("button:not(.face-box), a")) {
    known[" "] = () => commands.close();
  }
  if (face && target.matches(".face-box, .moment")) {
    known["f"] = () => location.assign(`/faces/${face.id}/similar/`);
  }
  if (mayLabel() && face && target.matches(".face-box, .moment")) {
    Object.assign(known, onFace(face, commands.work));
    // There Enter presses the button, which shows the moment.
    if (target.matches(".moment")) delete known["Enter"];
  }
  return known[key];
}

function onFace(face: Face, work: FaceTools): Record<string, () => unknown> {
  return {
    Enter: () => (namedGuess(face) ? work.confirm(face) : work.name(face)),
    n: () => work.name(face),
    "+": () => work.name(face),
    r: () => work.reject(face),
    Delete: () => work.dismiss(face),
  };
}
