/**
 * How a metric is followed: taken over where its class is known by what it can do, read otherwise.
 * Must not know: what is done with what changed.
 */
import { traitsOf } from '../recording/client-class.js';
import { type ClientMetric, isClientMetric, isMethod, isObject, type Labels } from '../recording/client.js';
import { type MirrorContext, MirroredMetric } from './mirrored-metric.js';
import { TakenCounter } from '../recording/taken-counter.js';
import { TakenGauge, TakenRatio } from '../recording/taken-gauge.js';
import { TakenHistogram } from '../recording/taken-histogram.js';

export type TakenOver = TakenCounter | TakenGauge | TakenRatio | TakenHistogram;
export type Follower = TakenOver | MirroredMetric;

/** @param isNew whether nothing was recorded in it yet */
export function takeOver(metric: object, isNew: boolean, context: MirrorContext): Follower {
  const prototype = isClientMetric(metric) ? prototypeOf(metric) : undefined;
  if (!isClientMetric(metric) || prototype === undefined) return new MirroredMetric(metric, context, false);
  const options = { traits: traitsOf(prototype, metric.type), context, isNew };
  switch (metric.type) {
    case 'counter':
      return new TakenCounter(metric, options);
    case 'gauge':
      return metric.ratio === undefined ? new TakenGauge(metric, options) : new TakenRatio(metric, options);
    case 'histogram':
      return new TakenHistogram(metric, options);
    case 'summary':
      return new MirroredMetric(metric, context, true);
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
