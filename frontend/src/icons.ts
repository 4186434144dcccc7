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
  bin: stroke("M4.5 7h15M10 11v6M14 11v6M6.5 7l1 12.5h9L17.5 7M9 7V4.5h6V7"),
  undo: stroke("M9 14L4.5 9.5 9 5M5 9.5h9a5 5 0 010 10h-3"),
};
