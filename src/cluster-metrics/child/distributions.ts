/**
 * Histograms and summaries as the clients' `get()` gives them, line by line: read into arrays, and printed from them.
 *
 * Must not know: where they are kept.
 */
import type { ClientExemplar, ClientValue, Labels } from './client.js';
import type { HistogramState } from './series-state.js';
import { bucketsAt, countAt, sumAt } from './spare-arrays.js';

export interface FoundDistribution {
  readonly labels: Labels;
  /** As in HistogramState. */
  readonly total: number[];
  readonly exemplars: ReadonlyMap<number, ClientExemplar>;
}

/** Reads the lines of each label set: its buckets one after the other, `_sum`, and `_count` as the last. */
export function findDistributions(values: readonly ClientValue[], buckets: number): FoundDistribution[] {
  const found: FoundDistribution[] = [];
  let cumulative: number[] = [];
  let exemplars = new Map<number, ClientExemplar>();
  let sum = 0;
  for (const { value, labels, metricName = '', exemplar } of values) {
    if (metricName.endsWith('_bucket')) {
      if (exemplar) exemplars.set(cumulative.length, exemplar);
      cumulative.push(value);
    } else if (metricName.endsWith('_sum')) sum = value;
    else if (metricName.endsWith('_count')) {
      const total = [sum, value];
      for (let i = 0; i < buckets; i++) total.push((cumulative[i] ?? 0) - (cumulative[i - 1] ?? 0));
      found.push({ labels, total, exemplars });
      cumulative = [];
      exemplars = new Map();
    }
  }
  return found;
}

export function printDistribution(
  name: string,
  bounds: readonly number[],
  { labels, total, exemplars }: HistogramState,
  out: ClientValue[],
): void {
  let cumulative = 0;
  const bucket = (le: number | string, value: number, at: number): void => {
    out.push({ value, metricName: `${name}_bucket`, exemplar: exemplars?.[at] ?? null, labels: { le, ...labels } });
  };
  for (const [i, bound] of bounds.entries()) {
    cumulative += total[bucketsAt + i] ?? 0;
    bucket(bound, cumulative, i);
  }
  bucket('+Inf', total[countAt] ?? 0, bounds.length);
  out.push({ value: total[sumAt] ?? 0, metricName: `${name}_sum`, exemplar: undefined, labels: { ...labels } });
  out.push({ value: total[countAt] ?? 0, metricName: `${name}_count`, exemplar: undefined, labels: { ...labels } });
}
