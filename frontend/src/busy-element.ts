// Base of elements whose buttons ask something of the server: one thing at a time, and what fails
// is said.

import { state } from "lit/decorators.js";

import { toast } from "./events";
import { KithElement } from "./kith-element";
import { messageOf, notSaved } from "./message";

export class BusyElement extends KithElement {
  /** Whether an answer is still to come. Where focus shall stay, say so by aria-disabled. */
  @state() protected busy = false;

  /** Do something, and say what failed. */
  protected work(action: () => Promise<unknown>): Promise<void> {
    return this.#run(action, (error) => toast(messageOf(error), "bad"));
  }

  /** Save something; where only the server was missing, offer to do it `again`. */
  protected save(
    action: () => Promise<unknown>,
    again: () => unknown = () => this.save(action),
  ): Promise<void> {
    return this.#run(action, (error) => notSaved(error, again));
  }

  async #run(action: () => Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await action();
    } catch (error) {
      failed(error);
    } finally {
      this.busy = false;
    }
  }
}
