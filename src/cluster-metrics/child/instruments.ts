/**
 * A catalog's metrics, and typed handles to their label sets. A metric of a catalog is a client's metric that is taken over;
 * a handle is bound to one series state, so an update looks nothing up.
 *
 * Must not know: how a client's metric is made (its module gives that), nor how anything is reported.
 */
import type {
  Catalog,
  CounterDefinition,
  HistogramDefinition,
  MetricDefinition,
  RatioGaugeDefinition,
} from '../wire/definition.js';
import { ClusterMetricsError } from '../wire/errors.js';
import type { ChangeTracker } from './change-tracker.js';
import { exemplarNow } from './exemplars.js';
import { LabelTree } from './label-tree.js';
import type { SeriesState } from './series-state.js';
import type { SeriesTable } from './series-table.js';
import { TakenCounter } from './taken-counter.js';
import { TakenGauge, type TakenRatio } from './taken-gauge.js';
import { TakenHistogram } from './taken-histogram.js';

/** What a definition's labels may be set to: its closed list, or any string where an allow-list bounds it. */
export type LabelValues<D extends MetricDefinition> = {
  readonly [L in keyof D['labels']]: D['labels'][L] extends readonly (infer V extends string)[] ? V : string;
};

/** Labels of an exemplar, such as `{ correlation_id }`: at most 128 characters together (OpenMetrics). */
export type ExemplarLabels = Readonly<Record<string, string>>;

export interface CounterHandle {
  /** @param amount not negative. Default: 1 */
  inc(amount?: number, exemplar?: ExemplarLabels): void;
}

export interface HistogramHandle {
  /** @param value in the unit that the metric's name ends with */
  observe(value: number, exemplar?: ExemplarLabels): void;
}

export interface GaugeHandle {
  set(value: number): void;
  /** @param amount default: 1 */
  inc(amount?: number): void;
  /** @param amount default: 1 */
  dec(amount?: number): void;
}

export interface RatioHandle {
  /** One trial, and whether it was a hit. */
  record(hit: boolean): void;
}

type HandleOf<D extends MetricDefinition> = D extends CounterDefinition
  ? CounterHandle
  : D extends HistogramDefinition
    ? HistogramHandle
    : D extends RatioGaugeDefinition
      ? RatioHandle
      : GaugeHandle;

export interface Instrument<D extends MetricDefinition> {
  /**
   * The handle for one label set; the same one each time. An update through it is a few nanoseconds, because it is
   * bound to its place in the metric, and prom-client's registry shows it all the same.
   */
  with(labels: LabelValues<D>): HandleOf<D>;
  /** Takes the label set out of this process's registry. */
  remove(labels: LabelValues<D>): void;
}

export type Instruments<C extends Catalog> = { readonly [Name in keyof C]: Instrument<C[Name]> };

/** Makes a metric of a client in a registry; the client's module provides it. */
export type MakeMetric = (name: string, definition: MetricDefinition) => MadeMetric;

export interface MadeMetric {
  remove(labels: Readonly<Record<string, string>>): void;
}

/** One label set's state; found anew after the label set was removed or its metric reset. */
class Place<S extends SeriesState> {
  #state: S;

  constructor(
    readonly taken: { readonly table: SeriesTable<S>; readonly released: boolean },
    readonly labels: Readonly<Record<string, string>>,
  ) {
    this.#state = taken.table.obtain(labels);
  }

  /** Undefined: the metric was given back to its class. */
  get state(): S | undefined {
    if (this.#state.presence === 'present') return this.#state;
    if (this.taken.released) return undefined;
    this.#state = this.taken.table.obtain(this.labels);
    return this.#state;
  }
}

function refuse(metric: string, value: number, why: string): never {
  throw new ClusterMetricsError('INVALID_VALUE', `${metric} cannot be changed by ${value}: ${why}.`);
}

function counterHandle(taken: TakenCounter, labels: Readonly<Record<string, string>>): CounterHandle {
  const place = new Place(taken, labels);
  const { sink } = taken.table;
  return {
    inc(amount = 1, exemplar) {
      if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
        refuse(taken.reported.name, amount, 'a counter only goes up, by finite amounts');
      }
      const { state } = place;
      if (state === undefined) {
        taken.metric.inc(labels, amount);
        return;
      }
      state.add(amount, sink);
      if (exemplar) state.setExemplar(exemplarNow(exemplar, amount), sink);
    },
  };
}

