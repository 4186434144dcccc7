// One photo of a timeline: a square of it that leads to the whole.

import { html, type TemplateResult } from "lit";

import { dayOf, gettext } from "./text";
import type { PhotoCard } from "./types";

/** Draw a photo, or its place where it is not loaded yet; Tab reaches the current one. */
export function photoSquare(
  photo: PhotoCard | undefined,
  at: number,
  current: boolean,
): TemplateResult {
  if (!photo) return html`<li class="waiting"></li>`;
  const name = photo.path.split("/").at(-1) ?? photo.path;
  const day = photo.taken_at ? dayOf(photo.taken_at) : gettext("Without a date");
  return html`<li>
    <a
      href="/photos/${photo.id}/"
      data-at=${at}
      tabindex=${current ? 0 : -1}
      aria-label="${day}, ${name}"
      ><img src=${photo.thumbnail} alt="" loading="lazy" decoding="async" draggable="false"
    /></a>
  </li>`;
}
