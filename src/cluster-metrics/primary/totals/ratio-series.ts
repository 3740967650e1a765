/**
 * Series of ratio gauges: hits over trials of all processes in a rolling window.
 * Must not know: what is tried, nor the other series of the metric.
 */
import { formatNumber } from '../printing/exposition.js';
import { type Contributor, Series } from './family.js';
import type { Reading } from './reading.js';

const defaultWindowSeconds = 300;

export class RatioSeries extends Series {
  /** One for what stays, or one for each live source. */
  readonly #windows = new Map<Contributor | undefined, RollingRatio>();
  #printed: number | undefined;

  add(source: Contributor, hits: number, trials: number, nowMs: number): void {
    const { retention, windowSeconds = defaultWindowSeconds } = this.family.definition;
    const owner = retention === 'live' ? source : undefined;
    const window = this.#windows.get(owner) ?? new RollingRatio(windowSeconds, nowMs);
    this.#windows.set(owner, window);
    window.add(hits, trials, nowMs);
  }

  /** To be called before it is printed: its value changes by the mere passing of time, too. */
  tick(nowMs: number): void {
    const value = this.read(nowMs)?.value;
    if (value === this.#printed) return;
    this.#printed = value;
    this.changed();
  }

  override read(nowMs: number): Reading | undefined {
    let hits = 0;
    let trials = 0;
    for (const [source, window] of this.#windows) {
      if (source?.stale === true) continue;
      const totals = window.totals(nowMs);
      hits += totals.hits;
      trials += totals.trials;
    }
    if (trials === 0) return undefined;
    return { labels: this.labels, value: ((this.family.definition.scale ?? 1) * hits) / trials, trials };
  }

  override leave(source: Contributor, id: number, isGone: boolean): boolean {
    if (!isGone) return super.leave(source, id, isGone);
    return !this.#windows.delete(source) || this.#windows.size > 0;
  }

  print(): string {
    if (this.#printed === undefined) return '';
    return `${this.family.name}${this.printedLabels} ${formatNumber(this.#printed)}\n`;
  }
}

/** So many time slices are in a window; the error is one of them (two seconds of five minutes). */
const slices = 150;

/**
 * Hits over trials in the last `windowSeconds`, in constant memory: a ring of time slices, the oldest of which is
 * emptied as the clock moves on.
 *
 * Times are milliseconds of a monotonic clock (`performance.now()`): a jump of the wall clock must not empty a window.
 */
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
    const at = this.#slice % slices;
    this.#hits[at] = (this.#hits[at] ?? 0) + hits;
    this.#trials[at] = (this.#trials[at] ?? 0) + trials;
    this.#totalHits += hits;
    this.#totalTrials += trials;
  }

  totals(nowMs: number): { readonly hits: number; readonly trials: number } {
    this.#advance(nowMs);
    return { hits: this.#totalHits, trials: this.#totalTrials };
  }

  #advance(nowMs: number): void {
    const now = Math.floor(nowMs / this.#sliceMs);
    this.#slice = Math.max(this.#slice, now - slices);
    while (this.#slice < now) {
      const at = ++this.#slice % slices;
      this.#totalHits -= this.#hits[at] ?? 0;
      this.#totalTrials -= this.#trials[at] ?? 0;
      this.#hits[at] = 0;
      this.#trials[at] = 0;
    }
  }
}
