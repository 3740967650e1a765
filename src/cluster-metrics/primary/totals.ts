/**
 * The running sums of everything that any process reported: what a scrape prints. Deltas are added when they arrive, so
 * a counter needs no care when its child dies.
 *
 * Must not know: how reports arrive, nor when a scrape comes.
 */
import type { Changes, DropReason, MetricIntroduction } from '../wire/changes.js';
import type { Descriptor } from './descriptor.js';
import { exemplarFault } from './exemplar-rules.js';
import type { Format } from './exposition.js';
import { Families } from './families.js';
import { introductionFault } from './introduction-rules.js';
import type { Family } from './family.js';
import type { Piece } from './piece.js';
import { type Distribution, type Reading, readDistributions, readValues } from './reading.js';
import { MergedSeries, RatioSeries } from './gauge-series.js';
import { CounterSeries, HistogramSeries, type Series } from './series.js';
import { applyNumbers } from './apply-numbers.js';
import { type LabelMatch, matching, without } from './label-matching.js';
import type { Source } from './source.js';

export interface TotalsOptions {
  /** Label sets at most in one family; new ones over it are dropped. */
  readonly maxLabelSets: number;
  /** Families that the cap does not apply to: what counts the drops must not be dropped. */
  readonly uncapped?: ReadonlySet<string>;
  /** Whether OpenMetrics gets `_created` lines. Default: true. */
  readonly created?: boolean;
  /** Told of everything that is not in the aggregate. */
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
}

export class Totals {
  readonly #options: TotalsOptions;
  readonly #families: Families;
  readonly #familyOf = new WeakMap<Descriptor, Family>();
  #order = 0;

  constructor(options: TotalsOptions) {
    this.#options = options;
    this.#families = new Families(options.created ?? true);
  }

  family(name: string): Family | undefined {
    return this.#families.get(name);
  }

