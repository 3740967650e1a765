/**
 * Calls of `commit()` that wait for their changes to be with the kernel.
 *
 * Must not know: what the changes are, nor how they are sent.
 */

interface Waiting {
  /** Changes up to here must have been handed over; undefined: no frame has been made since the call. */
  position: number | undefined;
  readonly settle: (handedOver: boolean) => void;
}

export class Commits {
  /** In the order of their positions. */
  readonly #waiting = new Set<Waiting>();

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** @returns whether it was handed over, and within the time */
  add(withinMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const waiting: Waiting = {
        position: undefined,
        settle(handedOver) {
          clearTimeout(timer);
          resolve(handedOver);
        },
      };
      this.#waiting.add(waiting);
      if (withinMs === undefined) return;
      timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        resolve(false);
      }, withinMs);
    });
  }

  /** All changes before the calls so far are in front of this position. */
  place(position: number): void {
    for (const waiting of this.#waiting) waiting.position ??= position;
  }

  /** Everything up to the position is with the kernel, or lost. */
  settle(position: number, handedOver: boolean): void {
    for (const waiting of this.#waiting) {
      if (waiting.position === undefined || waiting.position > position) return;
      this.#waiting.delete(waiting);
      waiting.settle(handedOver);
    }
  }

  /** Nothing is sent any more, or not for now. */
  abandon(): void {
    for (const waiting of this.#waiting) waiting.settle(false);
    this.#waiting.clear();
  }
}
