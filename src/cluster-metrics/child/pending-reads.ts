/**
 * Reads of metrics that must end before a report holds everything.
 *
 * Must not know: what is read.
 */
export class PendingReads {
  readonly #pending = new Set<Promise<void>>();

  /** @param failed told of each read that rejects */
  constructor(readonly failed: (error: unknown) => void) {}

  add(read: Promise<void>): void {
    const pending = read.catch(this.failed).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** Undefined when nothing is being read. */
  get ended(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }
}
