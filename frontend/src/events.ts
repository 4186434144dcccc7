// What the elements of a page tell each other, through events of the window.

import type { Message } from "./message";
import type { Job } from "./types";

export interface KithEvents {
  /** Labels, guesses or faces changed through this page: counts are stale. */
  "faces-changed": undefined;
  /** A job was started from this page: look at the jobs now. */
  "job-started": Job;
  /** An active job was seen again; its numbers may have moved. */
  "job-seen": Job;
  /** A job that was active no longer is. */
  "job-ended": Job;
  /** What this event of the history said was taken back: faces may be anywhere. */
  "faces-undone": number;
  /** A photo is to be shown, with the face from which it was asked for. */
  "open-photo": { photo: number; face: number | null; beside?: Beside };
  /** The photo was closed; `face` is where the focus goes back to. */
  "photo-closed": { photo: number; face: number | null };
  /** A timeline knows how many photos it has. */
  "photos-found": { count: number };
  /** A call found nobody who answers. */
  "server-lost": undefined;
  /** The server answers again. */
  "server-back": undefined;
  /** Another probability, order, library … is to be shown, as the address says by now. */
  "filters-changed": undefined;
  /** `event` is what the message is about, if it can be undone. */
  toast: { text: Message; kind: ToastKind; event: number | null; action: ToastAction | null };
}

/** Tell which photo comes so many steps behind the one that is shown; null where there is none. */
export type Beside = (step: number) => Promise<number | null>;

export type ToastKind = "good" | "bad";

/** A button of a message, which then stays until it is pressed or closed. */
export interface ToastAction {
  text: string;
  run: () => unknown;
}

type Listener<K extends keyof KithEvents> = (detail: KithEvents[K]) => void;

export function tell<K extends keyof KithEvents>(name: K, detail: KithEvents[K]): void {
  window.dispatchEvent(new CustomEvent(`kith:${name}`, { detail }));
}

/** Listen until `signal` aborts. */
export function hear<K extends keyof KithEvents>(
  name: K,
  listener: Listener<K>,
  signal: AbortSignal,
): void {
  const unwrap = (event: Event): void => listener((event as CustomEvent<KithEvents[K]>).detail);
  window.addEventListener(`kith:${name}`, unwrap, { signal });
}

export function toast(
  text: Message,
  kind: ToastKind = "good",
  event: number | null = null,
  action: ToastAction | null = null,
): void {
  tell("toast", { text, kind, event, action });
}
