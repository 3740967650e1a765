import type { Registry, RegistryContentType } from 'prom-client';
import { type Changes, toWire } from '../wire/changes.js';
import { asPromMetric, type PromExemplar } from './prom-metric.js';
import type { Identity } from '../wire/identity.js';
import { type Slot, TrackedMetric } from './tracked-metric.js';

export type AnyRegistry = Registry<RegistryContentType>;

export interface ChangeTrackerOptions {
  /** Whose metrics are followed; metrics registered there later are followed too. */
  readonly registries: readonly AnyRegistry[];
  /** Added to the labels of every metric that was not made from a definition. Default: none. */
  readonly undeclaredLabels?: Identity;
  /** Told of a `collect` function that threw. Default: nobody. */
  readonly onError?: (error: unknown) => void;
}

/** How a ratio gauge's definition reaches the introduction: prom-client keeps unknown config keys on the instance. */
interface RatioSettings {
  readonly windowSeconds: number;
  readonly scale: number;
}

/** Notices which series of this process's registries change, and tells what changed since it was last asked. */
export class ChangeTracker {
  /** Called when there is something to report and there was nothing before. */
  onFirstChange: (() => void) | undefined;

  readonly #options: ChangeTrackerOptions;
  readonly #registries = new Set<AnyRegistry>();
  readonly #tracked = new Map<object, TrackedMetric>();
  readonly #ratios = new WeakMap<TrackedMetric, RatioSettings>();
  readonly #registryOf = new WeakMap<TrackedMetric, AnyRegistry>();
  /** Registered, but perhaps still under construction. */
  #registering: { readonly metric: object; readonly registry: AnyRegistry }[] = [];
  #unannounced: TrackedMetric[] = [];
  #dirty: Slot[] = [];
  #taken = 0;
  #nextMetricId = 0;
  #nextSeriesId = 0;

  constructor(options: ChangeTrackerOptions) {
    this.#options = options;
    this.follow(options.registries);
  }

  /** How many changes were ever queued; a report that took up to here holds everything that happened before. */
  get position(): number {
    this.#settle();
    return this.#taken + this.#dirty.length + this.#unannounced.length;
  }

