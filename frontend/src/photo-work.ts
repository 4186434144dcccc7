// What is said about the faces of one photo: it is done at once, and the photo shown anew.

import type { Naming } from "./api";
import type { PersonPicker } from "./elements/person-picker";
import { tell } from "./events";
import * as faceActions from "./face-actions";
import { notSaved } from "./message";
import { namedGuess, personOf } from "./photo-face";
import type { FaceTools } from "./photo-tools";
import { gettext } from "./text";
import type { Changes, Face } from "./types";

/** The photo, as far as it concerns what is said of its faces. */
interface Shown {
  faces: Face[];
  current: number | null;
  busy: boolean;
  /** Show what there is by now. */
  refresh(): Promise<void>;
  /** Give the focus to the current face. */
  focusCurrent(): Promise<void>;
}

export class FaceWork implements FaceTools {
  constructor(readonly shown: Shown) {}

  async name(face: Face): Promise<void> {
    const who = await this.ask(gettext("Who is this?"), [face.id]);
    if (who) await this.act(() => faceActions.label(asSeen(face), who));
  }

  async ask(question: string, faces: number[] = []): Promise<Naming | null> {
    const picker = document.querySelector<PersonPicker>("person-picker");
    return picker ? picker.ask(question, faces) : null;
  }

  async confirm(face: Face): Promise<void> {
    const guess = namedGuess(face);
    if (!guess) return;
    const seen = new Map([[face.id, guess.person.id]]);
    await this.act(() => faceActions.confirm(seen, guess.method));
  }

  async reject(face: Face): Promise<void> {
    const person = personOf(face);
    if (person) await this.act(() => faceActions.reject(asSeen(face), person.id));
  }

  async dismiss(face: Face): Promise<void> {
    const { faces } = this.shown;
    const at = faces.indexOf(face);
    const next = faces[at + 1] ?? faces[at - 1];
    const changes = await this.act(() => faceActions.dismiss(asSeen(face)));
    if (!changes) return;
    this.shown.current = next?.id ?? null;
    await this.shown.focusCurrent();
  }

  /** Do something and show what came of it; null where it failed. */
  async act(action: () => Promise<Changes>): Promise<Changes | null> {
    const { shown } = this;
    if (shown.busy) return null;
    shown.busy = true;
    try {
      const changes = await action();
      tell("faces-changed", undefined);
      await shown.refresh();
      return changes;
    } catch (error) {
      notSaved(error, () => this.act(action));
      return null;
    } finally {
      shown.busy = false;
      await shown.focusCurrent();
    }
  }
}

/** Return a face with the label that the user sees: one who says otherwise meanwhile is not lost. */
function asSeen(face: Face): Map<number, number | null> {
  return new Map([[face.id, face.person?.id ?? null]]);
}