function histogramHandle(taken: TakenHistogram, labels: Readonly<Record<string, string>>): HistogramHandle {
  const place = new Place(taken, labels);
  const { sink } = taken.table;
  return {
    observe(value, exemplar) {
      if (!Number.isFinite(value)) refuse(taken.reported.name, value, 'a histogram takes finite values');
      const bucket = taken.bucketOf(value);
      const { state } = place;
      if (state === undefined) {
        taken.metric.observe(labels, value);
        return;
      }
      state.observe(value, bucket, sink);
      if (exemplar) state.setExemplar(bucket, exemplarNow(exemplar, value), sink);
    },
  };
}

function gaugeHandle(taken: TakenGauge, labels: Readonly<Record<string, string>>): GaugeHandle {
  const place = new Place(taken, labels);
  const { sink } = taken.table;
  const add = (amount: number): void => {
    const { state } = place;
    if (state === undefined) taken.metric.inc(labels, amount);
    else state.set(state.value + amount, sink);
  };
  return {
    set(value) {
      const { state } = place;
      if (state === undefined) taken.metric.set(labels, value);
      else state.set(value, sink);
    },
    inc: (amount = 1) => add(amount),
    dec: (amount = 1) => add(-amount),
  };
}

function ratioHandle(taken: TakenRatio, labels: Readonly<Record<string, string>>): RatioHandle {
  const place = new Place(taken, labels);
  return { record: (hit) => place.state?.observe(hit ? 1 : 0, 0, taken.table.sink) };
}

/**
 * Makes a catalog's metrics, and typed handles to them.
 *
 * @param tracker must follow the registry that the metrics are made in
 * @throws {ClusterMetricsError} UNSUPPORTED_METRIC when it does not
 */
export function instrument<const C extends Catalog>(
  catalog: C,
  tracker: ChangeTracker,
  make: MakeMetric,
): Instruments<C> {
  const instruments = Object.entries(catalog).map(([name, definition]) => {
    const metric = make(name, definition);
    const handle = handlesOf(name, metric, tracker);
    const handles = cached(Object.keys(definition.labels), handle);
    return [name, { with: handles, remove: (labels: Readonly<Record<string, string>>) => metric.remove(labels) }];
  });
  // The compiler cannot see that each entry was made from the definition of the same name.
  return Object.fromEntries(instruments) as Instruments<C>;
}

function handlesOf(name: string, metric: MadeMetric, tracker: ChangeTracker) {
  const taken = tracker.takenOver(metric);
  if (taken === undefined) {
    throw new ClusterMetricsError(
      'UNSUPPORTED_METRIC',
      `${name} was made in a registry that its change tracker does not follow, or that another one follows already; ` +
        'give both the same registry, and a registry one tracker.',
    );
  }
  return (labels: Readonly<Record<string, string>>) => {
    if (taken instanceof TakenCounter) return counterHandle(taken, labels);
    if (taken instanceof TakenHistogram) return histogramHandle(taken, labels);
    return taken instanceof TakenGauge ? gaugeHandle(taken, labels) : ratioHandle(taken, labels);
  };
}

function cached<H extends object>(
  names: readonly string[],
  make: (labels: Readonly<Record<string, string>>) => H,
): (labels: Readonly<Record<string, string>>) => H {
  const tree = new LabelTree<H>(names);
  return (labels) => {
    const known = tree.find(labels) ?? tree.get(labels);
    if (known !== undefined) return known;
    const handle = make(Object.fromEntries(names.map((name) => [name, labels[name] ?? ''])));
    tree.set(labels, handle);
    return handle;
  };
}
