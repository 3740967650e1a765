/**
 * The running sums of everything that any process reported: what a scrape prints. Deltas are added when they arrive, so
 * a counter needs no care when its child dies.
 * Must not know: how reports arrive, nor when a scrape comes.
 */
import { type Changes, dropReasons, type ExemplarReport, type MetricIntroduction } from '../../wire/protocol.js';
import type { AggregateOptions, LabelMatch } from '../contract.js';
import { CounterSeries, HistogramSeries } from './counted-series.js';
import { exemplarFault, type LabelPairs, type Labels } from '../printing/exposition.js';
import { Families, introductionFault } from './families.js';
import type { Family, Series } from './family.js';
import { GaugeSeries } from './gauge-series.js';
import { addNumbers } from './numbers.js';
import { RatioSeries } from './ratio-series.js';
import type { Distribution, Reading } from './reading.js';
import type { IntroducedMetric, Source } from './source.js';
import { selfMetrics } from '../self-metrics.js';

export type TotalsOptions = Pick<Required<AggregateOptions>, 'maxLabelSets' | 'created' | 'nowMs' | 'onDrop'>;

/** The cap on label sets does not apply to them: what counts the drops must not be dropped. */
const uncapped = new Set(Object.keys(selfMetrics));

export class Totals {
  readonly #options: TotalsOptions;
  readonly #families: Families;

  constructor(options: TotalsOptions) {
    this.#options = options;
    this.#families = new Families(options.created);
  }

  /**
   * @param changes of this source, in the order in which it sent them
   * @param counts whether its numbers count; what it introduces and removes is needed in any case
   */
  apply(source: Source, changes: Changes, counts = true): void {
    for (const introduction of changes.metrics ?? []) this.#introduceMetric(source, introduction);
    for (const [id, metric, values] of changes.series ?? []) this.#introduceSeries(source, id, metric, values);
    if (counts) {
      addNumbers(changes, source, (id) => this.#find(source, id), this.#options.nowMs());
      for (const exemplar of changes.exemplars ?? []) this.#setExemplar(source, exemplar);
      for (const [reason, metric, detail] of changes.dropped ?? []) {
        this.#options.onDrop(dropReasons.includes(reason) ? reason : 'protocol', metric, detail);
      }
    }
    for (const id of changes.removed ?? []) this.#leave(source, id, false);
    for (const id of changes.forgotten ?? []) this.#forget(source, id);
  }

  /** The source's process is gone. */
  depart(source: Source): void {
    for (const id of source.series.keys()) this.#leave(source, id, true);
    for (const id of source.metrics.keys()) this.#forget(source, id);
  }

  /** The source became stale, or reported again after it was. */
  setStale(source: Source, stale: boolean): void {
    if (source.stale === stale) return;
    source.stale = stale;
    for (const series of source.series.values()) series.changed();
  }

  removeSeries(labels: LabelMatch, name?: string): void {
    for (const family of this.#families.named(name)) {
      for (const series of matching(labels, family.shown, family.retired)) family.remove(series);
    }
  }

  /** As many are kept as may be shown: names that come and go take no more memory than those that stay. */
  retireSeries(labels: LabelMatch, name?: string): void {
    const { maxLabelSets, onDrop } = this.#options;
    for (const family of this.#families.named(name)) {
      for (const series of matching(labels, family.shown)) {
        if (family.definition.retention === 'live') family.remove(series);
        else family.retire(series);
        const [oldest] = family.retired.size > maxLabelSets ? family.retired.values() : [];
        if (oldest === undefined) continue;
        family.remove(oldest);
        onDrop('max_label_sets', family.name, `it has ${maxLabelSets} retired label sets already`);
      }
    }
  }

  restoreSeries(labels: LabelMatch, name?: string): void {
    for (const family of this.#families.named(name)) {
      for (const series of matching(labels, family.retired)) family.restore(series);
    }
  }

  values(name: string): Reading[] {
    const nowMs = this.#options.nowMs();
    return this.#shown(name).flatMap((series) => series.read(nowMs) ?? []);
  }

  distributions(name: string): Distribution[] {
    return this.#shown(name).flatMap((series) => (series instanceof HistogramSeries ? series.distribution() : []));
  }

  #shown(name: string): Series[] {
    return [...(this.#families.get(name)?.shown.values() ?? [])];
  }

  /** What is to be printed now. @param names of metrics or of their samples; none: all */
  shown(names: readonly string[]): Family[] {
    const nowMs = this.#options.nowMs();
    const families = this.#families.sorted.filter((family) => {
      return names.length === 0 || names.some((name) => family.answersTo(name));
    });
    for (const family of families) {
      if (family.definition.merge !== 'ratio') continue;
      for (const series of family.shown.values()) if (series instanceof RatioSeries) series.tick(nowMs);
    }
    return families;
  }

