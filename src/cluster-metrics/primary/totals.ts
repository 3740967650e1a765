import { type Changes, type DropReason, fromWire, type MetricIntroduction } from '../wire/changes.js';
import type { Identity } from '../wire/identity.js';
import type { Format } from './exposition.js';
import { Family } from './family.js';
import { type Distribution, type Reading, readDistributions, readValues } from './reading.js';
import { CounterSeries, HistogramSeries, MergedSeries, RatioSeries, type Series } from './series.js';
import type { Source } from './source.js';

export interface TotalsOptions {
  /** Label sets at most in one family; new ones over it are dropped. */
  readonly maxLabelSets: number;
  /** Families that the cap does not apply to: what counts the drops must not be dropped. */
  readonly uncapped?: ReadonlySet<string>;
  /** Told of everything that is not in the aggregate. */
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
}

/**
 * The running sums of everything that any process reported: what a scrape prints. Deltas are added when they arrive,
 * so nothing needs to be done for a counter when its child dies, and nothing is asked of anybody at a scrape.
 */
export class Totals {
  readonly #options: TotalsOptions;
  readonly #families = new Map<string, Family>();
  #sorted: Family[] | undefined;
  #order = 0;

  constructor(options: TotalsOptions) {
    this.#options = options;
  }

  /** Families by name, so that two scrapes compare line by line. */
  families(): readonly Family[] {
    this.#sorted ??= [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  family(name: string): Family | undefined {
    return this.#families.get(name);
  }

  /** @param changes of this source, in the order in which it sent them */
  apply(source: Source, changes: Changes): void {
    for (const introduction of changes.metrics ?? []) this.#introduceMetric(source, introduction);
    for (const [id, metric, values] of changes.series ?? []) {
      const series = this.#introduceSeries(source, metric, values);
      if (series) series.holders += 1;
      source.series[id] = series;
    }
    if (changes.counters) this.#addCounters(source, changes.counters);
    if (changes.histograms) this.#addHistograms(source, changes.histograms);
    if (changes.gauges) this.#setGauges(source, changes.gauges);
    if (changes.ratios) this.#addRatios(source, changes.ratios);
    for (const [id, bucket, labels, value, timestamp] of changes.exemplars ?? []) {
      const series = source.series[id];
      const exemplar = { labels, value, timestamp };
      if (series instanceof CounterSeries) series.setExemplar(exemplar);
      else if (series instanceof HistogramSeries) series.setExemplar(bucket, exemplar);
    }
    for (const id of changes.removed ?? []) this.#withdraw(source, id);
    for (const [reason, metric, detail] of changes.dropped ?? []) this.#options.onDrop(reason, metric, detail);
  }

  /** The source's process is gone. */
  depart(source: Source): void {
    for (const series of source.series) {
      if (series === undefined || series.state === 'removed') continue;
      series.holders -= 1;
      if (!series.depart(source)) this.#remove(series);
    }
    source.series.length = 0;
  }

  /** The source became stale, or reported again after it was. */
  setStale(source: Source, stale: boolean): void {
    if (source.stale === stale) return;
    source.stale = stale;
    for (const series of source.series) series?.changed();
  }

  /**
   * Takes series out, wherever they came from. If a process goes on to report one of them, it starts anew from zero.
   *
   * @param labels series that have all of these label values
   * @param name of a family; default: all
   */
  removeSeries(labels: Identity, name?: string): void {
    for (const [family, series] of this.#matching(labels, name, ({ series, retired }) => [series, retired])) {
      family.remove(series);
    }
  }

  /**
   * Shows series no longer and keeps their totals, until a report has one of them or they are restored. Live gauges are
   * taken out for good: they say how things are now.
   */
  retireSeries(labels: Identity, name?: string): void {
    for (const [family, series] of this.#matching(labels, name, ({ series }) => [series])) {
      if (family.retention === 'live') family.remove(series);
      else this.#retire(family, series);
    }
  }

