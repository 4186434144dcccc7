// <photo-upload>: drop photos and videos here, or choose them; each tells how far it is.

import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { ApiError, uploads } from "../api";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { gettext } from "../text";
import type { Taken } from "../types";

const PIECE = 8_000_000; // bytes
/** So often a piece is sent again while the server does not answer, a bit later each time. */
const TRIES = 6;
const PAUSE_MS = 1000;

interface Sent {
  file: File;
  share: number;
  taken?: Taken;
  problem?: Message;
}

@customElement("photo-upload")
export class PhotoUpload extends KithElement {
  @state() private files: Sent[] = [];
  @state() private over = false;
  #busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("beforeunload", this.#warn);
  }

  override disconnectedCallback(): void {
    window.removeEventListener("beforeunload", this.#warn);
    super.disconnectedCallback();
  }

  #warn = (event: BeforeUnloadEvent): void => {
    if (this.#busy) event.preventDefault();
  };

  #add(files: FileList | null | undefined): void {
    this.files = [...this.files, ...[...(files ?? [])].map((file) => ({ file, share: 0 }))];
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#waiting(); next; next = this.#waiting()) {
      try {
        next.taken = await this.#send(next);
      } catch (error) {
        next.problem = messageOf(error);
      }
      this.requestUpdate();
    }
    this.#busy = false;
  }

  #waiting(): Sent | undefined {
    return this.files.find((each) => !each.taken && !each.problem);
  }

  async #send(sent: Sent): Promise<Taken> {
    const { file } = sent;
    let { id, offset } = await uploads.begin(file.name, file.size);
    for (let failed = 0; ;) {
      try {
        const answer = await uploads.piece(id, offset, file.slice(offset, offset + PIECE));
        offset = answer.offset;
        failed = 0;
        sent.share = offset / file.size;
        this.requestUpdate();
        if (answer.taken) return answer.taken;
      } catch (error) {
        if (!(error instanceof ApiError && error.unreachable) || ++failed > TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** failed));
        offset = (await uploads.standing(id).catch(() => ({ offset }))).offset;
      }
    }
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    this.#add(event.dataTransfer?.files);
  }

  override render(): TemplateResult {
    return html`
      <div
        class="drop-place ${this.over ? "over" : ""}"
        @dragover=${(event: DragEvent) => {
          event.preventDefault();
          this.over = true;
        }}
        @dragleave=${() => (this.over = false)}
        @drop=${(event: DragEvent) => this.#drop(event)}
      >
        <label class="button">
          ${gettext("Choose files")}
          <input
            type="file"
            multiple
            @change=${(event: Event) => {
              const input = event.target as HTMLInputElement;
              this.#add(input.files);
              input.value = "";
            }}
          />
        </label>
        <span class="hint">${gettext("or drop photos and videos here")}</span>
      </div>
      <ul class="sent-files" aria-live="polite">
        ${this.files.map((each) => this.#renderFile(each))}
      </ul>
    `;
  }

  #renderFile(sent: Sent): TemplateResult {
    return html`
      <li>
        <span class="sent-name">${sent.file.name}</span>
        ${
          sent.taken || sent.problem
            ? html`<span class="hint">${outcome(sent)}</span>`
            : html`<progress max="1" .value=${sent.share} aria-label=${sent.file.name}></progress>`
        }
      </li>
    `;
  }
}

function outcome({ taken, problem }: Sent): Message {
  if (taken?.outcome === "added") return gettext("Added");
  if (taken?.outcome === "known") return gettext("Kith has this one already");
  return taken?.reason || problem || "";
}