  #introduceMetric(source: Source, introduction: MetricIntroduction): void {
    const { id, labelNames, merge, constantLabels } = introduction;
    const identity = merge === 'per-child' ? source.identity : {};
    const fault = introductionFault(introduction, identity);
    if (fault !== undefined) {
      this.#options.onDrop('protocol', JSON.stringify(introduction.name), `it ${fault}`);
      return;
    }
    if (source.metrics.has(id)) return;
    const { family, conflict } = this.#families.hold(introduction);
    source.metrics.set(id, {
      family,
      positions: family.definition.labelNames.map((name) => labelNames.indexOf(name)),
      constantLabels: Object.entries({ ...identity, ...constantLabels })
        .filter(([name, value]) => value !== '' && !labelNames.includes(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    });
    if (conflict !== undefined) {
      this.#options.onDrop('conflicting_definition', family.name, `in another process it ${conflict}`);
    }
  }

  #forget(source: Source, id: number): void {
    const metric = source.metrics.get(id);
    source.metrics.delete(id);
    if (metric !== undefined) this.#families.letGo(metric.family);
  }

  #introduceSeries(source: Source, id: number, metricId: number, values: readonly string[]): void {
    const metric = source.metrics.get(metricId);
    // A process that found a primary again introduces what it has told before once more.
    if (metric === undefined || source.series.has(id)) return;
    const { family } = metric;
    if (values.every((value) => typeof value === 'string' && value.isWellFormed())) {
      this.#hold(source, id, family, labelsOf(metric, values));
      return;
    }
    const why = 'it has a label value that is not well-formed Unicode';
    this.#options.onDrop('invalid_label_value', family.name, why);
  }

  #hold(source: Source, id: number, family: Family, labels: LabelPairs): Series | undefined {
    const series = family.find(labels, (printed) => this.#make(family, Object.fromEntries(labels), printed));
    if (series === undefined) return undefined;
    series.holders += 1;
    source.series.set(id, series);
    return series;
  }

  #make(family: Family, labels: Labels, printed: string): Series | undefined {
    const { maxLabelSets, onDrop } = this.#options;
    if (family.shown.size >= maxLabelSets && !uncapped.has(family.name)) {
      onDrop('max_label_sets', family.name, `it has ${family.shown.size} label sets already`);
      return undefined;
    }
    const { merge, type } = family.definition;
    if (merge === 'ratio') return new RatioSeries(family, labels, printed);
    if (type === 'histogram' || type === 'summary') return new HistogramSeries(family, labels, printed);
    if (type === 'counter' && merge === 'sum') return new CounterSeries(family, labels, printed);
    return new GaugeSeries(family, labels, printed, merge === 'omit' ? 'sum' : merge);
  }

  /** The series that numbers are of: they show it again if it was retired or removed. */
  #find(source: Source, id: number): Series | undefined {
    const series = source.series.get(id);
    if (series === undefined || series.state === 'shown') return series;
    if (series.state === 'retired') {
      series.family.restore(series);
      return series;
    }
    source.series.delete(id);
    return this.#hold(source, id, series.family, Object.entries(series.labels));
  }

  #setExemplar(source: Source, [id, bucket, labels, value, timestamp]: ExemplarReport): void {
    const series = source.series.get(id);
    if (series === undefined) return;
    const exemplar = { labels, value, timestamp };
    const fault = exemplarFault(exemplar);
    if (fault !== undefined) this.#options.onDrop('invalid_exemplar', series.family.name, `its exemplar ${fault}`);
    else if (series instanceof CounterSeries) series.setExemplar(exemplar);
    else if (series instanceof HistogramSeries) series.setExemplar(bucket, exemplar);
  }

  /** A process holds a series no longer. The series leaves when no live process holds it. */
  #leave(source: Source, id: number, isGone: boolean): void {
    const series = source.series.get(id);
    source.series.delete(id);
    if (series === undefined || series.state === 'removed') return;
    series.holders -= 1;
    if (!series.leave(source, id, isGone)) series.family.remove(series);
  }
}

/** A label set in its family's order, and the process's own labels behind them. */
function labelsOf({ family, positions, constantLabels }: IntroducedMetric, values: readonly string[]): LabelPairs {
  const labels: (readonly [string, string])[] = [];
  for (const [i, name] of family.definition.labelNames.entries()) {
    const value = values[positions[i] ?? -1];
    // An empty value is the same as no label (Prometheus' data model), so both must be one series.
    if (value !== undefined && value !== '') labels.push([name, value]);
  }
  labels.push(...constantLabels);
  return labels;
}

/** Looks at each series once, however many values are wanted. */
function matching(labels: LabelMatch, ...among: readonly ReadonlyMap<string, Series>[]): Series[] {
  const wanted = Object.entries(labels).map(
    ([label, values]) => [label, new Set<string | undefined>([values].flat())] as const,
  );
  return among
    .flatMap((some) => [...some.values()])
    .filter((series) => wanted.every(([label, values]) => values.has(series.labels[label])));
}
