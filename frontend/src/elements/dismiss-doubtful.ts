// <dismiss-doubtful>: deletes all that is hardly a face, on one click.

import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { tell, toast } from "../events";
import { dismissDoubtful } from "../face-actions";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { gettext } from "../text";
import type { FaceGrid } from "./face-grid";

@customElement("dismiss-doubtful")
export class DismissDoubtful extends KithElement {
  @state() private busy = false;

  async #dismiss(): Promise<void> {
    this.busy = true;
    try {
      await dismissDoubtful();
      tell("faces-changed", undefined);
      await document.querySelector<FaceGrid>("face-grid")?.reload();
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      this.busy = false;
    }
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
