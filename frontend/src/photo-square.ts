// One photo of a timeline: a square of it that leads to the whole.

import { html, nothing, type TemplateResult } from "lit";

import { icons } from "./icons";
import { clock, dayOf, gettext } from "./text";
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
  const length = photo.duration === null ? null : clock(photo.duration);
  const said = length === null ? name : gettext("%(name)s, video of %(length)s", { name, length });
  return html`<li>
    <a
      href="/photos/${photo.id}/"
      data-at=${at}
      tabindex=${current ? 0 : -1}
      aria-label="${day}, ${said}"
      ><img src=${photo.thumbnail} alt="" loading="lazy" decoding="async" draggable="false" />${
        length === null
          ? nothing
          : html`<span class="length" aria-hidden="true">${icons.play}${length}</span>`
      }</a
    >
  </li>`;
}
