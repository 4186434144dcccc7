// The questions that are still to be asked, and what has been answered, the latest last.

import { api } from "./api";
import type { Question } from "./types";

const AT_ONCE = 20;
/** With fewer waiting, more are fetched. */
const FEW = 8;

/** Something the user answered; `event` undoes it, once the server has taken it. */
export interface Given {
  question: Question;
  event: number | null;
}

export class QuestionQueue {
  waiting: Question[] = [];
  given: Given[] = [];
  loaded = false;
  /** How many are left to ask, as far as is known. */
  left: number;
  // Answered here, though the server may not know yet.
  #answered = new Set<number>();

  constructor(left: number) {
    this.left = left;
  }

  get asked(): Question | undefined {
    return this.waiting[0];
  }

  /** Take the asked question off as answered; the next one is asked. */
  take(): Given | undefined {
    const question = this.waiting.shift();
    if (!question) return undefined;
    this.#answered.add(question.id);
    this.left = Math.max(this.left - 1, 0);
    const given = { question, event: null };
    this.given.push(given);
    return given;
  }

  /** Let go of questions about people who have become one: they are others by now. */
  settle({ one, other }: Question): void {
    const gone = [one.id, other.id];
    this.waiting = this.waiting.filter(
      (each) => !gone.includes(each.one.id) && !gone.includes(each.other.id),
    );
  }

  /** Ask a question again, before all others, unless that was done already. */
  giveBack(given: Given): void {
    const { question } = given;
    if (!this.given.includes(given)) return;
    this.given = this.given.filter((each) => each !== given);
    this.#answered.delete(question.id);
    this.waiting = [question, ...this.waiting.filter(({ id }) => id !== question.id)];
    this.left += 1;
  }

  /** Forget a question that there is no more. */
  drop(given: Given): void {
    this.given = this.given.filter((each) => each !== given);
  }

  /** Fetch questions, if few are waiting; the one that is asked stays. */
  async fill(anew = false): Promise<void> {
    if (!anew && this.loaded && (this.waiting.length >= FEW || this.left <= this.waiting.length))
      return;
    let page = await api.questions(AT_ONCE);
    // A page may be of people only who have changed since.
    while (!page.results.length && page.next) page = await api.next<Question>(page.next);
    const { next, results } = page;
    const asked = this.asked;
    const fresh = results.filter(({ id }) => id !== asked?.id && !this.#answered.has(id));
    this.waiting = asked ? [asked, ...fresh] : fresh;
    if (next === null) this.left = this.waiting.length;
    else this.left = Math.max(this.left, this.waiting.length);
    this.loaded = true;
  }
}
