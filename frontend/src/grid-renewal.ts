// Showing the board as it is on the server by now: when that is due, and how nothing moves by it.

import { api, isAbort } from "./api";
import { tell } from "./events";
import type { GridFocus } from "./grid-focus";
import type { GridLoader } from "./grid-loader";
import { feedOf, stretchesOf, type Asked, type GridModel } from "./grid-model";
import type { GridSight } from "./grid-sight";
import type { GridSteady } from "./grid-steady";
import { messageOf, type Message } from "./message";
import { TRAINING, type Job } from "./types";

const SOFT_RELOAD_MS = 3_000;

/** The board, as far as it concerns what it shows. */
interface Host extends Asked {
  readonly model: GridModel;
  readonly sight: GridSight;
  readonly steady: GridSteady;
  readonly focused: GridFocus;
  readonly loader: GridLoader;
  /** Whether the server has still to answer. */
  readonly pending: boolean;
  /** Whether nobody is at work here. */
  readonly idle: boolean;
  readonly boardWidth: number;
  training: number | null;
  /** Lay the faces out anew. */
  arrange(): void;
  requestUpdate(): void;
}

export class GridRenewal {
  #stale = false;
  #problem: Message = "";
  #opening = new AbortController();
  #reloaded = 0;
  /** Whether news were put off until the server has answered what was said here. */
  #missed = false;
  #telling = false;

  constructor(readonly host: Host) {}

  /** Whether the server has something newer. */
  get stale(): boolean {
    return this.#stale;
  }

  get problem(): Message {
    return this.#problem;
  }

  set problem(problem: Message) {
    this.#problem = problem;
    this.host.requestUpdate();
  }

  stop(): void {
    this.#opening.abort();
    this.host.loader.stop();
  }

  /** Show the tab as it is now, without moving what is in sight. */
  async reload(): Promise<void> {
    this.#missed = this.host.pending;
    if (this.#missed) return; // it is done when the server has answered
    this.#reloaded = Date.now();
    this.#stale = false;
    this.problem = "";
    this.stop();
    const opening = new AbortController();
    this.#opening = opening;
    try {
      await this.#open(opening.signal);
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
  }

  /** Try again what failed. */
  again(): void {
    this.problem = "";
    if (!this.host.model.feed.loaded) void this.reload();
  }

  /** Tell others that faces changed through this board. */
  tellChanged(): void {
    this.#telling = true;
    tell("faces-changed", undefined);
    this.#telling = false;
  }

  /** Somebody says that faces changed. */
  heardChanged(): void {
    if (!this.#telling) void this.reload();
  }

  async undone(): Promise<void> {
    this.tellChanged();
    await this.reload();
  }

  /** The server has answered what was said here; tell whether all was shown anew. */
  settled(renew: boolean): boolean {
    this.tellChanged();
    const due = renew || this.#missed;
    if (due) void this.reload();
    return due;
  }

  /** The server has other faces than were counted: somebody else is at work, or a job. */
  outOfStep(): void {
    if (Date.now() - this.#reloaded > SOFT_RELOAD_MS) void this.reload();
    else this.#beStale();
  }

  /** A scan brings faces bit by bit; they come in while nobody is at work here. */
  jobSeen(job: Job): void {
    const due = Date.now() - this.#reloaded > SOFT_RELOAD_MS;
    if (job.kind !== TRAINING && due && this.host.idle) void this.reload();
  }

  jobEnded({ kind, state }: Job): void {
    // A training that failed left the guesses as they were.
    if (kind === TRAINING && state !== "done") return;
    if (this.host.idle) void this.reload();
    else this.#beStale();
  }

  #beStale(): void {
    this.#stale = true;
    this.host.requestUpdate();
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { host } = this;
    const { model, focused, steady } = host;
    // Asked before the faces: never newer than they are.
    const training = model.feed.loaded ? await standingTraining() : host.training;
    const feed = feedOf(host);
    await feed.open(signal);
    const layout = model.arranged(feed, host.boardWidth);
    const { top, bottom } = host.sight.now;
    await feed.fill(stretchesOf(layout, layout.segments(top, bottom)), signal);
    this.#missed = host.pending;
    if (signal.aborted || this.#missed) return;
    host.training = training;
    const before = model.layout;
    const first = steady.first(before);
    const [firstId, currentId] = [first, focused.current].map((index) => model.idAt(index));
    model.feed = feed;
    host.arrange();
    const found = (id: number | undefined): number | null =>
      id === undefined ? null : model.indexOf(id);
    focused.set(found(currentId) ?? focused.current);
    const now = found(firstId);
    if (now !== null) await steady.stay(before, first, now);
  }
}

async function standingTraining(): Promise<number | null> {
  return (await api.standing()).training?.id ?? null;
}
