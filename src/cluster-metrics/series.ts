import { type Contribution, type FoldRule, fold, merge } from './contribution.js';
import type { Retention } from './definition.js';
import {
  braced,
  type Exemplar,
  type Format,
  formatExemplar,
  formatLabels,
  formatNumber,
  type LabelSet,
} from './exposition.js';
import type { Family } from './family.js';
import { RollingRatio } from './rolling-ratio.js';
import type { Source } from './source.js';

/** Which printed forms of a series are out of date. */
export const outdated = { text: 1, openmetrics: 2, both: 3 } as const;

/** Some neighbouring series that are printed, and kept printed, together. */
export class Chunk {
  readonly series: Series[] = [];
  outdated: number = outdated.both;
  /** Series in the sense of Prometheus: lines of the text format. */
  size = 0;
  readonly printed: Record<Format, Buffer | undefined> = { text: undefined, openmetrics: undefined };

  print(format: Format): Buffer {
    const printed = this.printed[format];
    if (printed !== undefined && (this.outdated & outdated[format]) === 0) return printed;
    let text = '';
    this.size = 0;
    for (const series of this.series) {
      text += series.print(format);
      this.size += series.size;
    }
    this.outdated &= ~outdated[format];
    const buffer = Buffer.from(text, 'utf8');
    this.printed[format] = buffer;
    return buffer;
  }
}

/**
 * One label set of one family, with its value over all processes and its printed lines, which are kept until the value
 * changes. A scrape costs what changed since the last one.
 */
export abstract class Series {
  /** `name="value",…`, escaped. */
  readonly labels: string;
  chunk: Chunk | undefined;
  /** Live sources that hold this series; when the last of them removes it on purpose, it goes. */
  holders = 0;
  removed = false;
  /** Epoch seconds, for OpenMetrics' `_created`: when the primary began to count it. */
  readonly createdAtSeconds = Date.now() / 1000;
  #outdated: number = outdated.both;
  readonly #lines: Record<Format, string> = { text: '', openmetrics: '' };

  constructor(
    readonly family: Family,
    readonly key: string,
    readonly labelSet: LabelSet,
  ) {
    this.labels = formatLabels(labelSet);
  }

  protected abstract format(format: Format): string;

  /** The number of lines it prints. */
  abstract get size(): number;

  /** The source is gone. @returns false when nothing is left to print, ever */
  abstract depart(source: Source): boolean;

