/**
 * Hits over trials in a rolling window.
 *
 * Must not know: what is tried.
 */
/**
 * Hits over trials in the last `windowSeconds`, in constant memory: a ring of time slices, the oldest of which is
 * emptied as the clock moves on. A slice is 1/150 of the window (two seconds of five minutes), and so is the error.
 *
 * Times are milliseconds of a monotonic clock (`performance.now()`): a jump of the wall clock must not empty a window.
 */
const slices = 150;

export class RollingRatio {
  readonly #sliceMs: number;
  readonly #hits = new Uint32Array(slices);
  readonly #trials = new Uint32Array(slices);
  #slice: number;
  #totalHits = 0;
  #totalTrials = 0;

  constructor(windowSeconds: number, nowMs: number) {
    this.#sliceMs = (windowSeconds * 1000) / slices;
    this.#slice = Math.floor(nowMs / this.#sliceMs);
  }

  add(hits: number, trials: number, nowMs: number): void {
    this.#advance(nowMs);
    const index = this.#slice % slices;
    this.#hits[index] = (this.#hits[index] ?? 0) + hits;
    this.#trials[index] = (this.#trials[index] ?? 0) + trials;
    this.#totalHits += hits;
    this.#totalTrials += trials;
  }

  totals(nowMs: number): { readonly hits: number; readonly trials: number } {
    this.#advance(nowMs);
    return { hits: this.#totalHits, trials: this.#totalTrials };
  }

  #advance(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    const passed = Math.min(slice - this.#slice, slices);
    for (let step = 1; step <= passed; step++) {
      const index = (this.#slice + step) % slices;
      this.#totalHits -= this.#hits[index] ?? 0;
      this.#totalTrials -= this.#trials[index] ?? 0;
      this.#hits[index] = 0;
      this.#trials[index] = 0;
    }
    if (slice > this.#slice) this.#slice = slice;
  }
}