  /** @param changes of this source, in the order in which it sent them */
  apply(source: Source, changes: Changes): void {
    for (const introduction of changes.metrics ?? []) this.#introduceMetric(source, introduction);
    for (const [id, metric, values] of changes.series ?? []) {
      // A process that found a primary again introduces what it has told before once more.
      if (source.series.has(id)) continue;
      const series = this.#introduceSeries(source, metric, values);
      if (series === undefined) continue;
      series.holders += 1;
      source.series.set(id, series);
    }
    applyNumbers(changes, source, (id) => this.#find(source, id), {
      nowMs: this.#options.nowMs,
      nextOrder: () => this.#order++,
    });
    for (const [id, bucket, labels, value, timestamp] of changes.exemplars ?? []) {
      const series = source.series.get(id);
      if (series === undefined) continue;
      const exemplar = { labels, value, timestamp };
      const fault = exemplarFault(labels, value, timestamp);
      if (fault !== undefined) this.#options.onDrop('invalid_exemplar', series.family.name, `its exemplar ${fault}`);
      else if (series instanceof CounterSeries) series.setExemplar(exemplar);
      else if (series instanceof HistogramSeries) series.setExemplar(bucket, exemplar);
    }
    for (const id of changes.removed ?? []) this.#withdraw(source, id);
    for (const id of changes.forgotten ?? []) this.#forget(source, id);
    for (const [reason, metric, detail] of changes.dropped ?? []) this.#options.onDrop(reason, metric, detail);
  }

  /** The source's process is gone. */
  depart(source: Source): void {
    for (const series of source.series.values()) {
      if (series.state === 'removed') continue;
      series.holders -= 1;
      if (!series.depart(source)) this.#remove(series);
    }
    source.series.clear();
    for (const id of source.families.keys()) this.#forget(source, id);
  }

  /** The source became stale, or reported again after it was. */
  setStale(source: Source, stale: boolean): void {
    if (source.stale === stale) return;
    source.stale = stale;
    for (const series of source.series.values()) series.changed();
  }

  /**
   * Removes series, whichever process reported them. If a process reports one of them again, it starts from zero.
   *
   * @param labels series that have one of the values of each of these labels
   * @param name of a family; default: all
   */
  removeSeries(labels: LabelMatch, name?: string): void {
    for (const [family, series] of matching(this.#families.all(), labels, name, ({ series, retired }) => [
      series,
      retired,
    ])) {
      family.remove(series);
    }
  }

  /**
   * Shows series no longer and keeps their totals, until a report has one of them or they are restored. Live gauges are
   * taken out for good: they say how things are now.
   */
  retireSeries(labels: LabelMatch, name?: string): void {
    for (const [family, series] of matching(this.#families.all(), labels, name, ({ series }) => [series])) {
      if (family.retention === 'live') family.remove(series);
      else this.#retire(family, series);
    }
  }

  restoreSeries(labels: LabelMatch, name?: string): void {
    for (const [family, series] of matching(this.#families.all(), labels, name, ({ retired }) => [retired]))
      family.restore(series);
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
    for (const family of this.#families.all()) {
      if (family.merge !== 'ratio') continue;
      for (const series of family.series.values()) if (series instanceof RatioSeries) series.tick(nowMs);
    }
  }

  /** One piece at a time, so that the caller can let the loop turn in between. */
  *print(format: Format, wanted: (family: Family) => boolean): Generator<Piece> {
    for (const family of this.#families.sorted) {
      if (!wanted(family)) continue;
      yield family.header(format);
      for (const chunk of family.chunks) yield chunk.print(format);
    }
  }

  #introduceMetric(source: Source, introduction: MetricIntroduction): void {
    const fault = introductionFault(introduction);
    if (fault !== undefined) {
      this.#options.onDrop('protocol', JSON.stringify(introduction.name), `it ${fault}`);
      return;
    }
    const { id, labelNames, constantLabels, merge } = introduction;
    if (source.families[id] !== undefined) return;
    source.labelNames[id] = labelNames;
    source.constantLabels[id] =
      merge === 'per-child' ? { ...without(source.identity, labelNames), ...constantLabels } : (constantLabels ?? {});
    const { family, conflict } = this.#families.hold(introduction);
    this.#familyOf.set(family, family);
    if (conflict !== undefined) {
      this.#options.onDrop('conflicting_definition', family.name, `in another process it ${conflict}`);
    }
    source.families[id] = family;
  }

  #forget(source: Source, id: number): void {
    const family = source.families[id];
    if (family === undefined) return;
    source.families[id] = undefined;
    this.#families.letGo(family);
  }

  #introduceSeries(source: Source, metric: number, values: readonly string[]): Series | undefined {
    const family = source.families[metric];
    if (family === undefined || !values.every((value) => typeof value === 'string')) return undefined;
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

  #find(source: Source, id: number): Series | undefined {
    const series = source.series.get(id);
    if (series === undefined || series.state === 'shown') return series;
    const family = this.#owner(series);
    if (series.state === 'retired') {
      family.restore(series);
      return series;
    }
    const anew = family.find(series.labelSet) ?? family.add(series.labelSet);
    if (anew.state === 'retired') family.restore(anew);
    anew.holders += 1;
    source.series.set(id, anew);
    return anew;
  }

  /** A process removed a series on purpose. The series leaves when no live process holds it. */
  #withdraw(source: Source, id: number): void {
    const series = source.series.get(id);
    source.series.delete(id);
    if (series === undefined || series.state === 'removed') return;
    series.holders -= 1;
    const left = series instanceof MergedSeries ? series.withdraw(source) : series.holders > 0;
    if (!left) this.#remove(series);
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
    this.#owner(series).remove(series);
  }

  #owner(series: Series): Family {
    const family = this.#familyOf.get(series.family);
    if (family === undefined) throw new Error(`${series.family.name} has series but no family`);
    return family;
  }
}
