/**
 * The arrays in which a histogram's label sets count, and those that are used again from one report to the next.
 *
 * Must not know: what is observed.
 */

/** Places: the sum, the count, then the finite buckets, each for itself. */
export const sumAt = 0;
export const countAt = 1;
export const bucketsAt = 2;

/** Observations since the last report whose buckets are noted one by one; with more of them, each bucket is counted. */
export const mostNotes = 8;

/** Arrays of zeros for the observations of one turn; only as many exist as label sets of a metric change in one. */
export class SpareArrays {
  readonly #template: readonly number[];
  readonly #spare: number[][] = [];
  readonly #spareNotes: Uint16Array[] = [];

  constructor(buckets: number) {
    // One fraction makes the engine keep the array as doubles from the start: no copy is converted later.
    const template = Array.from({ length: bucketsAt + buckets }, () => 0.5);
    template.fill(0);
    this.#template = template;
  }

  create(): number[] {
    return this.#template.slice();
  }

  take(): number[] {
    return this.#spare.pop() ?? this.create();
  }

  giveBack(array: number[]): void {
    array.fill(0);
    this.#spare.push(array);
  }

  takeNotes(): Uint16Array {
    return this.#spareNotes.pop() ?? new Uint16Array(mostNotes);
  }

  giveNotesBack(notes: Uint16Array): void {
    this.#spareNotes.push(notes);
  }
}
