/**
 * Decides how a metric is followed: taken over where its class is known by what it can do, read otherwise.
 *
 * Must not know: which client a metric is of.
 */
import type { DropReason } from '../wire/changes.js';
import { ClassTraits } from './class-traits.js';
import { type ClientMetric, isClientMetric, isMethod, isObject, type Labels } from './client.js';
import type { FollowedRegistry } from './followed-registry.js';
import { MirroredMetric } from './mirrored-metric.js';
import { onAssigned } from './own-methods.js';
import type { ReportedMetric } from './reported-metric.js';
import type { SeriesState, Sink } from './series-state.js';
import type { SeriesTable } from './series-table.js';
import { TakenCounter } from './taken-counter.js';
import { TakenGauge, TakenRatio } from './taken-gauge.js';
import { TakenHistogram } from './taken-histogram.js';

export type TakenOver = TakenCounter | TakenGauge | TakenRatio | TakenHistogram;
export type Follower = TakenOver | MirroredMetric;

export interface TakeOverOptions {
  readonly sink: Sink;
  readonly onLeftToClass: (metric: { look(): Promise<void> }) => void;
  readonly onKnown: (metric: ReportedMetric, table: SeriesTable<SeriesState>) => void;
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
}

/** @param isNew whether nothing was recorded in it yet */
export function takeOver(metric: object, isNew: boolean, options: TakeOverOptions): Follower {
  const prototype = isClientMetric(metric) ? prototypeOf(metric) : undefined;
  if (!isClientMetric(metric) || prototype === undefined) return new MirroredMetric(metric, options, false);
  const traits = ClassTraits.of(prototype, metric.type);
  switch (metric.type) {
    case 'counter':
      return new TakenCounter(metric, traits, options, isNew);
    case 'gauge':
      return metric.ratio === undefined
        ? new TakenGauge(metric, traits, options, isNew)
        : new TakenRatio(metric, traits, options);
    case 'histogram':
      return new TakenHistogram(metric, traits, options, isNew);
    case 'summary':
      return new MirroredMetric(metric, options, true);
  }
}

const methodsOfClass = {
  counter: ['get', 'reset', 'remove', 'labels'],
  gauge: ['get', 'reset', 'remove', 'labels', 'set', 'inc', 'dec'],
  histogram: ['get', 'reset', 'remove', 'labels', 'zero'],
  summary: ['get', 'reset', 'remove', 'labels', 'observe'],
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

/**
 * Calls back when a metric's constructor is done with what is to be replaced: at once, as soon as its last member is
 * assigned, or at the end of the turn. So nothing that is recorded in it, and no handle, ever goes around.
 *
 * @param done told whether nothing can have been recorded in it yet
 */
export function whenConstructed(metric: object, done: (isNew: boolean) => void): void {
  if (isClientMetric(metric)) {
    done(false);
    return;
  }
  const { get, reset }: { get?: unknown; reset?: unknown } = metric;
  if (Object.hasOwn(metric, 'get') || !isMethod(get) || !isMethod(reset)) {
    done(false);
    return;
  }
  let isDone = false;
  const finish = (isNew: boolean): void => {
    if (!isDone) done(isNew);
    isDone = true;
  };
  const stops = [
    onAssigned(metric, 'type', (type) => {
      if (type === 'counter') stops.push(onAssigned(metric, 'inc', () => finish(true)));
      else if (type === 'histogram') stops.push(onAssigned(metric, 'observe', () => finish(true)));
      else finish(type === 'gauge');
    }),
  ];
  queueMicrotask(() => {
    for (const stop of stops) stop();
    finish(false);
  });
}

/** A histogram's registry reads it line by line in a way that is not documented: it is given what it prints by `get()`. */
export function printableHistogram(taken: TakenOver | undefined, registry: FollowedRegistry): object | undefined {
  if (!(taken instanceof TakenHistogram)) return undefined;
  const { name, help, type } = taken.metric;
  const get = async (): Promise<object> => {
    const reading = await taken.read();
    await registry.lookAtDefaultLabels();
    // The bucket's bound comes first, then the registry's labels, then the series' own.
    const values = reading.values.map(({ labels, ...value }) => {
      const { le, ...own } = labels;
      const named = le === undefined ? {} : { le };
      const defaults = Object.entries(registry.defaultLabels).filter(([label]) => !(label in own));
      return { ...value, labels: { ...named, ...Object.fromEntries(defaults), ...own } };
    });
    return { ...reading, values };
  };
  return { name, help, type, get };
}
