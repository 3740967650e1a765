/**
 * Lets changes of the totals through, and holds them back while an answer is printed, so that it shows one instant.
 * Must not know: what a change does.
 */
import { Pace } from '../../wire/pace.js';

export class Gate {
  readonly #failed: (error: unknown) => void;
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;
  /** Resolves when the changes that waited have been made. */
  emptied = Promise.resolve();

  /** @param failed told of a change that throws after it had to wait */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Makes a change: at once, or after those that wait. */
  pass(change: () => void): void {
    if (!this.#isClosed && this.#waiting.length === 0) {
      change();
      return;
    }
    this.#waiting.push(change);
    // One for each that comes: no more wait than had come while the gate was closed.
    if (!this.#isClosed) this.#makeNext();
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Changes that waited are made in slices, in their order. */
  open(): void {
    this.#isClosed = false;
    this.emptied = this.#empty();
  }

  async #empty(): Promise<void> {
    const pace = new Pace();
    while (!this.#isClosed && this.#waiting.length > 0) {
      this.#makeNext();
      if (pace.isDue) await pace.turn();
    }
  }

  #makeNext(): void {
    try {
      this.#waiting.shift()?.();
    } catch (error) {
      this.#failed(error);
    }
  }
}
