/**
 * Figures of single metrics out of the totals, for pages that show some.
 * Must not know: how anything is printed.
 */
import { CounterSeries, HistogramSeries } from './counted-series.js';
import type { Family } from './family.js';
import { GaugeSeries } from './gauge-series.js';
import { RatioSeries } from './ratio-series.js';

/** One series of a counter or gauge, as it is in the totals now. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a ratio alone: how many trials its window holds. */
  readonly trials?: number;
}

/** One series of a histogram, as it is in the totals now. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** Upper bounds, ascending; `+Inf` is implied. */
  readonly bounds: readonly number[];
  /** Observations in each of those buckets alone; what lies above the last bound is in `count` only. */
  readonly buckets: readonly number[];
}

/** What a scrape would leave out, such as a ratio without a trial in its window, is left out here too. */
export function readValues(family: Family | undefined, nowMs: number): Reading[] {
  const readings: Reading[] = [];
  for (const series of family?.shown.values() ?? []) {
    const { labels } = series;
    if (series instanceof RatioSeries) {
      const { value, trials } = series.read(nowMs);
      if (value !== undefined) readings.push({ labels, value, trials });
    } else if (series instanceof CounterSeries || series instanceof GaugeSeries) {
      const { value } = series;
      if (value !== undefined) readings.push({ labels, value });
    }
  }
  return readings;
}

export function readDistributions(family: Family | undefined): Distribution[] {
  const distributions: Distribution[] = [];
  for (const series of family?.shown.values() ?? []) {
    if (!(series instanceof HistogramSeries)) continue;
    const { labels, count, sum, buckets } = series;
    distributions.push({ labels, count, sum, bounds: series.family.buckets, buckets: [...buckets] });
  }
  return distributions;
}

/**
 * The q-quantile, by linear interpolation in the bucket that holds it, just as PromQL's `histogram_quantile` has it:
 * the lowest bucket begins at 0, and what lies above the highest finite bound is said to be at it.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 *
 * @param q from 0 to 1
 * @returns undefined without an observation
 */
export function quantile(
  q: number,
  { count, bounds, buckets }: Omit<Distribution, 'labels' | 'sum'>,
): number | undefined {
  if (count === 0) return undefined;
  const rank = q * count;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const inside = buckets[i] ?? 0;
    if (below + inside >= rank) {
      const start = i === 0 ? 0 : (bounds[i - 1] ?? 0);
      if (inside === 0) return start; // only for q = 0
      if (i === 0 && bound <= 0) return bound; // there is no beginning to interpolate from
      return start + (bound - start) * ((rank - below) / inside);
    }
    below += inside;
  }
  return bounds.at(-1);
}
