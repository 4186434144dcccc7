// The few icons of the board, drawn on a 24 × 24 grid in the colour of their text.

import { svg, type SVGTemplateResult } from "lit";

const stroke = (path: string): SVGTemplateResult => svg`<svg
  class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"
  fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round"
  stroke-linejoin="round"><path d=${path} /></svg>`;

export const icons = {
  plus: stroke("M12 5v14M5 12h14"),
  check: stroke("M5 12.5l4.5 4.5L19 7.5"),
  cross: stroke("M6.5 6.5l11 11M17.5 6.5l-11 11"),
  back: stroke("M14.5 5l-7 7 7 7"),
  on: stroke("M9.5 5l7 7-7 7"),
  about: stroke("M12 11v6M12 7.2v.1M12 3a9 9 0 100 18 9 9 0 000-18z"),
  play: stroke("M8 5.5v13l10.5-6.5z"),
  bin: stroke("M4.5 7h15M10 11v6M14 11v6M6.5 7l1 12.5h9L17.5 7M9 7V4.5h6V7"),
  eraser: stroke("M8.5 19.5h11M5 13l7.5-8 6.5 6-8 8.5H8z M8.8 9l6.4 6"),
  down: stroke("M12 4.5v10M7.5 10.5L12 15l4.5-4.5M5 19.5h14"),
  hide: stroke(
    "M4 4l16 16M9.9 5.8A9.4 9.4 0 0112 5.5c5 0 8.4 4 9.5 6.5a12 12 0 01-2.6 3.6M6.3 7.4A12.6 12.6 0 002.5 12c1.1 2.5 4.5 6.5 9.5 6.5a9.6 9.6 0 004.6-1.2M10 10a2.9 2.9 0 004 4",
  ),
  show: stroke(
    "M2.5 12C3.6 9.5 7 5.5 12 5.5s8.4 4 9.5 6.5c-1.1 2.5-4.5 6.5-9.5 6.5S3.6 14.5 2.5 12zM12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6z",
  ),
  merge: stroke(
    "M4 6.5h3.5c3 0 4.5 5.5 7.5 5.5h5M4 17.5h3.5c3 0 4.5-5.5 7.5-5.5M17 8.5l3.5 3.5-3.5 3.5",
  ),
  split: stroke(
    "M20 6.5h-3.5c-3 0-4.5 5.5-7.5 5.5H4M20 17.5h-3.5c-3 0-4.5-5.5-7.5-5.5M17.5 4L20 6.5 17.5 9M17.5 15l2.5 2.5-2.5 2.5",
  ),
  star: stroke("M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z"),
  group: stroke(
    "M9 11.5a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 19.5c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 5a3.2 3.2 0 010 6M18 14.3c2.2.7 3.5 2.5 3.5 5.2",
  ),
  pencil: stroke("M4.5 19.5l1-4.5L16.5 4a2.1 2.1 0 013 3L8.5 18.5zM14.5 6.5l3 3"),
  undo: stroke("M9 14L4.5 9.5 9 5M5 9.5h9a5 5 0 010 10h-3"),
};