  /** How many queued changes have been taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Follows these registries instead of those before; what others held leaves the aggregate. */
  follow(registries: readonly AnyRegistry[]): void {
    const wanted = new Set(registries);
    for (const registry of this.#registries) {
      if (wanted.has(registry)) continue;
      this.#registries.delete(registry);
      for (const metric of registry.getMetricsAsArray()) this.#abandon(metric);
    }
    for (const registry of wanted) if (!this.#registries.has(registry)) this.#followRegistry(registry);
  }

  /** The tracked form of a metric that is registered in a followed registry. */
  tracked(metric: object): TrackedMetric | undefined {
    this.#settle();
    return this.#tracked.get(metric);
  }

  declareRatio(metric: TrackedMetric, settings: RatioSettings): void {
    this.#ratios.set(metric, settings);
  }

  touch = (slot: Slot): void => {
    if (slot.dirty) return;
    slot.dirty = true;
    if (this.#dirty.push(slot) === 1) this.onFirstChange?.();
  };

  /** Runs the metrics' `collect` functions, as a scrape of this registry would. One that fails stops no other. */
  async collect(): Promise<void> {
    this.#settle();
    const pending: Promise<unknown>[] = [];
    for (const { metric } of this.#tracked.values()) {
      if (!metric.collect) continue;
      try {
        const result = metric.collect();
        if (result instanceof Promise) pending.push(result);
      } catch (error) {
        this.#options.onError?.(error);
      }
    }
    for (const result of await Promise.allSettled(pending)) {
      if (result.status === 'rejected') this.#options.onError?.(result.reason);
    }
  }

  /**
   * What changed since the last call, oldest first.
   *
   * @param limit label sets at most; what is over waits for the next call. Default: all
   * @returns undefined when nothing changed
   */
  take(limit = Number.POSITIVE_INFINITY): Changes | undefined {
    this.#settle();
    const all = this.#dirty;
    const slots = all.length <= limit ? all : all.slice(0, limit);
    this.#dirty = all.length <= limit ? [] : all.slice(limit);
    this.#taken += slots.length + this.#unannounced.length;
    const changes: Changes = {};
    for (const metric of this.#unannounced) this.#announce(metric, changes);
    this.#unannounced = [];
    for (const slot of slots) {
      slot.dirty = false;
      this.#report(slot, changes);
    }
    for (const _ in changes) return changes;
    return undefined;
  }

  #followRegistry(registry: AnyRegistry): void {
    this.#registries.add(registry);
    for (const metric of registry.getMetricsAsArray()) this.#track(metric, registry);

    const registerMetric = registry.registerMetric.bind(registry);
    registry.registerMetric = (metric) => {
      registerMetric(metric);
      // prom-client registers a metric from its base class's constructor, when half of its fields are not there yet.
      this.#registering.push({ metric, registry });
      queueMicrotask(() => this.#settle());
    };
    const removeSingleMetric = registry.removeSingleMetric.bind(registry);
    registry.removeSingleMetric = (name) => {
      const metric = registry.getSingleMetric(name);
      removeSingleMetric(name);
      if (metric) this.#abandon(metric);
    };
    const clear = registry.clear.bind(registry);
    registry.clear = () => {
      const metrics = registry.getMetricsAsArray();
      clear();
      for (const metric of metrics) this.#abandon(metric);
    };
  }

  #settle(): void {
    if (this.#registering.length === 0) return;
    const registering = this.#registering;
    this.#registering = [];
    for (const { metric, registry } of registering) {
      // It may have left again in the meantime, and its registry, too.
      const stays = this.#registries.has(registry) && registry.getMetricsAsArray().some((one) => one === metric);
      if (stays) this.#track(metric, registry);
    }
  }

  #track(metric: object, registry: AnyRegistry): void {
    if (this.#tracked.has(metric)) return;
    const tracked = new TrackedMetric(asPromMetric(metric), this.touch);
    this.#tracked.set(metric, tracked);
    this.#registryOf.set(tracked, registry);
    // Told of even without a label set, so that its HELP and TYPE are there before its first event.
    this.#unannounced.push(tracked);
    if (this.#dirty.length === 0) this.onFirstChange?.();
  }

  #abandon(metric: object): void {
    this.#tracked.get(metric)?.abandon();
    this.#tracked.delete(metric);
  }

  #report(slot: Slot, changes: Changes): void {
    if (!slot.refused && !this.#introduce(slot, changes)) slot.refused = true;
    if (!slot.refused) {
      if (slot.metric.merge === 'ratio') reportRatio(slot, changes);
      else if (slot.metric.type === 'histogram' || slot.metric.type === 'summary') reportHistogram(slot, changes);
      else if (slot.metric.type === 'counter' && slot.metric.merge === 'sum') reportCounter(slot, changes);
      else reportGauge(slot, changes);
      reportExemplars(slot, changes);
    }
    if (slot.absent) {
      if (!slot.refused) (changes.removed ??= []).push(slot.id);
      slot.gone = true;
      slot.metric.slots.delete(slot.key);
    }
  }

  #announce(tracked: TrackedMetric, changes: Changes): void {
    if (tracked.merge === 'omit') return;
    if (tracked.merge === undefined) {
      const detail = `its aggregator ${String(tracked.metric.aggregator)} is none of prom-client's`;
      (changes.dropped ??= []).push(['unknown_aggregator', tracked.name, detail]);
      return;
    }
    tracked.id = this.#nextMetricId++;
    const { metric } = tracked;
    const constant = {
      // A declared metric's labels are exact; a library's plain one says nothing of the process it lives in.
      ...(metric.mergeRule === undefined ? this.#options.undeclaredLabels : {}),
      ...defaultLabelsOf(this.#registryOf.get(tracked)),
    };
    for (const name of metric.labelNames) delete constant[name];
    (changes.metrics ??= []).push({ ...tracked.introduction(constant), ...this.#ratios.get(tracked) });
  }

  /** @returns false when this label set can never be part of the aggregate */
  #introduce(slot: Slot, changes: Changes): boolean {
    if (slot.id >= 0) return true;
    const { metric, entry } = slot;
    if (metric.id < 0) return false;
    const values = metric.metric.labelNames.map((name) => String(entry.labels[name] ?? ''));
    // A lone surrogate has no UTF-8 form: printed as a replacement character, two label sets would become one.
    const broken = values.find((value) => !value.isWellFormed());
    if (broken !== undefined) {
      const detail = `label value ${JSON.stringify(broken)} is not well-formed Unicode`;
      (changes.dropped ??= []).push(['invalid_label_value', metric.name, detail]);
      return false;
    }
    slot.id = this.#nextSeriesId++;
    (changes.series ??= []).push([slot.id, metric.id, values]);
    return true;
  }
}

/** `Registry.setDefaultLabels` has no public reader. */
function defaultLabelsOf(registry: AnyRegistry | undefined): Record<string, string> {
  const labels: unknown = registry === undefined ? undefined : Reflect.get(registry, '_defaultLabels');
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

function reportCounter(slot: Slot, changes: Changes): void {
  const increment = slot.entry.value - (slot.sentValue ?? 0);
  // A counter that was introduced at zero is a series, and says something: it is reported once.
  if (increment === 0 && slot.sentValue !== undefined) return;
  slot.sentValue = slot.entry.value;
  (changes.counters ??= []).push(slot.id, increment);
}

function reportGauge(slot: Slot, changes: Changes): void {
  const { value } = slot.entry;
  // Only `most-recent` cares that a value was set again.
  if (Object.is(value, slot.sentValue) && slot.metric.merge !== 'most-recent') return;
  slot.sentValue = value;
  (changes.gauges ??= []).push(slot.id, toWire(value));
}

function reportHistogram(slot: Slot, changes: Changes): void {
  const { entry, metric } = slot;
  const sent = (slot.sentBuckets ??= new Float64Array(metric.bucketKeys.length));
  const first = slot.sentValue === undefined;
  slot.sentValue = 0;
  const count = entry.count - slot.sentCount;
  const observed = slot.observed.splice(0);
  if (count === 0 && !first) return;
  const out = (changes.histograms ??= []);
  out.push(slot.id, entry.sum - slot.sentSum, count, 0);
  const pairs = out.length - 1;
  slot.sentSum = entry.sum;
  slot.sentCount = entry.count;
  if (observed.length === count) {
    // All of it came through a handle, which knew the bucket.
    for (const bucket of observed) {
      if (bucket >= sent.length) continue;
      sent[bucket] = (sent[bucket] ?? 0) + 1;
      out.push(bucket, 1);
    }
  } else {
    let missing = count;
    for (let i = 0; i < sent.length && missing !== 0; i++) {
      const now = entry.bucketValues[metric.bucketKeys[i] ?? ''] ?? 0;
      const increment = now - (sent[i] ?? 0);
      if (increment === 0) continue;
      sent[i] = now;
      missing -= increment;
      out.push(i, increment);
    }
  }
  out[pairs] = (out.length - pairs - 1) / 2;
}

function reportRatio(slot: Slot, changes: Changes): void {
  if (slot.trials === 0) return;
  (changes.ratios ??= []).push(slot.id, slot.hits, slot.trials);
  slot.hits = 0;
  slot.trials = 0;
}

function reportExemplars(slot: Slot, changes: Changes): void {
  if (slot.exemplars !== undefined) {
    for (const [bucket, { labels, value, timestamp }] of slot.exemplars) {
      (changes.exemplars ??= []).push([slot.id, bucket, labels, value, timestamp]);
    }
    slot.exemplars = undefined;
  }
  // Those of prom-client's own `enableExemplars`.
  const { exemplar, bucketExemplars } = slot.entry;
  if (exemplar) reportPromExemplar(slot, -1, exemplar, changes);
  if (bucketExemplars) {
    const since = slot.sentExemplarAt;
    const bounds = [...slot.metric.bucketKeys, '-1'];
    bounds.forEach((bound, bucket) => {
      const one = bucketExemplars[bound];
      if (one && one.timestamp > since) reportPromExemplar(slot, bucket, one, changes);
    });
  }
}

function reportPromExemplar(slot: Slot, bucket: number, exemplar: PromExemplar, changes: Changes): void {
  if (bucket === -1 && exemplar.timestamp <= slot.sentExemplarAt) return;
  slot.sentExemplarAt = Math.max(slot.sentExemplarAt, exemplar.timestamp);
  const labels = Object.fromEntries(Object.entries(exemplar.labelSet).map(([name, value]) => [name, String(value)]));
  (changes.exemplars ??= []).push([slot.id, bucket, labels, exemplar.value, exemplar.timestamp]);
}
