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

  abstract print(format: Format): string;

  /** What a scrape would leave out, such as a ratio without a trial in its window, is left out here too. */
  read(_nowMs: number): Reading | undefined {
    return undefined;
  }

  /** A process holds it no longer: it is gone, or has removed it on purpose. @returns false when nothing is left to print, ever */
  leave(_source: Contributor, _id: number, isGone: boolean): boolean {
    return isGone || this.holders > 0;
  }

  changed(): void {
    this.chunk?.changed();
  }

  /** The line of OpenMetrics that says when a counter or histogram began. */
  protected createdLine(): string {
    if (!this.family.created) return '';
    return `${this.family.baseName}_created${this.printedLabels} ${this.#createdAt}\n`;
  }
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
  /** Names of the lines of a counter or gauge. */
  readonly samples: Record<Format, string>;
  headers: Readonly<Record<Format, Piece>>;
  /** In OpenMetrics, where it gives way to another family of its base name. */
  isUnknown = false;
  /** Live processes that have the metric. */
  holders = 0;
  #help: string;
  /** The chunk that takes the next series. */
  #last: Chunk | undefined;

  constructor(
    readonly definition: MetricIntroduction,
    /** Whether OpenMetrics gets `_created` lines. */
    readonly created: boolean,
  ) {
    const { name, type, help, buckets = [] } = definition;
    this.name = name;
    this.type = type;
    this.baseName = type === 'counter' ? name.replace(/(.)_total$/, '$1') : name;
    this.samples = { text: name, openmetrics: type === 'counter' ? `${this.baseName}_total` : name };
    this.#help = help;
    this.headers = this.#printedHeaders();
    this.buckets = buckets;
    // A copy is kept as doubles by the engine from the start: it is not converted later.
    this.zeros = Array.from(buckets, () => 0.5).fill(0);
    this.bounds = type === 'histogram' ? [...buckets.map(formatNumber), '+Inf'].map((bound) => `${bound}"} `) : [];
    this.linesPerSeries = type === 'histogram' ? buckets.length + 3 : type === 'summary' ? 2 : 1;
  }

  /** Why the other's numbers cannot be added to these, as a predicate such as `has other buckets`. */
  conflictWith(other: MetricIntroduction): string | undefined {
    const { type, labelNames, merge, retention, windowSeconds, scale } = this.definition;
    if (other.type !== type) return `is a ${other.type}, not a ${type}`;
    if (String([...other.labelNames].sort()) !== String([...labelNames].sort())) return 'has other labels';
    if (String(other.buckets ?? []) !== String(this.buckets)) return 'has other buckets';
    if (other.merge !== merge || other.retention !== retention) return 'has another merge rule or retention';
    if (other.windowSeconds !== windowSeconds || other.scale !== scale) return 'has another window or scale';
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
      this.#last = new Chunk(this.linesPerSeries);
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
    this.isUnknown = true;
    this.samples.openmetrics = this.name;
    this.headers = this.#printedHeaders();
    for (const chunk of this.chunks) chunk.changed();
  }

  /** Shows another help, as after a reload that changes it. */
  describe(help: string): void {
    if (help === this.#help) return;
    this.#help = help;
    this.headers = this.#printedHeaders();
  }

  #printedHeaders(): Record<Format, Piece> {
    const { name, type, baseName, isUnknown } = this;
    const print = (format: Format, family: string, as: string) =>
      new Piece(formatHeader(family, this.#help, as, format), 0);
    const openmetrics = isUnknown ? print('openmetrics', name, 'unknown') : print('openmetrics', baseName, type);
    return { text: print('text', name, type), openmetrics };
  }

  /** Names of the lines that it prints. @param beside another family that is shown, too */
  sampleNames(format: Format, beside?: Family): readonly string[] {
    const { name, type, baseName } = this;
    const givesWay = this.isUnknown || (beside !== undefined && this.givesWayTo(beside));
    if (type === 'gauge' || (format === 'openmetrics' && givesWay)) return [name];
    const created = format === 'openmetrics' && this.created ? [`${baseName}_created`] : [];
    if (type === 'counter') return [this.samples[format], ...created];
    return [...(type === 'histogram' ? [`${name}_bucket`] : []), `${name}_sum`, `${name}_count`, ...created];
  }

  /** @param name of the family or of one of its samples */
  answersTo(name: string): boolean {
    return name === this.name || name === this.baseName || this.sampleNames('openmetrics').includes(name);
  }
}
