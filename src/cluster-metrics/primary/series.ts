/**
 * The series of the totals: what each kind adds up, and the lines that it prints.
 *
 * Must not know: who reports it, nor the other series of its metric.
 */
import { type Chunk, type Layout, outdated, type Printable, type Token } from './chunk.js';
import type { Contributor } from './contribution.js';
import type { Descriptor } from './descriptor.js';
import {
  braced,
  type Exemplar,
  type Format,
  formatExemplar,
  formatLabels,
  formatNumber,
  type LabelSet,
} from './exposition.js';

/**
 * - `shown`: printed, and counted against the cap on label sets;
 * - `retired`: neither, but its totals are kept, and the next report that it is in shows it again;
 * - `removed`: a process that still reports it starts a new series from zero.
 */
export type SeriesState = 'shown' | 'retired' | 'removed';

/** One label set of one family, with its value over all processes. */
export abstract class Series implements Printable {
  /** `name="value",…`, escaped. */
  readonly labels: string;
  chunk: Chunk | undefined;
  outdated: number = outdated.both;
  /** Live sources that hold this series; when the last of them removes it on purpose, it goes. */
  holders = 0;
  state: SeriesState = 'shown';
  /** Epoch seconds, for OpenMetrics' `_created`: when the primary began to count it. */
  readonly createdAtSeconds = Date.now() / 1000;

  constructor(
    readonly family: Descriptor,
    readonly key: string,
    readonly labelSet: LabelSet,
  ) {
    this.labels = formatLabels(labelSet);
  }

  abstract tokens(format: Format): readonly Token[];
  abstract layout(format: Format): Layout;
  abstract get size(): number;

  /** The source is gone. @returns false when nothing is left to print, ever */
  abstract depart(source: Contributor): boolean;

  changed(): void {
    this.outdated = outdated.both;
    if (this.chunk) this.chunk.outdated = outdated.both;
  }
}

function createdLine(series: Series): string {
  if (!series.family.created) return '';
  return `${series.family.baseName}_created${braced(series.labels)} ${series.createdAtSeconds}\n`;
}

/** The layout of a series that is one line. */
export function oneLine(series: Series, name: string): Layout {
  return { heads: [`${name}${braced(series.labels)} `], tail: '\n' };
}

export class CounterSeries extends Series {
  #value = 0;
  #exemplar: Exemplar | undefined;

  get value(): number {
    return this.#value;
  }

  get size(): number {
    return 1;
  }

  add(increment: number): void {
    this.#value += increment;
    this.changed();
  }

  setExemplar(exemplar: Exemplar): void {
    this.#exemplar = exemplar;
    this.changed();
  }

  /** What it counted stays when its process is gone. */
  depart(): boolean {
    return true;
  }

  tokens(format: Format): readonly Token[] {
    const exemplar = formatExemplar(this.#exemplar, format);
    return [exemplar === '' ? numberToken(this.#value) : `${formatNumber(this.#value)}${exemplar}`];
  }

  layout(format: Format): Layout {
    if (format === 'text' || this.family.openMetricsType !== 'counter') return oneLine(this, this.family.name);
    const line = oneLine(this, `${this.family.baseName}_total`);
    return { ...line, tail: `\n${createdLine(this)}` };
  }
}

/** Also a summary, as a histogram without buckets: quantiles of several processes cannot be merged. */
export class HistogramSeries extends Series {
  /** One more than the finite bounds: the last is what lies above them all. Not cumulative. */
  readonly #buckets: Float64Array;
  #sum = 0;
  #count = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;
  /** OpenMetrics: its sum is no counter then, and must not be there (and the count goes with it). */
  #isNegative: boolean;

  constructor(family: Descriptor, key: string, labelSet: LabelSet) {
    super(family, key, labelSet);
    this.#isNegative = (family.buckets[0] ?? 0) < 0;
    this.#buckets = new Float64Array(family.buckets.length);
  }

  get size(): number {
    return this.family.type === 'summary' ? 2 : this.#buckets.length + 3;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Observations in each finite bucket alone. */
  get buckets(): Float64Array {
    return this.#buckets;
  }

  add(sum: number, count: number): void {
    this.#sum += sum;
    this.#count += count;
    if (sum < 0) this.#isNegative = true;
    this.changed();
  }

  addToBucket(index: number, increment: number): void {
    if (!(increment >= 0) || index < 0 || index >= this.#buckets.length) return;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + increment;
  }

  setExemplar(bucket: number, exemplar: Exemplar): void {
    this.#exemplars ??= [];
    this.#exemplars[bucket] = exemplar;
    this.changed();
  }

  depart(): boolean {
    return true;
  }

  tokens(format: Format): readonly Token[] {
    const tokens: Token[] = [];
    if (this.family.type === 'histogram') {
      const exemplars = format === 'openmetrics' ? this.#exemplars : undefined;
      const finite = this.#buckets.length;
      let cumulative = 0;
      for (let i = 0; i <= finite; i++) {
        cumulative = i < finite ? cumulative + (this.#buckets[i] ?? 0) : this.#count;
        const exemplar = exemplars?.[i];
        tokens.push(exemplar === undefined ? cumulative : `${cumulative}${formatExemplar(exemplar, format)}`);
      }
    }
    if (this.#hasSum(format)) tokens.push(numberToken(this.#sum), this.#count);
    return tokens;
  }

  layout(format: Format): Layout {
    const { family, labels } = this;
    const bucket = `${family.name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
    const bounds = family.type === 'histogram' ? [...family.bucketLabels, '+Inf'] : [];
    const heads = [
      ...bounds.map((bound) => `${bucket}${bound}"} `),
      ...(this.#hasSum(format)
        ? [`${family.name}_sum${braced(labels)} `, `${family.name}_count${braced(labels)} `]
        : []),
    ].map((head, i) => (i === 0 ? head : `\n${head}`));
    return { heads, tail: format === 'openmetrics' ? `\n${createdLine(this)}` : '\n' };
  }

  #hasSum(format: Format): boolean {
    return format === 'text' || this.family.type === 'summary' || !this.#isNegative;
  }
}

/** Finite numbers stay numbers: their digits can be written without making a string. */
export function numberToken(value: number): Token {
  return Number.isFinite(value) ? value : formatNumber(value);
}
