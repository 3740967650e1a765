/**
 * The states that changed since the last report, oldest change first.
 *
 * Must not know: what is in a state.
 */

interface Waiting {
  dirty: boolean;
}

export class Outbox<S extends Waiting = Waiting> {
  /** Called when there is something to report and there was nothing before. */
  onFirst: (() => void) | undefined;
  #waiting: S[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(state: S): void {
    state.dirty = true;
    if (this.#waiting.push(state) === 1) this.onFirst?.();
  }

  /** @param limit how many at most; the rest waits for the next call */
  take(limit: number): readonly S[] {
    const all = this.#waiting;
    const taken = all.length <= limit ? all : all.slice(0, limit);
    this.#waiting = all.length <= limit ? [] : all.slice(limit);
    for (const state of taken) state.dirty = false;
    return taken;
  }
}
