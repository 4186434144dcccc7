// What is said about faces of the board: they leave it at once, and come back if the server
// refuses.

import { ApiError, type Faces, type Naming } from "./api";
import * as faceActions from "./face-actions";
import { confirmable } from "./face-card";
import { shownPerson, type Departure, type FaceFeed, type FaceGroup } from "./face-feed";
import { notSaved } from "./message";
import type { Selection } from "./selection";
import { gettext, ngettext } from "./text";
import type { Changes } from "./types";

/** So many faces at once are only deleted after a question. */
const ASK_FROM = 10;

/** The board, as far as actions know it. */
export interface Board {
  readonly feed: FaceFeed;
  readonly selection: Selection;
  /** The training whose guesses are shown. */
  readonly training: number | null;
  ask(question: string, faces: number[]): Promise<Naming | null>;
  askToDismiss(question: string, explanation: string, action: string): Promise<boolean>;
  /** Take faces from the board, without moving what stays in sight. */
  leave(go: (feed: FaceFeed) => Departure): Departure;
  comeBack(departure: Departure): void;
  /** The server has answered all that was said; `renew` if the board may differ from it. */
  settled(renew: boolean): void;
}

export class GridActions {
  readonly #board: Board;
  #waiting = 0;
  #renew = false;

  constructor(board: Board) {
    this.#board = board;
  }

  /** Whether the server has still to answer. */
  get pending(): boolean {
    return this.#waiting > 0;
  }

  async name(ids: number[]): Promise<void> {
    if (!ids.length) return;
    const question = ngettext("Who is this?", "Who are these %(count)s faces?", ids.length);
    const faces = this.#seen(ids);
    const who = await this.#board.ask(question, ids);
    if (who) await this.#act(ids, () => faceActions.label(faces, who));
  }

  async confirm(ids: number[]): Promise<void> {
    const guesses = new Map<number, number>();
    for (const id of ids) {
      const person = this.#guessed(id);
      if (person !== null) guesses.set(id, person);
    }
    const { method } = this.#board.feed;
    await this.#act([...guesses.keys()], () => faceActions.confirm(guesses, method));
  }

  /** Confirm all guesses of a group, loaded or not. */
  async confirmGroup(group: FaceGroup): Promise<void> {
    const { feed, training } = this.#board;
    if (training === null) return;
    const { filter } = feed;
    const { tab, method, min_probability, library, taken_from, taken_to } = filter;
    const person = String(group.person?.id);
    const same = { tab, method, min_probability, library, taken_from, taken_to, person };
    await this.#say(
      (each) => each.removeGroup(group),
      () => faceActions.confirmAll(given(same), training),
    );
  }

  /** Say of each face that it is not the person it is shown under. */
  async reject(ids: number[]): Promise<void> {
    const byPerson = new Map<number, number[]>();
    for (const id of ids) {
      const person = this.#shown(id);
      if (person !== null) byPerson.set(person, [...(byPerson.get(person) ?? []), id]);
    }
    const all = [...byPerson].map(([person, faces]) => {
      const seen = this.#seen(faces);
      return this.#act(faces, () => faceActions.reject(seen, person));
    });
    await Promise.all(all);
  }

  async unassign(ids: number[]): Promise<void> {
    const faces = this.#seen(ids);
    await this.#act(ids, () => faceActions.unassign(faces));
  }

  /** Let a face stand for the one named person that is shown. */
  async cover(id: number): Promise<void> {
    const person = this.covers;
    if (person === null) return;
    try {
      await faceActions.cover(id, person);
    } catch (error) {
      notSaved(error, () => this.cover(id));
    }
    this.#board.settled(false);
  }

  /** Say of faces of the one person that is shown that they are somebody else. */
  async split(ids: number[]): Promise<void> {
    const person = this.splits;
    if (person !== null) await this.#act(ids, () => faceActions.split(ids, person));
  }

  async dismiss(ids: number[]): Promise<void> {
    if (ids.length >= ASK_FROM && !(await this.#sureToDismiss(ids.length))) return;
    const faces = this.#seen(ids);
    await this.#act(ids, () => faceActions.dismiss(faces));
  }

  /** The person whose faces are shown alone, from whom some can be split off. */
  get splits(): number | null {
    const { tab, person } = this.#board.feed.filter;
    return person && ["unknown", "hidden", "labelled"].includes(tab) ? Number(person) : null;
  }

  /** The named person whose faces are shown alone, one of which can be the cover. */
  get covers(): number | null {
    const { tab, person } = this.#board.feed.filter;
    return person && tab === "labelled" ? Number(person) : null;
  }

  canConfirm(id: number): boolean {
    return this.#guessed(id) !== null;
  }

  canReject(id: number): boolean {
    return this.#shown(id) !== null;
  }

  /** Whether faces are shown with their names: those who were named come back. */
  get #keeps(): boolean {
    const { filter, like } = this.#board.feed;
    return filter.tab === "labelled" || like !== null;
  }

  #sureToDismiss(count: number): Promise<boolean> {
    return this.#board.askToDismiss(
      ngettext("Delete %(count)s face?", "Delete %(count)s faces?", count),
      gettext("The photos stay. A rescan can bring deleted faces back, without their names."),
      ngettext("Delete %(count)s face", "Delete %(count)s faces", count),
    );
  }

  async #act(ids: number[], request: () => Promise<Changes>): Promise<void> {
    if (ids.length) await this.#say((feed) => feed.remove(ids), request);
  }

  async #say(go: (feed: FaceFeed) => Departure, request: () => Promise<Changes>): Promise<void> {
    const departure = this.#board.leave(go);
    this.#waiting++;
    try {
      const { skipped } = await request();
      this.#renew ||= skipped.length > 0 || this.#keeps;
    } catch (error) {
      this.#board.comeBack(departure);
      notSaved(error, () => this.#say(go, request));
      // What was refused was said of something else than the server has by now.
      this.#renew ||= error instanceof ApiError && !error.unreachable && !error.signedOut;
    } finally {
      if (--this.#waiting === 0) {
        const renew = this.#renew;
        this.#renew = false;
        this.#board.settled(renew);
      }
    }
  }

  /** Return the faces with the labels that they are shown with, as far as that is known. */
  #seen(ids: number[]): Faces {
    const { feed, selection } = this.#board;
    const label = (id: number): number | null | undefined => {
      const face = feed.face(id);
      if (face) return face.person?.id ?? null;
      if (feed.filter.tab === "labelled") return selection.person(id);
      return feed.filter.tab === "unknown" ? undefined : null;
    };
    return new Map(ids.map((id) => [id, label(id)]));
  }

  #shown(id: number): number | null {
    const { feed, selection } = this.#board;
    const face = feed.face(id);
    return face ? (shownPerson(face, feed.method)?.id ?? null) : selection.person(id);
  }

  #guessed(id: number): number | null {
    const { feed, selection } = this.#board;
    const face = feed.face(id);
    if (face) return confirmable(face, feed.method)?.id ?? null;
    return feed.filter.tab === "inferred" ? selection.person(id) : null;
  }
}

/** Leave out what is not said: the server takes no empty filters. */
function given<T extends object>(filter: T): T {
  const said = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(said) as T;
}
