// One poller of the active jobs for the whole page, however many elements show them.

import { api, ApiError } from "./api";
import { hear, tell } from "./events";
import type { Job } from "./types";

const BUSY_MS = 1_000;
const IDLE_MS = 10_000;
const BROKEN_MS = 5_000;

class JobWatch {
  #active = new Map<number, Job>();
  #timer = 0;
  #watching = false;
  #looking = false;

  get active(): Job[] {
    return [...this.#active.values()];
  }

  /** Begin to poll; further calls do nothing. */
  start(): void {
    if (this.#watching) return;
    this.#watching = true;
    const forever = new AbortController().signal;
    hear("job-started", (job) => this.#expect(job), forever);
    document.addEventListener("visibilitychange", () => this.#schedule(0));
    this.#schedule(0);
  }

  #expect(job: Job): void {
    this.#active.set(job.id, job);
    tell("job-seen", job);
    this.#schedule(BUSY_MS / 2);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = window.setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    let delay = BROKEN_MS;
    try {
      await this.#compare();
      delay = this.active.some((job) => job.state !== "paused") ? BUSY_MS : IDLE_MS;
    } catch {
      // The next look tells; an outage needs no toast a second.
    } finally {
      this.#looking = false;
    }
    this.#schedule(delay);
  }

  async #compare(): Promise<void> {
    const before = this.active;
    const { results } = await api.activeJobs();
    const now = new Set(results.map((job) => job.id));
    const ended = before.filter((job) => !now.has(job.id));
    // Where one does not answer, the next look asks again; the others need not wait for it.
    await Promise.allSettled(ended.map((job) => this.#end(job)));
    for (const job of results) {
      this.#active.set(job.id, job);
      tell("job-seen", job);
    }
  }

  async #end(job: Job): Promise<void> {
    const ended = await api.job(job.id).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      // A job that was deleted will not be done.
      return { ...job, state: "cancelled" as const };
    });
    this.#active.delete(job.id);
    tell("job-ended", ended);
  }
}

export const jobWatch = new JobWatch();
