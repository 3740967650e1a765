/**
 * One metric over all processes: its definition, its series, and the chunks in which they are printed.
 * Must not know: who reports, what a kind of series adds up, nor which other metrics there are.
 */
import type { MetricIntroduction, MetricType } from '../../wire/protocol.js';
import {
  type Format,
  formatHeader,
  formatLabels,
  formatNumber,
  type LabelPairs,
  type Labels,
} from '../printing/exposition.js';
import { Piece } from '../printing/gzip.js';
import { Chunk, type Printable } from '../printing/rendering.js';
import type { Reading } from './reading.js';

/** What is printed together: so little that one change reprints few lines, so much that chunks are few. */
const linesPerChunk = 32;
const leastSeriesPerChunk = 8;

/** One process that reports; the live values of a stale one do not count. */
export interface Contributor {
  readonly stale: boolean;
}

let latest = { ms: 0, seconds: '0' };

/** The time in epoch seconds: one string for all series of one millisecond. */
function secondsNow(): string {
  const ms = Date.now();
  if (ms !== latest.ms) latest = { ms, seconds: String(ms / 1000) };
  return latest.seconds;
}

/** One label set of one family, with its value over all processes. */
export abstract class Series implements Printable {
  /**
   * - `shown`: printed, and counted against the cap on label sets;
   * - `retired`: neither, but its totals are kept, and the next report that it is in shows it again;
   * - `removed`: a process that still reports it starts a new series from zero.
   */
  state: 'shown' | 'retired' | 'removed' = 'shown';
  chunk: Chunk | undefined;
  /** Live processes that hold this series; when the last of them removes it on purpose, it goes. */
  holders = 0;
  /** When the primary began to count it, epoch seconds. */
  readonly #createdAt = secondsNow();

  constructor(
    readonly family: Family,
    readonly labels: Labels,
    /** The labels as they are printed. */
    readonly printedLabels: string,
  ) {}

  get lines(): number {
    return this.family.linesPerSeries;
  }

  abstract print(format: Format): string;

  /** What a scrape would leave out, such as a ratio without a trial in its window, is left out here too. */
  read(_nowMs: number): Reading | undefined {
    return undefined;
  }

  /** The process is gone. @returns false when nothing is left to print, ever */
  depart(_source: Contributor): boolean {
    return true;
  }

  /** The process removed this series on purpose. @returns false when nothing is left to print */
  withdraw(_source: Contributor, _id: number): boolean {
    return this.holders > 0;
  }

  changed(): void {
    this.chunk?.changed();
  }

  /** The line of OpenMetrics that says when a counter or histogram began. */
  protected createdLine(format: Format): string {
    if (format === 'text' || !this.family.created) return '';
    return `${this.family.baseName}_created${this.printedLabels} ${this.#createdAt}\n`;
  }
}

/** What a family is called in one format. */
interface Naming {
  readonly type: MetricType | 'unknown';
  /** Of the lines of a counter or gauge. */
  readonly sample: string;
  readonly header: Piece;
}

export class Family {
  readonly name: string;
  readonly type: MetricType;
  /** OpenMetrics names a counter's family without the `_total` of its samples. */
  readonly baseName: string;
  /** Upper bounds of a histogram's finite buckets. */
  readonly buckets: readonly number[];
  /** A count for each of them: what a series begins with. */
  readonly zeros: readonly number[];
  /** All bounds of a histogram, as they end their labels. */
  readonly bounds: readonly string[];
  readonly linesPerSeries: number;
  /** Series that are shown, by their printed labels. */
  readonly shown = new Map<string, Series>();
  /** Longest retired first. */
  readonly retired = new Map<string, Series>();
  readonly chunks = new Set<Chunk>();
  readonly naming: Record<Format, Naming>;
  /** Live processes that have the metric. */
  holders = 0;
  /** The chunk that takes the next series. */
  #last: Chunk | undefined;