  restoreSeries(labels: Identity, name?: string): void {
    for (const [family, series] of this.#matching(labels, name, ({ retired }) => [retired])) family.restore(series);
  }

  values(name: string): Reading[] {
    return readValues(this.#families.get(name), this.#options.nowMs());
  }

  distributions(name: string): Distribution[] {
    return readDistributions(this.#families.get(name));
  }

  /** Brings what changes with time alone up to now. */
  tick(): void {
    const nowMs = this.#options.nowMs();
    for (const family of this.#families.values()) {
      if (family.merge !== 'ratio') continue;
      for (const series of family.series.values()) if (series instanceof RatioSeries) series.tick(nowMs);
    }
  }

  /** One piece at a time, so that the caller can let the loop turn in between. */
  *print(format: Format, wanted: (family: Family) => boolean): Generator<{ buffer: Buffer; series: number }> {
    for (const family of this.families()) {
      if (!wanted(family)) continue;
      yield { buffer: family.header(format), series: 0 };
      for (const chunk of family.chunks) yield { buffer: chunk.print(format), series: chunk.size };
    }
  }

  #introduceMetric(source: Source, introduction: MetricIntroduction): void {
    const { id, labelNames, constantLabels, merge } = introduction;
    source.labelNames[id] = labelNames;
    source.constantLabels[id] =
      merge === 'per-child' ? { ...without(source.identity, labelNames), ...constantLabels } : (constantLabels ?? {});
    let family = this.#families.get(introduction.name);
    if (family === undefined) {
      family = new Family(introduction);
      this.#settleBaseName(family);
      this.#families.set(family.name, family);
      this.#sorted = undefined;
    }
    const conflict = family.conflictWith(introduction);
    if (conflict !== undefined) {
      this.#options.onDrop('conflicting_definition', family.name, `in another process it ${conflict}`);
    }
    source.families[id] = conflict === undefined ? family : undefined;
  }

  /** `foo_total` and `foo` are two families here, but one name in OpenMetrics; the counter gives way. */
  #settleBaseName(family: Family): void {
    for (const other of this.#families.values()) {
      if (other.baseName !== family.baseName) continue;
      const counter = family.type === 'counter' ? family : other;
      if (counter.type === 'counter') counter.declareUnknown();
    }
  }

  #introduceSeries(source: Source, metric: number, values: readonly string[]): Series | undefined {
    const family = source.families[metric];
    if (family === undefined) return undefined;
    const labels = family.labelSet(source.labelNames[metric] ?? [], values, source.constantLabels[metric] ?? {});
    const known = family.find(labels);
    if (known !== undefined) {
      if (known.state === 'retired') family.restore(known);
      return known;
    }
    const { maxLabelSets, uncapped } = this.#options;
    if (family.series.size >= maxLabelSets && !uncapped?.has(family.name)) {
      this.#options.onDrop('max_label_sets', family.name, `it has ${family.series.size} label sets already`);
      return undefined;
    }
    return family.add(labels);
  }

  #addCounters(source: Source, pairs: readonly number[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const series = this.#find(source, pairs[i] ?? -1);
      if (series instanceof CounterSeries) series.add(pairs[i + 1] ?? 0);
    }
  }

  #addHistograms(source: Source, runs: readonly number[]): void {
    for (let i = 0; i + 3 < runs.length; ) {
      const series = this.#find(source, runs[i] ?? -1);
      const end = i + 4 + 2 * (runs[i + 3] ?? 0);
      if (series instanceof HistogramSeries) {
        for (let pair = i + 4; pair + 1 < end; pair += 2) series.addToBucket(runs[pair] ?? -1, runs[pair + 1] ?? 0);
        series.add(runs[i + 1] ?? 0, runs[i + 2] ?? 0);
      }
      i = end;
    }
  }

  #setGauges(source: Source, pairs: readonly (number | string)[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const series = this.#find(source, Number(pairs[i]));
      if (series instanceof MergedSeries) series.set(source, fromWire(pairs[i + 1] ?? 'NaN'), this.#order++);
    }
  }

  #addRatios(source: Source, triples: readonly number[]): void {
    const nowMs = this.#options.nowMs();
    for (let i = 0; i + 2 < triples.length; i += 3) {
      const series = this.#find(source, triples[i] ?? -1);
      if (series instanceof RatioSeries) series.add(source, triples[i + 1] ?? 0, triples[i + 2] ?? 0, nowMs);
    }
  }

  #find(source: Source, id: number): Series | undefined {
    const series = source.series[id];
    if (series === undefined || series.state === 'shown') return series;
    const family = this.#familyOf(series);
    if (series.state === 'retired') {
      family.restore(series);
      return series;
    }
    const anew = family.find(series.labelSet) ?? family.add(series.labelSet);
    if (anew.state === 'retired') family.restore(anew);
    anew.holders += 1;
    source.series[id] = anew;
    return anew;
  }

  /** A process removed a series on purpose. It goes when nobody alive holds it any more. */
  #withdraw(source: Source, id: number): void {
    const series = source.series[id];
    source.series[id] = undefined;
    if (series === undefined || series.state === 'removed') return;
    series.holders -= 1;
    const left = series instanceof MergedSeries ? series.withdraw(source) : series.holders > 0;
    if (!left) this.#remove(series);
  }

  *#matching(
    labels: Identity,
    name: string | undefined,
    among: (family: Family) => readonly ReadonlyMap<string, Series>[],
  ): Generator<[Family, Series]> {
    const wanted = Object.entries(labels);
    for (const family of this.#families.values()) {
      if (name !== undefined && family.name !== name) continue;
      for (const series of among(family).flatMap((some) => [...some.values()])) {
        const matches = wanted.every(([name, value]) => series.labelSet.some(([n, v]) => n === name && v === value));
        if (matches) yield [family, series];
      }
    }
  }

  /** As many are kept as may be shown, so that names which come and go take no more memory than those that stay. */
  #retire(family: Family, series: Series): void {
    family.retire(series);
    const { maxLabelSets } = this.#options;
    if (family.retired.size <= maxLabelSets) return;
    for (const oldest of family.retired.values()) {
      family.remove(oldest);
      this.#options.onDrop('max_label_sets', family.name, `it has ${maxLabelSets} retired label sets already`);
      return;
    }
  }

  #remove(series: Series): void {
    this.#familyOf(series).remove(series);
  }

  #familyOf(series: Series): Family {
    const family = this.#families.get(series.family.name);
    if (family === undefined) throw new Error(`${series.family.name} has series but no family`);
    return family;
  }
}

function without(labels: Identity, names: readonly string[]): Identity {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
