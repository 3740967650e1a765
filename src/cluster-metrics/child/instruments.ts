import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AnyRegistry, ChangeTracker } from './change-tracker.js';
import type {
  Catalog,
  CounterDefinition,
  HistogramDefinition,
  MergeRule,
  MetricDefinition,
  RatioGaugeDefinition,
  Retention,
} from '../wire/definition.js';
import { ClusterMetricsError } from '../wire/errors.js';
import { RollingRatio } from '../wire/rolling-ratio.js';
import type { HandleExemplar, Slot, TrackedMetric } from './tracked-metric.js';

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

/** One label set's slot; found anew after the label set was removed or its metric reset. */
class Place {
  #slot: Slot;

  constructor(
    readonly metric: TrackedMetric,
    readonly labels: Readonly<Record<string, string>>,
  ) {
    this.#slot = metric.slot(labels);
  }

  get slot(): Slot {
    if (this.#slot.gone || this.#slot.absent) this.#slot = this.metric.slot(this.labels);
    return this.#slot;
  }
}

function exemplarNow(labels: ExemplarLabels, value: number): HandleExemplar {
  return { labels, value, timestamp: Date.now() / 1000 };
}

function refuse(metric: string, value: number, why: string): never {
  throw new ClusterMetricsError('INVALID_VALUE', `${metric} cannot be changed by ${value}: ${why}.`);
}

function counterHandle(place: Place, touch: (slot: Slot) => void): CounterHandle {
  return {
    inc(amount = 1, exemplar) {
      if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
        refuse(place.metric.name, amount, 'a counter only goes up, by finite amounts');
      }
      const { slot } = place;
      slot.entry.value += amount;
      if (exemplar) (slot.exemplars ??= new Map()).set(-1, exemplarNow(exemplar, amount));
      touch(slot);
    },
  };
}

/** Observations of one label set whose buckets are remembered until the next report. */
const notedBuckets = 32;

function histogramHandle(place: Place, bounds: readonly number[], touch: (slot: Slot) => void): HistogramHandle {
  const keys = place.metric.bucketKeys;
  return {
    observe(value, exemplar) {
      if (!Number.isFinite(value)) refuse(place.metric.name, value, 'a histogram takes finite values');
      const { slot } = place;
      const { entry } = slot;
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
      const key = keys[bucket];
      if (key !== undefined) entry.bucketValues[key] = (entry.bucketValues[key] ?? 0) + 1;
      entry.sum += value;
      entry.count += 1;
      // Beyond that, comparing all buckets is no slower; and it must not grow while the primary is slow to read.
      if (slot.observed.length < notedBuckets) slot.observed.push(bucket);
      if (exemplar) (slot.exemplars ??= new Map()).set(bucket, exemplarNow(exemplar, value));
      touch(slot);
    },
  };
}

function gaugeHandle(place: Place, touch: (slot: Slot) => void): GaugeHandle {
  const set = (value: number): void => {
    const { slot } = place;
    slot.entry.value = value;
    touch(slot);
  };
  return {
    set,
    inc: (amount = 1) => set(place.slot.entry.value + amount),
    dec: (amount = 1) => set(place.slot.entry.value - amount),
  };
}

function ratioHandle(place: Place, window: RollingRatio, touch: (slot: Slot) => void): RatioHandle {
  return {
    record(hit) {
      const { slot } = place;
      window.add(hit ? 1 : 0, 1, performance.now());
      slot.trials += 1;
      if (hit) slot.hits += 1;
      touch(slot);
    },
  };
}

/** Handles by label values, one map for each label: three look-ups instead of building a key. */
type Tree<H> = Map<string, Tree<H> | H>;

