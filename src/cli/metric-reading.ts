import type { Labels, Metric, Sample } from './exposition-parser.js';
import { type Unit, unitOf } from './quantities.js';

/** Reads metrics for people: a histogram's dozens of lines become a count, a mean and quantiles. */

export interface ValueSeries {
  readonly kind: 'value';
  readonly labels: Labels;
  readonly value: number;
  /** A counter's increase per second, a gauge's change, over the interval; null: there was no earlier scrape. */
  readonly rate: number | null;
}

export interface HistogramSeries {
  readonly kind: 'histogram';
  readonly labels: Labels;
  readonly count: number;
  /** Null, as the quantiles: nothing was observed. */
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Observations per second over the interval; null: there was no earlier scrape. */
  readonly rate: number | null;
}

export interface MetricReading {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: Unit;
  readonly series: readonly (ValueSeries | HistogramSeries)[];
}

/** An earlier scrape. */
export interface Earlier {
  readonly metrics: readonly Metric[];
  readonly secondsAgo: number;
}

/**
 * @param earlier if given, rates are over the time since then, and so are a histogram's count, mean and quantiles
 */
export function readMetrics(metrics: readonly Metric[], earlier?: Earlier): MetricReading[] {
  const before = new Map(earlier?.metrics.flatMap(({ samples }) => samples.map((s) => [keyOf(s), s.value] as const)));
  const secondsAgo = earlier?.secondsAgo;
  return metrics.map(({ name, type, help, samples }) => {
    const cumulative = type === 'counter' || type === 'histogram';
    const change = (sample: Sample): number => {
      const was = before.get(keyOf(sample)) ?? (cumulative ? 0 : sample.value);
      // A counter that went back was reset by a restart.
      return cumulative && sample.value < was ? sample.value : sample.value - was;
    };
    const series =
      type === 'histogram'
        ? readHistograms(name, samples, secondsAgo, change)
        : samples.map((sample): ValueSeries => {
            const rate = secondsAgo === undefined ? null : change(sample) / (cumulative ? secondsAgo : 1);
            return { kind: 'value', labels: sample.labels, value: sample.value, rate };
          });
    return { name, type, help, unit: unitOf(name), series };
  });
}

function keyOf({ name, labels }: Sample): string {
  return `${name}${labelKey(labels)}`;
}

function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Buckets {
  readonly labels: Labels;
  /** Upper bound and how many observations are not above it. */
  readonly bounds: [bound: number, count: number][];
  sum: number;
  count: number;
}

function readHistograms(
  name: string,
  samples: readonly Sample[],
  secondsAgo: number | undefined,
  change: (sample: Sample) => number,
): HistogramSeries[] {
  const found = new Map<string, Buckets>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = labelKey(labels);
    let buckets = found.get(key);
    if (buckets === undefined) {
      buckets = { labels, bounds: [], sum: 0, count: 0 };
      found.set(key, buckets);
    }
    const value = secondsAgo === undefined ? sample.value : change(sample);
    if (sample.name === `${name}_sum`) buckets.sum = value;
    else if (sample.name === `${name}_count`) buckets.count = value;
    else if (le !== undefined) buckets.bounds.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
  }
  return [...found.values()].map(({ labels, bounds, sum, count }) => ({
    kind: 'histogram',
    labels,
    count,
    mean: count > 0 ? sum / count : null,
    p50: quantile(0.5, bounds),
    p95: quantile(0.95, bounds),
    p99: quantile(0.99, bounds),
    rate: secondsAgo === undefined ? null : count / secondsAgo,
  }));
}

/** As PromQL's histogram_quantile: linear within a bucket; beyond the last bound, that bound. Null: nothing observed. */
export function quantile(q: number, unsorted: readonly (readonly [bound: number, count: number])[]): number | null {
  const bounds = [...unsorted].sort(([a], [b]) => a - b);
  const total = bounds.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const rank = q * total;
  let [below, belowCount] = [0, 0];
  for (const [bound, count] of bounds) {
    if (count >= rank) {
      if (!Number.isFinite(bound)) return below;
      return below + ((bound - below) * (rank - belowCount)) / Math.max(count - belowCount, Number.EPSILON);
    }
    [below, belowCount] = [bound, count];
  }
  return below;
}