  changed(): void {
    if (this.#outdated === outdated.both) return;
    this.#outdated = outdated.both;
    if (this.chunk) this.chunk.outdated = outdated.both;
  }

  print(format: Format): string {
    if ((this.#outdated & outdated[format]) !== 0) {
      this.#lines[format] = this.format(format);
      this.#outdated &= ~outdated[format];
    }
    return this.#lines[format];
  }
}

function createdLine(series: Series): string {
  return `${series.family.baseName}_created${braced(series.labels)} ${series.createdAtSeconds}\n`;
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

  /** What it counted has happened, whoever is gone. */
  depart(): boolean {
    return true;
  }

  protected format(format: Format): string {
    const { family, labels } = this;
    const number = formatNumber(this.#value);
    if (format === 'text' || family.openMetricsType !== 'counter') return `${family.name}${braced(labels)} ${number}\n`;
    const exemplar = formatExemplar(this.#exemplar, format);
    return `${family.baseName}_total${braced(labels)} ${number}${exemplar}\n${createdLine(this)}`;
  }
}

/** Also a summary, as a histogram without buckets: quantiles of several processes cannot be merged. */
export class HistogramSeries extends Series {
  /** One more than the finite bounds: the last is what lies above them all. Not cumulative. */
  readonly #buckets: Float64Array;
  #sum = 0;
  #count = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;

  constructor(family: Family, key: string, labelSet: LabelSet) {
    super(family, key, labelSet);
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
    this.changed();
  }

  addToBucket(index: number, increment: number): void {
    if (index < 0 || index >= this.#buckets.length) return;
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

  protected format(format: Format): string {
    const { family, labels } = this;
    const tail = `${braced(labels)} `;
    let out = '';
    if (family.type === 'histogram') {
      const head = `${family.name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
      const bounds = family.bucketLabels;
      const exemplars = format === 'openmetrics' ? this.#exemplars : undefined;
      let cumulative = 0;
      for (let i = 0; i < bounds.length; i++) {
        cumulative += this.#buckets[i] ?? 0;
        out += `${head}${bounds[i]}"} ${cumulative}${formatExemplar(exemplars?.[i], format)}\n`;
      }
      out += `${head}+Inf"} ${this.#count}${formatExemplar(exemplars?.[bounds.length], format)}\n`;
    }
    out += `${family.name}_sum${tail}${formatNumber(this.#sum)}\n${family.name}_count${tail}${this.#count}\n`;
    return format === 'openmetrics' ? out + createdLine(this) : out;
  }
}

/** A gauge: each child's value by itself, merged when it is printed. */
export class MergedSeries extends Series {
  #contributions: Contribution[] = [];

  constructor(
    family: Family,
    key: string,
    labelSet: LabelSet,
    readonly rule: FoldRule,
    readonly retention: Retention,
  ) {
    super(family, key, labelSet);
  }

  get value(): number | undefined {
    return merge(this.rule, this.retention, this.#contributions);
  }

  get size(): number {
    return this.value === undefined ? 0 : 1;
  }

  set(source: Source, value: number, order: number): void {
    const own = this.#contributions.find((one) => one.source === source);
    if (own) {
      own.value = value;
      own.updated = order;
    } else {
      this.#contributions.push({ source, value, weight: 1, introduced: order, updated: order });
    }
    this.changed();
  }

  /** The source removed this series on purpose. @returns false when nothing is left */
  withdraw(source: Source): boolean {
    this.#contributions = this.#contributions.filter((one) => one.source !== source);
    this.changed();
    return this.#contributions.length > 0;
  }

  depart(source: Source): boolean {
    if (this.retention === 'live') return this.withdraw(source);
    const index = this.#contributions.findIndex((one) => one.source === source);
    const own = this.#contributions[index];
    if (own === undefined) return true;
    this.#contributions.splice(index, 1);
    const left = this.#contributions.findIndex((one) => one.source === undefined);
    const dead = this.#contributions[left];
    if (dead === undefined) this.#contributions.push({ ...own, source: undefined });
    else this.#contributions[left] = fold(this.rule, dead, own);
    this.changed();
    return true;
  }

  protected format(format: Format): string {
    const { value, family, labels } = this;
    if (value === undefined) return '';
    const name =
      format === 'openmetrics' && family.openMetricsType === 'counter' ? `${family.baseName}_total` : family.name;
    return `${name}${braced(labels)} ${formatNumber(value)}\n`;
  }
}

/** Hits over trials of all processes in a rolling window. */
export class RatioSeries extends Series {
  /** One for what stays, or one for each live source. */
  readonly #windows = new Map<Source | undefined, RollingRatio>();
  #printed: number | undefined;

  get size(): number {
    return this.#printed === undefined ? 0 : 1;
  }

  add(source: Source, hits: number, trials: number, nowMs: number): void {
    const owner = this.family.retention === 'live' ? source : undefined;
    let window = this.#windows.get(owner);
    if (window === undefined) {
      window = new RollingRatio(this.family.windowSeconds, nowMs);
      this.#windows.set(owner, window);
    }
    window.add(hits, trials, nowMs);
    this.changed();
  }

  /** Its value changes by the mere passing of time. */
  tick(nowMs: number): void {
    const value = this.value(nowMs);
    if (value === this.#printed) return;
    this.#printed = value;
    this.changed();
  }

  value(nowMs: number): number | undefined {
    let hits = 0;
    let trials = 0;
    for (const [source, window] of this.#windows) {
      if (source?.stale) continue;
      const totals = window.totals(nowMs);
      hits += totals.hits;
      trials += totals.trials;
    }
    return trials === 0 ? undefined : (this.family.scale * hits) / trials;
  }

  depart(source: Source): boolean {
    if (!this.#windows.delete(source)) return true;
    this.changed();
    return this.#windows.size > 0;
  }

  protected format(): string {
    if (this.#printed === undefined) return '';
    return `${this.family.name}${braced(this.labels)} ${formatNumber(this.#printed)}\n`;
  }
}
