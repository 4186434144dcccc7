// <face-filters>: the form above the board; what is chosen there is shown at once, and said by
// the address, without loading the page anew.

import { customElement } from "lit/decorators.js";

import { tell } from "../events";
import { KithElement } from "../kith-element";
import { gettext } from "../text";
import type { FaceGrid } from "./face-grid";

@customElement("face-filters")
export class FaceFilters extends KithElement {
  /** What the page shows, as the address said. */
  #shown = location.search;

  override connectedCallback(): void {
    super.connectedCallback();
    const options = { signal: this.gone };
    this.addEventListener("input", () => this.#showNumber(), options);
    this.addEventListener("change", (event) => this.#changed(event), options);
    this.addEventListener("click", (event) => this.#click(event), options);
    this.addEventListener("submit", (event) => this.#submitted(event), options);
    // Back leads to another filter of this page, or to a place on it.
    window.addEventListener(
      "popstate",
      () => this.#shown !== location.search && location.reload(),
      options,
    );
  }

  get #form(): HTMLFormElement | null {
    return this.querySelector("form");
  }

  #showNumber(): void {
    const slider = this.querySelector<HTMLInputElement>("input[type=range]");
    const shown = this.querySelector("output");
    if (!slider || !shown) return;
    shown.textContent = slider.valueAsNumber ? `≥ ${slider.value}\u00a0%` : gettext("any");
  }

  #click(event: Event): void {
    const button = (event.target as Element).closest("button");
    if (button?.matches(".fold")) {
      button.ariaExpanded = String(button.ariaExpanded !== "true");
    }
    if (button?.id !== "choose-person") return;
    void document.querySelector<FaceGrid>("face-grid")?.search();
  }

  #submitted(event: Event): void {
    event.preventDefault();
    this.#changed(event);
  }

  #changed(event: Event): void {
    const form = this.#form;
    // A date that is half typed is no date.
    if (!form?.reportValidity()) return;
    const search = new URLSearchParams(location.search);
    for (const [name, value] of chosen(form)) put(search, name, value);
    if (search.toString() === location.search.slice(1)) return;
    // A slider under the hand would fill the history with its ways.
    const moves = (event.target as HTMLInputElement).type === "range";
    if (moves) history.replaceState(null, "", `?${search}`);
    else history.pushState(null, "", `?${search}`);
    this.#shown = location.search;
    this.#renewLinks(form);
    tell("filters-changed", undefined);
  }

  /** Make the links that lead elsewhere from here say what is chosen. */
  #renewLinks(form: HTMLFormElement): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>(
      "face-tabs a, face-filters a",
    )) {
      const search = new URLSearchParams(link.search);
      for (const [name, value] of chosen(form)) {
        const elsewhere = name === "min_probability" && search.get("tab") !== "inferred";
        put(search, name, elsewhere ? "" : value);
      }
      link.search = search.toString();
    }
  }
}

/** Return what the form says of each of its fields; "" for nothing. */
function chosen(form: HTMLFormElement): [string, string][] {
  const fields = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[name]")];
  return fields
    .filter(({ type }) => type !== "hidden")
    .map((field) => {
      if (field.type === "checkbox")
        return [field.name, (field as HTMLInputElement).checked ? "1" : ""];
      if (field.type !== "range") return [field.name, field.value];
      // In percent for the hand, in shares in the address.
      return [field.name, field.value === "0" ? "" : String(Number(field.value) / 100)];
    });
}

function put(search: URLSearchParams, name: string, value: string): void {
  if (value) search.set(name, value);
  else search.delete(name);
}
