// Drawing the board of faces: its groups with their cards, and what lies over them.

import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { emptyCard, faceCard } from "./face-card";
import type { FaceGroup } from "./face-feed";
import { faceGroup } from "./face-group";
import { faceOpinion } from "./face-opinion";
import type { GridActions } from "./grid-actions";
import type { GridLayout, Segment } from "./grid-layout";
import type { GridModel } from "./grid-model";
import type { SelectionTools } from "./selection-tools";
import type { Face } from "./types";
import { styled } from "./styled";

interface Drawn {
  readonly model: GridModel;
  readonly tools: SelectionTools;
  readonly actions: GridActions;
  /** The place of the face that Tab reaches. */
  readonly reached: number;
  /** Return the address that shows one person only. */
  addressOf(person: number | string): string;
}

export function boardStyle({ height, measures }: GridLayout): string {
  const { columns, width, gap } = measures;
  return `height: ${height}px; --columns: ${columns}; --card-gap: ${gap}px;
    --card-width: ${width}px; --card-height: ${measures.height}px`;
}

/** Draw the rows of a group that are in sight. */
export function boardGroup(segment: Segment, drawn: Drawn): TemplateResult {
  const { model, tools, actions } = drawn;
  const { feed, layout } = model;
  const { tab, min_probability } = feed.filter;
  const group = feed.groups[segment.group] as FaceGroup;
  return faceGroup(
    {
      person: feed.grouped ? group.person : null,
      count: group.ids.length,
      chosen: tools.chosenOf(group),
      link: drawn.addressOf(group.person?.id ?? ""),
      from: tab === "inferred" ? Number(min_probability ?? 0) : null,
      top: layout.groupTop(segment.group),
      height: layout.groupHeight(segment.group),
      rowsTop: segment.firstRow * layout.pitch,
      toggle: (on) => void tools.group(group, on),
      confirm: () => void actions.confirmGroup(group),
    },
    cards(segment, group.ids.length, drawn),
  );
}

function cards(segment: Segment, count: number, { model, tools, reached }: Drawn): unknown {
  const { feed, layout } = model;
  const [from, to] = layout.span(segment);
  const start = layout.start(segment.group);
  return repeat(
    Array.from({ length: to - from }, (_, index) => from + index),
    (index) => model.idAt(index) ?? `at ${index}`,
    (index) => {
      const face = feed.face(model.idAt(index));
      if (!face) return emptyCard();
      return faceCard(face, {
        method: feed.method,
        selected: tools.selection.has(face.id),
        current: index === reached,
        named: model.named,
        place: index - start + 1,
        of: count,
      });
    },
  );
}

/** Draw what is thought of a face, below its card. */
export function boardOpinion(face: Face, index: number, layout: GridLayout, room: number): unknown {
  const { top, left } = layout.place(index);
  const { width, height } = layout.measures;
  const right = room - left - width;
  // Towards the middle there is room, however long the names are.
  const side = left <= right ? `left: ${left}px` : `right: ${right}px`;
  return faceOpinion(face, `top: ${top + height + 4}px; ${side}`);
}

/** Draw the rectangle that selects, in px of the screen. */
export function rectangle({ left, top, width, height }: DOMRect): TemplateResult {
  return html`<div
    class="rectangle"
    style=${styled(`left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px`)}
  ></div>`;
}
