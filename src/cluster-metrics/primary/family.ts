/**
 * One metric over all processes: its definition, its series, and the chunks in which they are printed.
 *
 * Must not know: who reports, nor which other metrics there are.
 */
import type { MetricIntroduction, MetricType } from '../wire/changes.js';
import type { MergeRule, Retention } from '../wire/definition.js';
import type { Identity } from '../wire/identity.js';
import { Chunk } from './chunk.js';
import type { Descriptor } from './descriptor.js';
import { type Format, formatHeader, formatNumber, type LabelSet } from './exposition.js';
import { MergedSeries, RatioSeries } from './gauge-series.js';
import { Piece } from './piece.js';
import { CounterSeries, HistogramSeries, type Series } from './series.js';

/** Lines that are printed together: small enough that one change reprints little, large enough to be few. */
const linesPerChunk = 64;

export class Family implements Descriptor {
  readonly name: string;
  readonly baseName: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly merge: MergeRule;
  readonly retention: Retention;
  readonly buckets: readonly number[];
  readonly bucketLabels: readonly string[];
  readonly windowSeconds: number;
  readonly scale: number;
  /** Those that are shown. */
  readonly series = new Map<string, Series>();
  /** Longest retired first. */
  readonly retired = new Map<string, Series>();
  readonly chunks: Chunk[] = [];
  openMetricsType: MetricType | 'unknown';

  readonly #headers = new Map<Format, Piece>();

  constructor(
    introduction: MetricIntroduction,
    /** Whether OpenMetrics gets `_created` lines. */
    readonly created: boolean,
  ) {
    this.name = introduction.name;
    this.type = introduction.type;
    this.openMetricsType = introduction.type;
    this.baseName = introduction.type === 'counter' ? introduction.name.replace(/_total$/, '') : introduction.name;
    this.help = introduction.help;
    this.labelNames = introduction.labelNames;
    this.merge = introduction.merge;
    this.retention = introduction.retention;
    this.buckets = introduction.buckets ?? [];
    this.bucketLabels = this.buckets.map(formatNumber);
    this.windowSeconds = introduction.windowSeconds ?? 300;
    this.scale = introduction.scale ?? 1;
  }

  /**
   * What makes it impossible to add the other's numbers to these.
   *
   * @returns a sentence's predicate, such as `has other buckets`, or undefined when the two agree
   */
  conflictWith(
    other: Pick<MetricIntroduction, 'type' | 'labelNames' | 'buckets' | 'merge' | 'retention'>,
  ): string | undefined {
    if (other.type !== this.type) return `is a ${other.type}, not a ${this.type}`;
    if (!sameElements([...other.labelNames].sort(), [...this.labelNames].sort())) return 'has other labels';
    if (!sameElements(other.buckets ?? [], this.buckets)) return 'has other buckets';
    if (other.merge !== this.merge || other.retention !== this.retention) return 'has another merge rule or retention';
    return undefined;
  }

  /** The series of a label set, shown or retired, whatever the order in which its process named the labels. */
  find(labels: LabelSet): Series | undefined {
    const key = keyOf(labels);
    return this.series.get(key) ?? this.retired.get(key);
  }

  add(labels: LabelSet): Series {
    const series = this.#create(keyOf(labels), labels);
    this.#show(series);
    return series;
  }

  /** Prints the series no longer, and keeps its totals. */
  retire(series: Series): void {
    this.#hide(series);
    series.state = 'retired';
    this.retired.set(series.key, series);
  }

  /** Prints a retired series again, from where it was. */
  restore(series: Series): void {
    this.retired.delete(series.key);
    series.state = 'shown';
    this.#show(series);
  }

  remove(series: Series): void {
    if (series.state === 'shown') this.#hide(series);
    this.retired.delete(series.key);
    series.state = 'removed';
  }

  #show(series: Series): void {
    this.series.set(series.key, series);
    const last = this.chunks.at(-1);
    // A gauge may print nothing today and a line tomorrow; it is counted as one.
    const capacity = Math.max(1, Math.floor(linesPerChunk / Math.max(1, series.size)));
    const chunk = last !== undefined && last.series.length < capacity ? last : new Chunk();
    if (chunk !== last) this.chunks.push(chunk);
    chunk.series.push(series);
    chunk.restructure();
    series.chunk = chunk;
  }

  #hide(series: Series): void {
    this.series.delete(series.key);
    const { chunk } = series;
    if (chunk === undefined) return;
    series.chunk = undefined;
    chunk.series.splice(chunk.series.indexOf(series), 1);
    chunk.restructure();
    if (chunk.series.length === 0) this.chunks.splice(this.chunks.indexOf(chunk), 1);
  }

  /** A process's label values as a label set: in this family's order, and the process's own labels behind them. */
  labelSet(names: readonly string[], values: readonly string[], constant: Identity): LabelSet {
    const set: [string, string][] = [];
    for (const name of this.labelNames) set.push([name, values[names.indexOf(name)] ?? '']);
    for (const name of Object.keys(constant).sort()) set.push([name, constant[name] ?? '']);
    // An empty value is the same as no label (Prometheus' data model), so both must be one series.
    return set.filter(([, value]) => value !== '');
  }

  /** Its base name is another family's: OpenMetrics gets it under its full name, as a metric of unknown type. */
  declareUnknown(): void {
    this.openMetricsType = 'unknown';
    this.#headers.delete('openmetrics');
    for (const chunk of this.chunks) chunk.restructure();
  }

  header(format: Format): Piece {
    let header = this.#headers.get(format);
    if (header === undefined) {
      const openMetrics = format === 'openmetrics';
      const name = openMetrics && this.openMetricsType === 'counter' ? this.baseName : this.name;
      const type = openMetrics ? this.openMetricsType : this.type;
      header = new Piece(Buffer.from(formatHeader(name, this.help, type, format), 'utf8'), 0);
      this.#headers.set(format, header);
    }
    return header;
  }

  /** Names of the lines that it prints. */
  sampleNames(format: Format): readonly string[] {
    const isTotal = format === 'openmetrics' && this.openMetricsType === 'counter';
    const created = format === 'openmetrics' && this.created ? [`${this.baseName}_created`] : [];
    switch (this.type) {
      case 'counter':
        return isTotal ? [`${this.baseName}_total`, ...created] : [this.name];
      case 'gauge':
        return [this.name];
      case 'histogram':
        return [`${this.name}_bucket`, `${this.name}_sum`, `${this.name}_count`, ...created];
      case 'summary':
        return [`${this.name}_sum`, `${this.name}_count`, ...created];
    }
  }

  /** @param name of the family or of one of its samples */
  answersTo(name: string): boolean {
    return name === this.name || name === this.baseName || this.sampleNames('openmetrics').includes(name);
  }

  #create(key: string, labels: LabelSet): Series {
    if (this.merge === 'ratio') return new RatioSeries(this, key, labels);
    if (this.type === 'histogram' || this.type === 'summary') return new HistogramSeries(this, key, labels);
    if (this.type === 'counter' && this.merge === 'sum') return new CounterSeries(this, key, labels);
    return new MergedSeries(this, key, labels, this.merge === 'omit' ? 'sum' : this.merge, this.retention);
  }
}

/** JSON, because no separator is safe inside a label value. */
function keyOf(labels: LabelSet): string {
  return JSON.stringify(labels);
}

function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
