// Which key means what on the board.

import { isTyping } from "./keys";

export type Command =
  | "select"
  | "select-range"
  | "select-all"
  | "name"
  | "accept"
  | "reject"
  | "split"
  | "dismiss"
  | "photo"
  | "similar"
  | "next-group"
  | "previous-group"
  | "search";

const ON_A_FACE: Record<string, Command> = {
  x: "select",
  X: "select-range",
  n: "name",
  "+": "name",
  Enter: "accept",
  r: "reject",
  s: "split",
  Delete: "dismiss",
  " ": "photo",
  f: "similar",
};

/** What is done to the selection wherever the focus is. */
const ON_SELECTION = ["name", "reject", "split", "dismiss"];

const ANYWHERE: Record<string, Command> = {
  g: "next-group",
  G: "previous-group",
  "/": "search",
};

/** Return what a key asks of the face that has the focus. */
export function commandOnFace(event: KeyboardEvent): Command | null {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.key === "a" ? "select-all" : null;
  // On one of the small buttons Enter and space press that button.
  const pressed = event.key === "Enter" || event.key === " ";
  if (pressed && (event.target as Element).closest(".act")) return null;
  return ON_A_FACE[event.key] ?? null;
}

/**
 * Return what a key asks of the page, wherever the focus is but in a field or dialog; with
 * `selected` faces also what it asks of them.
 */
export function commandOnPage(event: KeyboardEvent, selected: boolean): Command | null {
  if (event.altKey || event.repeat || isTyping(event)) return null;
  if (event.ctrlKey || event.metaKey) return event.key === "a" ? "select-all" : null;
  const command = ON_A_FACE[event.key];
  if (selected && command && ON_SELECTION.includes(command)) return command;
  return ANYWHERE[event.key] ?? null;
}
