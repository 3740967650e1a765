/**
 * What a class held when it was read, and which of that was reset or removed before the reading could be taken in: a
 * client's `get()` reads at the call, and gives the values some microtasks later.
 *
 * Must not know: what kind of metric it is, nor what is done with the values.
 */
import type { ClientValue, Labels } from './client.js';
import { LabelTree } from './label-tree.js';

export interface SortedValues {
  readonly current: readonly ClientValue[];
  /** Of label sets that were reset since. */
  readonly reset: readonly ClientValue[];
  /** Of label sets that were removed since. */
  readonly removed: readonly ClientValue[];
}

export class ClassReading {
  readonly #removed: LabelTree<true>;
  #isReset = false;
  #isOutdated = false;

  constructor(labelNames: readonly string[], missing: () => '' | undefined) {
    this.#removed = new LabelTree(labelNames, missing);
  }

  reset(): void {
    this.#isReset = true;
    this.#isOutdated = true;
  }

  remove(labels: Labels): void {
    this.#removed.set(labels, true);
    this.#isOutdated = true;
  }

  sort(values: readonly ClientValue[]): SortedValues {
    if (!this.#isOutdated) return { current: values, reset: [], removed: [] };
    const current: ClientValue[] = [];
    const reset: ClientValue[] = [];
    const removed: ClientValue[] = [];
    for (const value of values) {
      if (this.#removed.get(value.labels) === true) removed.push(value);
      else if (this.#isReset) reset.push(value);
      else current.push(value);
    }
    return { current, reset, removed };
  }
}
