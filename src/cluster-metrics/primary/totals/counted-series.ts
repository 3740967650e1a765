/**
 * Series of counters, histograms and summaries: running sums, which stay when their processes are gone.
 * Must not know: who reports them, nor the other series of their metric.
 */
import { type Exemplar, type Format, formatExemplar, formatNumber, type Labels } from '../printing/exposition.js';
import { type Family, Series } from './family.js';
import type { Distribution, Reading } from './reading.js';

/** The part of a line before its value, in one piece of memory: it is copied at each printing. */
function head(...parts: readonly string[]): string {
  return parts.join('');
}

export class CounterSeries extends Series {
  #value = 0;
  #exemplar: Exemplar | undefined;
  readonly #head = head(this.family.name, this.printedLabels, ' ');

  override read(): Reading {
    return { labels: this.labels, value: this.#value };
  }

  add(increment: number): void {
    this.#value += increment;
    this.changed();
  }

  setExemplar(exemplar: Exemplar): void {
    this.#exemplar = exemplar;
    this.changed();
  }

  print(format: Format): string {
    const { name, samples, isUnknown } = this.family;
    const sample = samples[format];
    const first = sample === name ? this.#head : head(sample, this.printedLabels, ' ');
    const line = `${first}${formatNumber(this.#value)}`;
    if (format === 'text' || isUnknown) return `${line}\n`;
    return `${line}${formatExemplar(this.#exemplar)}\n${this.createdLine()}`;
  }
}

/** Also a summary, as a histogram without buckets: quantiles of several processes cannot be merged. */
export class HistogramSeries extends Series {
  /** Observations in each finite bucket alone; what lies above the last is in the count only. */
  readonly buckets: number[];
  #sum = 0;
  #count = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;
  /** OpenMetrics: its sum is no counter then, and must not be there (and the count goes with it). */
  #isNegative: boolean;
  readonly #firstHead: string;
  /** Of the further buckets; with the end of the line before it, as all but the first. */
  readonly #bucketHead: string;
  readonly #sumHead: string;
  readonly #countHead: string;

  constructor(family: Family, labels: Labels, printedLabels: string) {
    super(family, labels, printedLabels);
    this.buckets = family.zeros.slice();
    this.#isNegative = (family.buckets[0] ?? 0) < 0;
    const { name, type } = family;
    const own = printedLabels === '' ? '' : `${printedLabels.slice(1, -1)},`;
    this.#bucketHead = head('\n', name, '_bucket{', own, 'le="');
    this.#firstHead = this.#bucketHead.slice(1);
    this.#sumHead = head(type === 'summary' ? '' : '\n', name, '_sum', printedLabels, ' ');
    this.#countHead = head('\n', name, '_count', printedLabels, ' ');
  }

  distribution(): Distribution {
    const { labels, family, buckets } = this;
    return { labels, count: this.#count, sum: this.#sum, bounds: family.buckets, buckets: [...buckets] };
  }

  add(sum: number, count: number): void {
    this.#sum += sum;
    this.#count += count;
    if (sum < 0) this.#isNegative = true;
    this.changed();
  }

  addToBucket(index: number, increment: number): void {
    if (!Number.isFinite(increment) || increment < 0 || index < 0 || index >= this.buckets.length) return;
    this.buckets[index] = (this.buckets[index] ?? 0) + increment;
  }

  setExemplar(bucket: number, exemplar: Exemplar): void {
    this.#exemplars ??= [];
    this.#exemplars[bucket] = exemplar;
    this.changed();
  }

  print(format: Format): string {
    const { type, bounds } = this.family;
    const exemplars = format === 'text' ? undefined : this.#exemplars;
    let text = '';
    let cumulative = 0;
    for (let i = 0; i < bounds.length; i++) {
      cumulative = i < this.buckets.length ? cumulative + (this.buckets[i] ?? 0) : this.#count;
      text += i === 0 ? this.#firstHead : this.#bucketHead;
      text += bounds[i] ?? '';
      text += cumulative;
      if (exemplars !== undefined) text += formatExemplar(exemplars[i]);
    }
    if (format === 'text' || type === 'summary' || !this.#isNegative) {
      text += `${this.#sumHead}${formatNumber(this.#sum)}${this.#countHead}${this.#count}`;
    }
    return format === 'text' ? `${text}\n` : `${text}\n${this.createdLine()}`;
  }
}
