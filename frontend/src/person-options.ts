// What the pop-up of names offers: how an option reads, and when a name is what was typed.

import { html, nothing, type TemplateResult } from "lit";

import { gettext, isolated, list, ngettext, percent } from "./text";
import type { Person } from "./types";

/** No option is highlighted. */
export const NOBODY = -1;

/** Somebody known, perhaps with how probable it is; or a name to add. */
export type Option = { person: Person; probability?: number } | { add: string };

export function personLine(option: Option): TemplateResult {
  if ("add" in option) {
    return html`<span class="add" aria-hidden="true">+</span>
      <span>${gettext("Add “%(name)s”", { name: option.add })}</span>`;
  }
  const { person, probability } = option;
  return html`
    ${
      person.crop
        ? html`<img src=${person.crop} alt="" width="40" height="40" />`
        : html`<span class="initial" aria-hidden="true">${[...person.name][0]}</span>`
    }
    <span class="name">
      ${isolated(person.display_name)}${probability === undefined ? nothing : ` · ${percent(probability)}`}
      ${person.aliases.length ? html`<small>${list(person.aliases)}</small>` : nothing}
    </span>
    <span class="count">${ngettext("%(count)s face", "%(count)s faces", person.faces)}</span>
  `;
}

/** All that somebody is called. */
export function namesOf({ name, aliases }: Person): string[] {
  return [name, ...aliases];
}

/** Whether a word of the name begins with what was typed; "ann" is found in Joanna, not meant. */
export function beginsLike(name: string, typed: string): boolean {
  return ` ${fold(name)}`.includes(` ${fold(typed)}`);
}

function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}

export function sameName(one: string, other: string): boolean {
  return one.localeCompare(other, undefined, { sensitivity: "accent" }) === 0;
}
