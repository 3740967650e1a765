/**
 * Values of one label set as numbers by place: one for a counter or gauge; the sum, the count and the finite buckets, each for
 * itself, for histograms and summaries. Read from the lines that a client's `get()` gives, printed as such lines, and made
 * into observations.
 * Must not know: where they are kept.
 */
import type { MetricType } from '../../wire/protocol.js';
import {
  type ClientExemplar,
  type ClientMethod,
  type ClientMetric,
  type ClientValue,
  type Labels,
  parseReading,
  withoutCollect,
} from './client.js';

export const sumAt = 0;
export const countAt = 1;
export const bucketsAt = 2;

/** One fraction makes the engine keep the array as doubles from the start: it is not converted later. */
export function zeros(buckets: number): number[] {
  return Array.from({ length: bucketsAt + buckets }, () => 0.5).fill(0);
}

/** Whether it is not the same distribution after further observations. The sum may go down. */
export function isBelow(total: readonly number[], before: readonly number[]): boolean {
  return total.some((value, at) => at !== sumAt && value < (before[at] ?? 0));
}

/** Of one metric: some 50 ms. */
export const mostReplayed = 100_000;

/** What a client holds of one label set. */
export interface Held {
  readonly labels: Labels;
  readonly total: readonly number[];
  /** By place of the bucket; a counter has one, at 0. */
  readonly exemplars: ReadonlyMap<number, ClientExemplar> | undefined;
}

/** What a metric's class holds: as of the call, though it is given some microtasks later. */
export async function heldBy(metric: ClientMetric, get: ClientMethod): Promise<Held[]> {
  const reading = parseReading(await get.call(withoutCollect(metric)));
  return heldIn(reading?.values ?? [], metric.type, (metric.buckets ?? []).length);
}

/** Reads the lines of each label set: of a histogram its buckets one after the other, `_sum`, and `_count` as the last. */
export function heldIn(values: readonly ClientValue[], kind: MetricType, buckets: number): Held[] {
  const found: Held[] = [];
  const isPlain = kind === 'counter' || kind === 'gauge';
  let cumulative: number[] = [];
  let exemplars = new Map<number, ClientExemplar>();
  let sum = 0;
  for (const { value, labels, metricName = '', exemplar } of values) {
    if (exemplar) exemplars.set(cumulative.length, exemplar);
    if (metricName.endsWith('_bucket')) cumulative.push(value);
    else if (metricName.endsWith('_sum')) sum = value;
    else if (isPlain || metricName.endsWith('_count')) {
      const finite = Array.from({ length: buckets }, (_, i) => (cumulative[i] ?? 0) - (cumulative[i - 1] ?? 0));
      found.push({ labels, total: isPlain ? [value] : [sum, value, ...finite], exemplars });
      cumulative = [];
      exemplars = new Map();
    }
  }
  return found;
}

export function linesOf(name: string, bounds: readonly number[], { labels, total, exemplars }: Held): ClientValue[] {
  const [sum = 0, count = 0] = total;
  let cumulative = 0;
  const bucket = (le: number | string, value: number, at: number): ClientValue => {
    return { value, metricName: `${name}_bucket`, exemplar: exemplars?.get(at) ?? null, labels: { le, ...labels } };
  };
  const lines = bounds.map((bound, i) => {
    cumulative += total[bucketsAt + i] ?? 0;
    return bucket(bound, cumulative, i);
  });
  return [
    ...lines,
    bucket('+Inf', count, bounds.length),
    { value: sum, metricName: `${name}_sum`, exemplar: undefined, labels: { ...labels } },
    { value: count, metricName: `${name}_count`, exemplar: undefined, labels: { ...labels } },
  ];
}

/**
 * Observations that add up to a distribution: a client's histogram takes values back in no other way. Values lie within
 * their buckets, of which the lowest is open below and the highest above.
 */
export function observationsOf(total: readonly number[], bounds: readonly number[]): number[] {
  const counts = bounds.map((_, i) => total[bucketsAt + i] ?? 0);
  const above = (total[countAt] ?? 0) - counts.reduce((a, b) => a + b, 0);
  const last = bounds.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), bounds[0] ?? 0);
  const buckets = [...bounds, Number.POSITIVE_INFINITY]
    .map((bound, i) => ({ bound, count: counts[i] ?? above }))
    // A bound that is no number has nothing in its bucket.
    .filter(({ bound }) => !Number.isNaN(bound))
    .map(({ bound, count }, i, all) => ({
      // All at the bucket's upper bound, or just above the last one.
      value: bound === Number.POSITIVE_INFINITY ? last + 1 : bound,
      floor: all[i - 1]?.bound ?? Number.NEGATIVE_INFINITY,
      isOpen: bound === Number.POSITIVE_INFINITY,
      count,
    }));
  let rest = (total[sumAt] ?? 0) - buckets.reduce((sum, { value, count }) => sum + value * count, 0);
  const values: number[] = [];
  for (const { value, floor, isOpen, count } of buckets.reverse()) {
    for (let n = 0; n < count; n++) {
      // Not all of the room: the value stays above the floor, which belongs to the bucket below.
      const moved = rest > 0 ? (isOpen ? rest : 0) : Math.max(rest, (floor - value) * 0.999_999);
      const observed = finite(value + moved);
      values.push(observed);
      rest -= observed - value;
    }
  }
  return values.reverse();
}

/** The clients take finite values only, of which a sum may be infinite. */
export function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

/** Half of what a sum has grown by, where that is no finite number: JSON has no other, and a primary adds no other. */
export function halfOf(from: number, to: number): number {
  const half = to / 2 - from / 2;
  return Number.isNaN(half) ? 0 : finite(half);
}
