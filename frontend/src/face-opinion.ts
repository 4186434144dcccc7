// What both methods think of a face, beside it while the pointer or the focus is on it.

import { html, nothing, type TemplateResult } from "lit";

import { styled } from "./styled";
import { gettext, percent } from "./text";
import type { Face, PersonRef } from "./types";

/** Show the opinions at a place of the board, which says how far from its top and one side. */
export function faceOpinion(face: Face, place: string): TemplateResult | typeof nothing {
  const { guess } = face;
  if (!guess || face.person) return nothing;
  return html`<div class="opinion" id="opinion" role="tooltip" style=${styled(place)}>
    <dl>
      ${line(gettext("Clustering"), guess.cluster_person, guess.cluster_probability)}
      ${line(gettext("Classification"), guess.class_person, guess.class_probability)}
      ${
        guess.runner_up
          ? line(gettext("Else"), guess.runner_up, guess.runner_up_probability ?? null)
          : nothing
      }
    </dl>
  </div>`;
}

function line(by: string, person: PersonRef | null, probability: number | null): TemplateResult {
  return html`<dt>${by}</dt>
    <dd>
      ${person?.display_name ?? gettext("nobody")}
      ${person && probability !== null ? html`<b>${percent(probability)}</b>` : nothing}
    </dd>`;
}