  constructor(
    readonly definition: MetricIntroduction,
    /** Whether OpenMetrics gets `_created` lines. */
    readonly created: boolean,
  ) {
    const { name, type, buckets = [] } = definition;
    const isCounter = type === 'counter';
    this.name = name;
    this.type = type;
    this.baseName = isCounter ? name.replace(/(.)_total$/, '$1') : name;
    this.naming = {
      text: this.#named('text', name, type, name),
      openmetrics: this.#named('openmetrics', this.baseName, type, isCounter ? `${this.baseName}_total` : name),
    };
    this.buckets = buckets;
    // A copy is kept as doubles by the engine from the start: it is not converted later.
    this.zeros = Array.from(buckets, () => 0.5).fill(0);
    this.bounds = type === 'histogram' ? [...buckets.map(formatNumber), '+Inf'].map((bound) => `${bound}"} `) : [];
    this.linesPerSeries = type === 'histogram' ? buckets.length + 3 : type === 'summary' ? 2 : 1;
  }

  /**
   * What makes it impossible to add the other's numbers to these.
   *
   * @returns a predicate, such as `has other buckets`, or undefined when the two agree
   */
  conflictWith(other: MetricIntroduction): string | undefined {
    const { type, labelNames, merge, retention } = this.definition;
    if (other.type !== type) return `is a ${other.type}, not a ${type}`;
    if (String([...other.labelNames].sort()) !== String([...labelNames].sort())) return 'has other labels';
    if (String(other.buckets ?? []) !== String(this.buckets)) return 'has other buckets';
    if (other.merge !== merge || other.retention !== retention) return 'has another merge rule or retention';
    return undefined;
  }

  /** The series of a label set, shown or retired; or one that the caller makes. */
  find(labels: LabelPairs, make: (printedLabels: string) => Series | undefined): Series | undefined {
    const printed = formatLabels(labels);
    const known = this.shown.get(printed) ?? this.retired.get(printed);
    if (known !== undefined) {
      this.restore(known);
      return known;
    }
    const made = make(printed);
    if (made !== undefined) this.#show(made);
    return made;
  }

  /** Prints the series no longer, and keeps its totals. */
  retire(series: Series): void {
    this.#hide(series);
    series.state = 'retired';
    this.retired.set(series.printedLabels, series);
  }

  /** Prints a retired series again, from where it was. */
  restore(series: Series): void {
    if (series.state !== 'retired') return;
    this.retired.delete(series.printedLabels);
    series.state = 'shown';
    this.#show(series);
  }

  remove(series: Series): void {
    if (series.state === 'shown') this.#hide(series);
    else this.retired.delete(series.printedLabels);
    series.state = 'removed';
  }

  #show(series: Series): void {
    this.shown.set(series.printedLabels, series);
    const capacity = Math.max(leastSeriesPerChunk, linesPerChunk / this.linesPerSeries);
    if (this.#last === undefined || this.#last.series.size >= capacity) {
      this.#last = new Chunk();
      this.chunks.add(this.#last);
    }
    this.#last.series.add(series);
    this.#last.changed();
    series.chunk = this.#last;
  }

  #hide(series: Series): void {
    this.shown.delete(series.printedLabels);
    const { chunk } = series;
    if (chunk === undefined) return;
    series.chunk = undefined;
    chunk.series.delete(series);
    chunk.changed();
    if (chunk.series.size > 0) return;
    this.chunks.delete(chunk);
    if (chunk === this.#last) this.#last = undefined;
  }

  /** Whether it is a counter of another family's base name: OpenMetrics has room for one, and gets this as of unknown type. */
  givesWayTo(other: Family): boolean {
    return this.type === 'counter' && other.type !== 'counter' && this.baseName === other.baseName;
  }

  declareUnknown(): void {
    this.naming.openmetrics = this.#named('openmetrics', this.name, 'unknown', this.name);
    for (const chunk of this.chunks) chunk.changed();
  }

  #named(format: Format, family: string, type: Naming['type'], sample: string): Naming {
    return { type, sample, header: new Piece(formatHeader(family, this.definition.help, type, format), 0) };
  }

  /** Names of the lines that it prints. @param beside another family that is shown, too */
  sampleNames(format: Format, beside?: Family): readonly string[] {
    const { type, sample } = this.naming[format];
    if (format === 'openmetrics' && beside !== undefined && this.givesWayTo(beside)) return [this.name];
    const created = format === 'openmetrics' && this.created ? [`${this.baseName}_created`] : [];
    switch (type) {
      case 'counter':
        return [sample, ...created];
      case 'gauge':
      case 'unknown':
        return [sample];
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
}
