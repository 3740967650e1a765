/**
 * Decides how a metric is followed: taken over where its class is known by what it can do, read otherwise.
 *
 * Must not know: which client a metric is of.
 */
import type { DropReason } from '../wire/changes.js';
import { type ClientMetric, isClientMetric, isMethod } from './client.js';
import type { FollowedRegistry } from './followed-registry.js';
import { MirroredMetric } from './mirrored-metric.js';
import { onAssigned } from './own-methods.js';
import type { ReportedMetric } from './reported-metric.js';
import type { Sink } from './series-state.js';
import { TakenCounter } from './taken-counter.js';
import { TakenGauge, TakenRatio } from './taken-gauge.js';
import { TakenHistogram } from './taken-histogram.js';

export type TakenOver = TakenCounter | TakenGauge | TakenRatio | TakenHistogram;
export type Follower = TakenOver | MirroredMetric;

export interface TakeOverOptions {
  readonly sink: Sink;
  readonly onLeftToClass: (metric: { look(): Promise<void> }) => void;
  readonly onKnown: (metric: ReportedMetric) => void;
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
}

/** @param isNew whether nothing was recorded in it yet */
export function takeOver(metric: object, isNew: boolean, options: TakeOverOptions): Follower {
  if (!isClientMetric(metric) || !isOfOneClass(metric)) return new MirroredMetric(metric, options, false);
  switch (metric.type) {
    case 'counter':
      return new TakenCounter(metric, options, isNew);
    case 'gauge':
      return metric.ratio === undefined ? new TakenGauge(metric, options, isNew) : new TakenRatio(metric, options);
    case 'histogram':
      return new TakenHistogram(metric, options, isNew);
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
 * Whether what reads a metric and what updates it are of one class. A `get()` of the object's own, or of a subclass, may say anything: it is read, and not replaced.
 */
function isOfOneClass(metric: ClientMetric): boolean {
  if (Object.hasOwn(metric, 'get')) return false;
  if (metric.type === 'counter' && !isMethod(metric.inc)) return false;
  if (metric.type === 'histogram' && !isMethod(metric.observe)) return false;
  let holder: unknown = Object.getPrototypeOf(metric);
  while (typeof holder === 'object' && holder !== null && !Object.hasOwn(holder, 'get')) {
    holder = Object.getPrototypeOf(holder);
  }
  if (typeof holder !== 'object' || holder === null) return false;
  const owner: Partial<Record<string, unknown>> = Object(holder);
  return methodsOfClass[metric.type].every((name) => Object.hasOwn(owner, name) && owner[name] === metric[name]);
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
