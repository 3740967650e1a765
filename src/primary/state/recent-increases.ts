import type { Reading } from '../../cluster-metrics/index.js';

/** Increases of counters over a sliding span, from samples of their totals; like `increase()` in PromQL. */
export interface RecentIncreases {
  /** Takes a sample if one is due. @param read called then: the current totals. @returns whether it was due */
  sample(read: () => readonly Reading[], nowMs: number): boolean;
  /** Label sets that increased within the span, each with its increase; exact to one step. */
  increases(nowMs: number): readonly Reading[];
}

export interface RecentIncreasesOptions {
  readonly spanMs: number;
  /** Between samples. */
  readonly stepMs: number;
}

/** @remarks Times are those of a monotonic clock. A sample keeps only the increases, so memory grows with what changes. */
export function createRecentIncreases({ spanMs, stepMs }: RecentIncreasesOptions): RecentIncreases {
  /** Last totals, also of label sets that are no longer reported: the totals of a tenant that returns continue. */
  const last = new Map<string, number>();
  let samples: { readonly atMs: number; readonly grown: readonly { readonly key: string; readonly by: Reading }[] }[] =
    [];
  let sampledMs = Number.NEGATIVE_INFINITY;

  const grownIn = (readings: readonly Reading[]) =>
    readings.flatMap(({ labels, value }) => {
      const key = JSON.stringify(labels);
      const before = last.get(key);
      if (before === value) return [];
      last.set(key, value);
      // A counter below its last total was reset.
      const by = before === undefined || value < before ? value : value - before;
      return by > 0 ? [{ key, by: { labels, value: by } }] : [];
    });

  return {
    sample(read, nowMs) {
      if (nowMs - sampledMs < stepMs) return false;
      sampledMs = nowMs;
      const grown = grownIn(read());
      samples = samples.filter(({ atMs }) => nowMs - atMs < spanMs);
      if (grown.length > 0) samples.push({ atMs: nowMs, grown });
      return true;
    },
    increases(nowMs) {
      const sums = new Map<string, Reading>();
      for (const { atMs, grown } of samples) {
        if (nowMs - atMs >= spanMs) continue;
        for (const { key, by } of grown) {
          sums.set(key, { labels: by.labels, value: by.value + (sums.get(key)?.value ?? 0) });
        }
      }
      return [...sums.values()];
    },
  };
}

export function sumOf(readings: readonly Reading[]): number {
  return readings.reduce((sum, { value }) => sum + value, 0);
}
