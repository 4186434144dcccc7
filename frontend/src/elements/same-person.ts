// <same-person left="30">: asks one question at a time whether two people are one.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { api, ApiError } from "../api";
import { hear, tell, toast } from "../events";
import * as faceActions from "../face-actions";
import { jobWatch } from "../job-watch";
import { isTyping } from "../keys";
import { KithElement } from "../kith-element";
import { messageOf, type Message } from "../message";
import { factsOf, portraits } from "../person-card";
import { QuestionQueue, type Given } from "../question-queue";
import { gettext, ngettext, number, percent } from "../text";
import { TRAINING, type Answer, type Changes, type Job, type PersonShown } from "../types";
import type { LiveSection } from "./live-section";

const KEYS: Record<string, Answer> = {
  s: "same",
  y: "same",
  ArrowRight: "same",
  d: "different",
  n: "different",
  ArrowLeft: "different",
  " ": "unsure",
};
/** The faces of so many questions are fetched before they are asked. */
const PICTURES_AHEAD = 2;

@customElement("same-person")
export class SamePerson extends KithElement {
  /** How many questions there are. */
  @property({ type: Number }) left = 0;
  @state() private problem: Message = "";
  #queue = new QuestionQueue(0);
  // Answers go one after the other, as they were given.
  #sending: Promise<void> = Promise.resolve();
  #unsent = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#queue = new QuestionQueue(this.left);
    const options = { signal: this.gone };
    // Before the page's own keys: here u takes back an answer, whichever it was.
    window.addEventListener("keydown", (event) => this.#key(event), { ...options, capture: true });
    window.addEventListener("beforeunload", (event) => this.#leave(event), options);
    hear("faces-undone", (event) => this.#undone(event), this.gone);
    hear("job-ended", (job) => this.#jobEnded(job), this.gone);
    hear("server-back", () => this.problem && void this.#fill(), this.gone);
    jobWatch.start();
    void this.#fill();
  }

  override updated(): void {
    const { left } = this.#queue;
    const count = document.querySelector<HTMLElement>("header [data-questions]");
    if (count) Object.assign(count, { textContent: number(left), hidden: !left });
    const empty = this.querySelector<LiveSection>("live-section");
    if (empty) empty.hidden = this.#waits || this.#queue.asked !== undefined;
  }

  /** Whether there may be a question once the server has answered. */
  get #waits(): boolean {
    return !this.#queue.loaded || this.#unsent > 0;
  }

  async #fill(anew = false): Promise<void> {
    this.problem = "";
    try {
      await this.#queue.fill(anew);
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.#fetchPictures();
    this.requestUpdate();
  }

  #fetchPictures(): void {
    for (const { one, other } of this.#queue.waiting.slice(1, 1 + PICTURES_AHEAD)) {
      for (const { crop } of [...one.best, ...other.best]) new Image().src = crop;
    }
  }

  #jobEnded({ kind, state: ended }: Job): void {
    if (kind === TRAINING && ended === "done") void this.#fill(true);
  }

  #leave(event: BeforeUnloadEvent): void {
    if (this.#unsent) event.preventDefault();
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    // Space presses the button that has the focus.
    if (event.key === " " && target.closest("button, a, summary")) return;
    const answer = KEYS[event.key];
    const takesBack = event.key === "u" && this.#queue.given.length > 0;
    if (!takesBack && (!answer || !this.#queue.asked)) return;
    event.preventDefault();
    event.stopPropagation();
    if (answer) this.#answer(answer);
    else this.#takeBack();
  }

  // Answers

  #answer(answer: Answer): void {
    const given = this.#queue.take();
    if (!given) return;
    if (answer === "same") this.#queue.settle(given.question);
    this.#fetchPictures();
    this.#send(() => this.#tell(given, answer));
  }

  #click(event: MouseEvent, answer: Answer): void {
    // The second click of a double click is not meant for the next question.
    if (event.detail < 2) this.#answer(answer);
    // After a click, Space is to say "Not sure", not to press this button.
    if (event.detail) (event.currentTarget as HTMLElement).blur();
  }

  async #tell(given: Given, answer: Answer): Promise<void> {
    try {
      const changes = await api.answer(given.question.id, answer);
      given.event = changes.event;
      if (changes.event !== null) toast(said(given, answer, changes), "good", changes.event);
    } catch (error) {
      toast(messageOf(error), "bad");
      // What the server no longer asks would come back for ever.
      const gone = error instanceof ApiError && [400, 404, 409].includes(error.status);
      if (!gone) return this.#queue.giveBack(given);
      this.#queue.drop(given);
    }
    await this.#fill(answer === "same");
  }

