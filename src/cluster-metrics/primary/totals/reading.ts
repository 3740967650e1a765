/**
 * Figures of single metrics out of the totals, for pages that show some.
 * Must not know: where they come from, nor how anything is printed.
 */
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
