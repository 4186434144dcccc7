// <dismiss-doubtful>: deletes what was hardly a face when the page came, on one click.

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { hear, tell } from "../events";
import { dismiss } from "../face-actions";
import { gettext } from "../text";
import type { FaceGrid } from "./face-grid";

// What the API takes at once.
const MOST = 100_000;

@customElement("dismiss-doubtful")
export class DismissDoubtful extends BusyElement {
  // A scan or Train may bring more, which nobody has looked at.
  #shown: Promise<Set<number>> = Promise.resolve(new Set());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#remember();
    hear("faces-undone", () => this.#remember(), this.gone);
  }

  #remember(): void {
    this.#shown = doubtfulFaces();
    this.#shown.catch(() => undefined); // told when it is asked for
  }

  async #dismiss(): Promise<void> {
    await this.save(async () => {
      const shown = await this.#shown;
      // Some may have a name by now.
      const faces = [...(await doubtfulFaces())].filter((id) => shown.has(id));
      for (let done = 0; done < faces.length; done += MOST) {
        await dismiss(faces.slice(done, done + MOST));
      }
      tell("faces-changed", undefined);
      await document.querySelector<FaceGrid>("face-grid")?.reload();
    });
    this.#remember();
  }

  override render(): TemplateResult {
    return html`<button
      class="button small"
      ?disabled=${this.busy}
      @click=${() => void this.#dismiss()}
    >
      ${gettext("Delete all of them")}
    </button>`;
  }
}

async function doubtfulFaces(): Promise<Set<number>> {
  return new Set((await api.faceIds({ tab: "doubtful" })).ids);
}
