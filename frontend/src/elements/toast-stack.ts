// <toast-stack>: what just happened, said once and read out to screen readers; and undoing it.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { settled } from "../api";
import { hear, tell, type KithEvents, type ToastKind } from "../events";
import { undo } from "../face-actions";
import { icons } from "../icons";
import { isTyping } from "../keys";
import { KithElement } from "../kith-element";
import { notSaved, type Message } from "../message";
import { gettext } from "../text";

interface Toast {
  id: number;
  text: Message;
  kind: ToastKind;
  event: number | null;
  /** The button beside Undo, and all that it does. */
  action: string;
  runs: (() => unknown)[];
}

const MOST = 3;
const GOOD_MS = 6_000;
const BAD_MS = 15_000;

@customElement("toast-stack")
export class ToastStack extends KithElement {
  @state() private toasts: Toast[] = [];
  #last = 0;
  // What was done on this page and can be undone, the latest last.
  #done: number[] = [];
  #undoing: Promise<void> = Promise.resolve();
  #timers = new Map<number, number>();

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "status";
    const signal = this.gone;
    hear("toast", (said) => this.#show(said), signal);
    hear("faces-undone", (event) => this.#forget(event), signal);
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const arrival of ["pointerenter", "focusin"]) {
      this.addEventListener(arrival, () => this.#hold(), { signal });
    }
    for (const departure of ["pointerleave", "focusout"]) {
      this.addEventListener(departure, () => this.#release(), { signal });
    }
  }

  #show(said: KithEvents["toast"]): void {
    const { text, kind, event, action } = said;
    if (event !== null) this.#done.push(event);
    const same = this.toasts.find((each) => each.text === text);
    const runs = action ? [...(same?.runs ?? []), action.run] : [];
    const id = ++this.#last;
    const fresh: Toast = { id, text, kind, event, action: action?.text ?? "", runs };
    const others = this.toasts.filter((each) => each !== same);
    const room = others.filter((each) => !each.runs.length).slice(1 - MOST);
    this.#become([...others.filter((each) => each.runs.length || room.includes(each)), fresh]);
  }

  #drop(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#become(this.toasts.filter((each) => each.id !== id));
  }

  /** Show these; where the focus was on one that goes, it returns to the page's work. */
  #become(toasts: Toast[]): void {
    const focused = this.contains(document.activeElement);
    this.toasts = toasts;
    void this.updateComplete.then(() => {
      if (focused && !this.contains(document.activeElement)) focusOnWork();
      if (!this.#held) this.#release();
    });
  }

  // Time: none runs out under the mouse, or while the focus is here.

  get #held(): boolean {
    return this.matches(":hover, :focus-within");
  }

  #hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #release(): void {
    // The focus may only be on its way from one button to the next.
    setTimeout(() => {
      if (!this.#held) for (const each of this.toasts) this.#expire(each);
    });
  }

  #expire({ id, kind, runs }: Toast): void {
    if (runs.length || this.#timers.has(id)) return;
    const timer = window.setTimeout(() => this.#drop(id), kind === "bad" ? BAD_MS : GOOD_MS);
    this.#timers.set(id, timer);
  }

  // Undoing

  #key(event: KeyboardEvent): void {
    if (event.repeat || event.altKey || event.shiftKey || isTyping(event)) return;
    const control = event.ctrlKey || event.metaKey;
    if (control ? event.key !== "z" : event.key !== "u") return;
    event.preventDefault();
    this.#oneByOne(async () => {
      // What was just asked for is what is meant, though its answer is still on the way.
      await settled();
      const latest = this.#done.at(-1);
      if (latest !== undefined) await this.#undo(latest);
    });
  }

  /** Do it after those before: each stands on what the one before has put back. */
  #oneByOne(work: () => Promise<void>): void {
    this.#undoing = this.#undoing.then(work);
  }

  #forget(event: number): void {
    this.#done = this.#done.filter((each) => each !== event);
    this.#become(this.toasts.filter((each) => each.event !== event));
  }

  async #undo(event: number): Promise<void> {
    this.#forget(event);
    try {
      await undo(event);
      tell("faces-undone", event);
    } catch (error) {
      notSaved(error, () => this.#oneByOne(() => this.#undo(event)));
    }
  }

  async #run({ id, runs }: Toast): Promise<void> {
    this.#drop(id);
    for (const run of runs) await run();
  }

  override render(): TemplateResult {
    return html`${repeat(
      this.toasts,
      ({ id }) => id,
      (each) => html`
        <div class="toast ${each.kind}">
          <p>
            ${each.text}
            ${each.runs.length > 1 ? html`<b class="times">× ${each.runs.length}</b>` : nothing}
          </p>
          ${this.#buttons(each)}
          <button
            class="icon-button"
            aria-label=${gettext("Close message")}
            @click=${() => this.#drop(each.id)}
          >
            ${icons.cross}
          </button>
        </div>
      `,
    )}`;
  }

  #buttons(toast: Toast): unknown {
    const { event, action } = toast;
    return [
      event === null
        ? nothing
        : button(gettext("Undo"), () => this.#oneByOne(() => this.#undo(event))),
      action ? button(action, () => void this.#run(toast)) : nothing,
    ];
  }
}

function button(text: string, press: () => void): TemplateResult {
  return html`<button class="button small" @click=${press}>${text}</button>`;
}

/** Put the focus on the card that Tab reaches, else on the page's content. */
function focusOnWork(): void {
  const places = [".photo-view.over", "[tabindex='0']:is(.crop, .person-card .open)", "main"];
  const found = places.map((place) => document.querySelector<HTMLElement>(place));
  found.find((place) => place !== null)?.focus();
}