function cached<H extends object>(
  names: readonly string[],
  make: (labels: Readonly<Record<string, string>>) => H,
): (labels: Readonly<Record<string, string>>) => H {
  const root: Tree<H> = new Map();
  const path = names.length === 0 ? [''] : names;
  const last = path.length - 1;
  return (labels) => {
    let level = root;
    for (let i = 0; i < last; i++) {
      const value = labels[path[i] ?? ''] ?? '';
      let next = level.get(value);
      if (!(next instanceof Map)) {
        next = new Map<string, Tree<H> | H>();
        level.set(value, next);
      }
      level = next;
    }
    const value = labels[path[last] ?? ''] ?? '';
    const known = level.get(value);
    if (known !== undefined && !(known instanceof Map)) return known;
    const handle = make(Object.fromEntries(names.map((name) => [name, labels[name] ?? ''])));
    level.set(value, handle);
    return handle;
  };
}

/**
 * Makes a catalog's metrics in a registry, and typed handles to them.
 *
 * @param tracker must follow `registry`
 * @throws {ClusterMetricsError} UNSUPPORTED_METRIC when it does not
 */
export function createInstruments<const C extends Catalog>(
  catalog: C,
  registry: AnyRegistry,
  tracker: ChangeTracker,
): Instruments<C> {
  const instruments = Object.entries(catalog).map(([name, definition]) => [
    name,
    createInstrument(name, definition, registry, tracker),
  ]);
  // The compiler cannot see that each entry was made from the definition of the same name.
  return Object.fromEntries(instruments) as Instruments<C>;
}

function createInstrument(
  name: string,
  definition: MetricDefinition,
  registry: AnyRegistry,
  tracker: ChangeTracker,
): Instrument<MetricDefinition> {
  const windows = new Map<Slot, RollingRatio>();
  const metric = registerMetric(name, definition, registry, windows);
  const tracked = tracker.tracked(metric);
  if (tracked === undefined) {
    throw new ClusterMetricsError(
      'UNSUPPORTED_METRIC',
      `${name} was made in a registry that its change tracker does not follow; give both the same registry.`,
    );
  }
  if (definition.type === 'gauge' && definition.merge === 'ratio') {
    tracker.declareRatio(tracked, { windowSeconds: definition.windowSeconds, scale: definition.scale });
  }
  const handles = cached(Object.keys(definition.labels), (labels) => {
    const place = new Place(tracked, labels);
    switch (definition.type) {
      case 'counter':
        return counterHandle(place, tracker.touch);
      case 'histogram':
        return histogramHandle(place, definition.buckets, tracker.touch);
      case 'gauge': {
        if (definition.merge !== 'ratio') return gaugeHandle(place, tracker.touch);
        const window = new RollingRatio(definition.windowSeconds, performance.now());
        windows.set(place.slot, window);
        return ratioHandle(place, window, tracker.touch);
      }
    }
  });
  return { with: handles, remove: (labels) => void metric.remove(labels) };
}

function registerMetric(
  name: string,
  definition: MetricDefinition,
  registry: AnyRegistry,
  windows: ReadonlyMap<Slot, RollingRatio>,
): Counter | Gauge | Histogram {
  const labelNames = Object.keys(definition.labels);
  // prom-client's types tie a metric to one content type; its code does not, as exemplars are not enabled here.
  const base = { name, help: definition.help, labelNames, registers: [registry as Registry] };
  switch (definition.type) {
    case 'counter':
      return new Counter({ ...base, ...declared('sum', 'cumulative') });
    case 'histogram':
      return new Histogram({ ...base, buckets: [...definition.buckets], ...declared('sum', 'cumulative') });
    case 'gauge': {
      const metric = new Gauge({ ...base, ...declared(definition.merge, definition.retention) });
      if (definition.merge === 'ratio') showOwnRatio(metric, definition, windows);
      return metric;
    }
  }
}

/** In this process's own registry a ratio gauge shows this process's own ratio. */
function showOwnRatio(metric: Gauge, definition: RatioGaugeDefinition, windows: ReadonlyMap<Slot, RollingRatio>): void {
  Reflect.set(metric, 'collect', () => {
    for (const [slot, window] of windows) {
      const { hits, trials } = window.totals(performance.now());
      slot.entry.value = trials === 0 ? Number.NaN : (definition.scale * hits) / trials;
    }
  });
}

/** Extra keys of a metric's configuration stay on the instance, where the tracking reads them. */
function declared(mergeRule: MergeRule, retention: Retention): object {
  return { mergeRule, retention };
}