  /** Take the latest answer back and ask its question again. */
  #takeBack(): void {
    const given = this.#queue.given.at(-1);
    if (!given) return;
    this.#queue.giveBack(given);
    this.#send(async () => {
      const { event } = given;
      if (event === null) return;
      try {
        await faceActions.undo(event);
        tell("faces-undone", event);
      } catch (error) {
        toast(messageOf(error), "bad");
      }
    });
  }

  /** An answer was taken back, here or by its message. */
  #undone(event: number): void {
    const given = this.#queue.given.find((each) => each.event === event);
    if (given) this.#queue.giveBack(given);
    void this.#fill(true);
  }

  #send(work: () => Promise<void>): void {
    this.#unsent += 1;
    this.requestUpdate();
    this.#sending = this.#sending.then(work).finally(() => {
      this.#unsent -= 1;
      this.requestUpdate();
    });
  }

  // Drawing

  override render(): TemplateResult {
    const question = this.#queue.asked;
    return html`
      ${
        this.problem
          ? html`<p class="problem" role="alert">
              ${this.problem}
              <button class="button small" @click=${() => this.#fill()}>
                ${gettext("Try again")}
              </button>
            </p>`
          : nothing
      }
      ${this.#queue.given.length || question ? this.#progress() : nothing}
      ${question ? this.#question() : nothing}
      ${
        question || this.problem || !this.#waits
          ? nothing
          : html`<p class="sentinel">${gettext("Loading…")}</p>`
      }
    `;
  }

  #progress(): TemplateResult {
    const { left, given } = this.#queue;
    const answered = given.length;
    return html`<p class="asked">
      <span role="status">
        ${gettext("%(answered)s answered, %(left)s left", {
          answered: number(answered),
          left: number(left),
        })}
      </span>
      <progress max=${answered + left || 1} value=${answered} aria-hidden="true"></progress>
      <button class="button small plain" ?disabled=${!answered} @click=${() => this.#takeBack()}>
        ${gettext("Back")} <kbd>U</kbd>
      </button>
    </p>`;
  }

  #question(): TemplateResult | typeof nothing {
    const question = this.#queue.asked;
    if (!question) return nothing;
    const { one, other, probability, settles } = question;
    const names = { one: one.display_name, other: other.display_name };
    return html`
      <p class="visually-hidden" role="status">
        ${gettext("Are %(one)s and %(other)s the same person?", names)}
      </p>
      <div class="pair" data-question=${question.id}>${side(one)} ${side(other)}</div>
      <div class="answers">
        ${this.#button("different", gettext("Different"), "D", "←")}
        ${this.#button("unsure", gettext("Not sure"), gettext("Space"), "")}
        ${this.#button("same", gettext("Same"), "S", "→")}
      </div>
      <p class="hint">
        ${gettext("%(probability)s likely to be the same.", { probability: percent(probability) })}
        ${ngettext(
          "The answer helps with %(count)s face.",
          "The answer helps with %(count)s faces.",
          Math.max(1, Math.round(settles)),
        )}
      </p>
    `;
  }

  #button(answer: Answer, text: string, key: string, arrow: string): TemplateResult {
    const kind = answer === "same" ? "primary" : "";
    return html`<button
      class="button ${kind} ${answer}"
      aria-keyshortcuts=${answer === "unsure" ? "Space" : key}
      @click=${(event: MouseEvent) => this.#click(event, answer)}
    >
      ${text}
      <span class="keys" aria-hidden="true">
        <kbd>${key}</kbd>${arrow ? html` <kbd>${arrow}</kbd>` : nothing}
      </span>
    </button>`;
  }
}

function side(person: PersonShown): TemplateResult {
  const tab = person.name ? "labelled" : "unknown";
  return html`<section class="side" aria-label=${person.display_name}>
    ${portraits(person)}
    <h2><a href="/?tab=${tab}&person=${person.id}">${person.display_name}</a></h2>
    <p class="facts">${factsOf(person)}</p>
  </section>`;
}

function said({ question }: Given, answer: Answer, { person }: Changes): string {
  const { one, other } = question;
  const names = { one: one.display_name, other: other.display_name };
  if (answer === "different") return gettext("%(one)s is not %(other)s.", names);
  return person
    ? gettext("Both are %(name)s.", { name: person.display_name })
    : gettext("%(one)s is %(other)s.", names);
}
