/**
 * How a metric is followed: taken over where its class is known by what it can do, read otherwise: a summary, one with a `get()` of
 * its own, one that another tracker has taken over. What changed in one that is read is the difference to the last reading.
 * Must not know: how the metric is updated, nor what is done with what changed.
 */
import type { DropReason } from '../../wire/protocol.js';
import {
  type ClientMetric,
  type ClientReading,
  isClientMetric,
  isMethod,
  isObject,
  type Labels,
  parseReading,
  textOf,
  withoutCollect,
} from '../recording/client.js';
import { traitsOf } from '../recording/client-class.js';
import { heldIn } from '../recording/distribution.js';
import { HistogramState } from '../recording/histogram-state.js';
import type { FollowerContext } from '../recording/reported-metric.js';
import { CounterState, GaugeState } from '../recording/series-state.js';
import { type SeriesState, SeriesTable, type StateClass } from '../recording/series-table.js';
import { TakenCounter } from '../recording/taken-counter.js';
import { TakenGauge, TakenRatio } from '../recording/taken-gauge.js';
import { TakenHistogram } from '../recording/taken-histogram.js';

export type TakenOver = TakenCounter | TakenGauge | TakenRatio | TakenHistogram;
export type Follower = TakenOver | MirroredMetric;

/** @param isNew whether nothing was recorded in it yet */
export function takeOver(metric: object, isNew: boolean, context: MirrorContext): Follower {
  const prototype = isClientMetric(metric) ? prototypeOf(metric) : undefined;
  if (!isClientMetric(metric) || prototype === undefined) return new MirroredMetric(metric, context);
  const options = { traits: traitsOf(prototype, metric.type), context, isNew };
  switch (metric.type) {
    case 'counter':
      return new TakenCounter(metric, options);
    case 'gauge':
      return metric.ratio === undefined ? new TakenGauge(metric, options) : new TakenRatio(metric, options);
    case 'histogram':
      return new TakenHistogram(metric, options);
    case 'summary':
      return new MirroredMetric(metric, context, metric);
  }
}

/** Besides `get`, `inc` of counters and `observe` of histograms, which constructors assign. */
const methodsOfClass = {
  counter: ['reset', 'remove', 'labels'],
  gauge: ['reset', 'remove', 'labels', 'set', 'inc', 'dec'],
  histogram: ['reset', 'remove', 'labels', 'zero'],
  summary: ['reset', 'remove', 'labels', 'observe'],
} as const;

/**
 * The prototype of the class that both reads a metric and updates it. Undefined: a `get()` of the object's own, or of a
 * subclass, may say anything. It is read, and not replaced.
 */
function prototypeOf(metric: ClientMetric): Labels | undefined {
  if (Object.hasOwn(metric, 'get')) return undefined;
  if (metric.type === 'counter' && !isMethod(metric.inc)) return undefined;
  if (metric.type === 'histogram' && !isMethod(metric.observe)) return undefined;
  let holder: unknown = Object.getPrototypeOf(metric);
  while (isObject(holder) && !Object.hasOwn(holder, 'get')) holder = Object.getPrototypeOf(holder);
  if (!isObject(holder)) return undefined;
  const owner = holder;
  const isOwner = methodsOfClass[metric.type].every(
    (name) => Object.hasOwn(owner, name) && owner[name] === metric[name],
  );
  return isOwner ? owner : undefined;
}

const stateOf: Readonly<Record<ClientMetric['type'], StateClass<SeriesState>>> = {
  counter: CounterState,
  gauge: GaugeState,
  histogram: HistogramState,
  summary: HistogramState,
};

export interface MirrorContext extends FollowerContext {
  /** The metric's name, type and labels are known. */
  known(table: SeriesTable): void;
  drop(reason: DropReason, metric: string, detail: string): void;
}

export class MirroredMetric {
  /** Once its name, type and labels are known. */
  table: SeriesTable | undefined;
  /** A scrape shows what it reads then. */
  readonly collects = true;
  readonly #metric: object;
  readonly #context: MirrorContext;
  readonly #plain: ClientMetric | undefined;
  #reading: Promise<void> | undefined;
  #isReleased = false;
  #isTold = false;

  /** @param plain the same metric, if its `get()` is a client's own, which only prints */
  constructor(metric: object, context: MirrorContext, plain?: ClientMetric) {
    this.#metric = metric;
    this.#context = context;
    this.#plain = plain;
  }

  async collect(): Promise<void> {
    if (this.#plain === undefined) return this.#read(this.#metric);
    // By itself: a `collect` function that never ends must not hold up the looks.
    if (isMethod(this.#plain.collect)) await this.#plain.collect.call(this.#plain);
    return this.look();
  }

  /** Reads it if that has no side effects. */
  async look(): Promise<void> {
    if (this.#plain !== undefined) await this.#read(withoutCollect(this.#plain));
  }

  release(): true {
    this.#isReleased = true;
    return true;
  }

  #read(metric: object): Promise<void> {
    this.#reading ??= this.#readNow(metric).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(metric: object): Promise<void> {
    const { get }: { get?: unknown } = metric;
    const given: unknown = isMethod(get) ? await get.call(metric) : undefined;
    if (this.#isReleased) return;
    const reading = parseReading(given);
    if (reading === undefined) this.#drop('its get() gives no name, type and values that can be printed');
    else this.#takeIn(reading);
  }

  #takeIn(reading: ClientReading): void {
    this.table ??= this.#createTable(reading);
    const { table } = this;
    if (table === undefined) return;
    const seen = new Set<SeriesState>();
    for (const { labels, total } of heldIn(reading.values, reading.type, (table.facts.buckets ?? []).length)) {
      if (!table.accepts(labels)) {
        this.#drop(`labels ${Object.keys(labels).join(', ')} are not those that it had at first`);
        continue;
      }
      const state = table.obtain(labels);
      seen.add(state);
      state.mirror(total);
      table.continue(state, total);
    }
    for (const state of table.states) if (!seen.has(state)) table.remove(state.labels);
  }

  /** Labels are known from the metric, or from its first lines. */
  #createTable({ name, help, type, values, aggregator }: ClientReading): SeriesTable | undefined {
    const { labelNames }: { labelNames?: unknown } = this.#metric;
    if (!Array.isArray(labelNames) && values.length === 0) return undefined;
    const known = Array.isArray(labelNames)
      ? labelNames.map(textOf)
      : [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))];
    const reserved = { counter: undefined, gauge: undefined, histogram: 'le', summary: 'quantile' }[type];
    const bounds = type === 'histogram' ? values.map(({ labels }) => Number(labels['le'] ?? Number.NaN)) : [];
    const buckets = [...new Set(bounds.filter(Number.isFinite))];
    if (type === 'histogram' && buckets.length === 0) return undefined;
    const labels = known.filter((label) => label !== reserved);
    const facts = { name, help, type, labelNames: labels, ...(type === 'histogram' ? { buckets } : {}) };
    const declaration = { ...this.#metric, aggregator };
    const table = new SeriesTable(stateOf[type], { facts, declaration, context: this.#context });
    this.#context.known(table);
    return table;
  }

  #drop(detail: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { name }: { name?: unknown } = this.#metric;
    this.#context.drop('unsupported_metric', typeof name === 'string' ? name : 'a metric without a name', detail);
  }
}
