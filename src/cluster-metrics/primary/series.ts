import { type Chunk, type Layout, outdated, type Printable, type Token } from './chunk.js';
import { type Contribution, type Contributor, type FoldRule, fold, merge } from './contribution.js';
import type { Retention } from '../wire/definition.js';
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
import { RollingRatio } from '../wire/rolling-ratio.js';

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
  return `${series.family.baseName}_created${braced(series.labels)} ${series.createdAtSeconds}\n`;
}

/** The layout of a series that is one line. */
function oneLine(series: Series, name: string): Layout {
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

  /** What it counted has happened, whoever is gone. */
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

  constructor(family: Descriptor, key: string, labelSet: LabelSet) {
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
    tokens.push(numberToken(this.#sum), this.#count);
    return tokens;
  }

  layout(format: Format): Layout {
    const { family, labels } = this;
    const bucket = `${family.name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
    const bounds = family.type === 'histogram' ? [...family.bucketLabels, '+Inf'] : [];
    const heads = [
      ...bounds.map((bound) => `${bucket}${bound}"} `),
      `${family.name}_sum${braced(labels)} `,
      `${family.name}_count${braced(labels)} `,
    ].map((head, i) => (i === 0 ? head : `\n${head}`));
    return { heads, tail: format === 'openmetrics' ? `\n${createdLine(this)}` : '\n' };
  }
}

/** A gauge: each child's value by itself, merged when it is printed. */
export class MergedSeries extends Series {
  #contributions: Contribution[] = [];

  constructor(
    family: Descriptor,
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

  set(source: Contributor, value: number, order: number): void {
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
  withdraw(source: Contributor): boolean {
    this.#contributions = this.#contributions.filter((one) => one.source !== source);
    this.changed();
    return this.#contributions.length > 0;
  }

  depart(source: Contributor): boolean {
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

  tokens(): readonly Token[] {
    const { value } = this;
    return value === undefined ? [] : [numberToken(value)];
  }

  layout(format: Format): Layout {
    const { family } = this;
    const isTotal = format === 'openmetrics' && family.openMetricsType === 'counter';
    return oneLine(this, isTotal ? `${family.baseName}_total` : family.name);
  }
}

/** Hits over trials of all processes in a rolling window. */
export class RatioSeries extends Series {
  /** One for what stays, or one for each live source. */
  readonly #windows = new Map<Contributor | undefined, RollingRatio>();
  #printed: number | undefined;

  get size(): number {
    return this.#printed === undefined ? 0 : 1;
  }

  add(source: Contributor, hits: number, trials: number, nowMs: number): void {
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
    const { hits, trials } = this.totals(nowMs);
    return trials === 0 ? undefined : (this.family.scale * hits) / trials;
  }

  /** What the ratio is made of, in its window. */
  totals(nowMs: number): { readonly hits: number; readonly trials: number } {
    let hits = 0;
    let trials = 0;
    for (const [source, window] of this.#windows) {
      if (source?.stale) continue;
      const totals = window.totals(nowMs);
      hits += totals.hits;
      trials += totals.trials;
    }
    return { hits, trials };
  }

  depart(source: Contributor): boolean {
    if (!this.#windows.delete(source)) return true;
    this.changed();
    return this.#windows.size > 0;
  }

  tokens(): readonly Token[] {
    return this.#printed === undefined ? [] : [numberToken(this.#printed)];
  }

  layout(): Layout {
    return oneLine(this, this.family.name);
  }
}

/** Finite numbers stay numbers: their digits can be written without making a string. */
function numberToken(value: number): Token {
  return Number.isFinite(value) ? value : formatNumber(value);
}
