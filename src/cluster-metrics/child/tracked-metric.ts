import type { MetricIntroduction } from '../wire/changes.js';
import type { MergeRule, Retention } from '../wire/definition.js';
import { ClusterMetricsError } from '../wire/errors.js';
import { guardLabels, labelKey, restoreLabels } from './label-hash.js';
import { emptyEntry, type PromEntry, type PromMetric } from './prom-metric.js';

/**
 * One label set of one metric in this process, and how much of it has been reported.
 *
 * Handles of the catalog's instruments write into `entry` directly, so an update is a few nanoseconds and the metric's
 * own registry shows it all the same, because the entry is prom-client's.
 */
export class Slot {
  /** Waits in the list of changes. */
  dirty = false;
  /** The number under which the series was introduced; -1: not yet. */
  id = -1;
  /** Not in prom-client's map any more; taken out for good when the changes are next collected. */
  absent = false;
  /** Taken out for good: a handle must look its slot up anew. */
  gone = false;
  /** Refused once and for all; its changes are not reported. */
  refused = false;
  /** What of the counter's or gauge's value has been reported. */
  sentValue: number | undefined;
  sentSum = 0;
  sentCount = 0;
  sentBuckets: Float64Array | undefined;
  /** Timestamp of the newest exemplar reported, epoch seconds. */
  sentExemplarAt = 0;
  /** Exemplars that handles left since the last report: bucket index (-1 for a counter) -> exemplar. */
  exemplars: Map<number, HandleExemplar> | undefined;
  /** Buckets of a histogram's observations through handles, since the last report. */
  readonly observed: number[] = [];
  /** Of a ratio gauge, since the last report. */
  hits = 0;
  trials = 0;

  constructor(
    readonly metric: TrackedMetric,
    readonly key: string,
    public entry: PromEntry,
  ) {}

  /** prom-client put another object in place of the entry, after a reset or with each `Gauge.set`. */
  replaceEntry(entry: PromEntry): void {
    if (entry === this.entry && !this.absent) return;
    const { type } = this.metric;
    // The new entry starts from zero, so what was reported of the old one must not be subtracted from it again.
    if (type === 'counter' && this.sentValue !== undefined) this.sentValue -= this.entry.value;
    if (type === 'histogram' || type === 'summary') {
      this.sentSum -= this.entry.sum;
      this.sentCount -= this.entry.count;
      this.metric.bucketKeys.forEach((key, i) => {
        if (this.sentBuckets) this.sentBuckets[i] = (this.sentBuckets[i] ?? 0) - (this.entry.bucketValues[key] ?? 0);
      });
    }
    this.entry = entry;
    this.absent = false;
  }
}

export interface HandleExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

const mergeRules: readonly unknown[] = [
  'sum',
  'first',
  'min',
  'max',
  'average',
  'omit',
  'most-recent',
  'ratio',
  'per-child',
] satisfies MergeRule[];

function isMergeRule(rule: unknown): rule is MergeRule {
  return mergeRules.includes(rule);
}

/**
 * Follows one prom-client metric without slowing it down.
 *
 * Its `hashMap` is replaced by an object whose prototype is a proxy. An unknown label set falls through to the proxy,
 * which puts an accessor in its place; every later access finds that accessor as an own property and only marks the
 * slot. So `inc`, `observe` and `set` keep their own code, and creation alone pays for the proxy.
 */
export class TrackedMetric {
  readonly name: string;
  readonly type: PromMetric['type'];
  /** prom-client keys its buckets by the bound as a string; made once, not at each observation. */
  readonly bucketKeys: readonly string[];
  /** Undefined: its `aggregator` is none that is known. */
  readonly merge: MergeRule | undefined;
  readonly retention: Retention;
  readonly slots = new Map<string, Slot>();
  /** The number under which the metric was introduced; -1: not yet. */
  id = -1;

  readonly #guarded: boolean;
  readonly #sortedLabelNames: readonly string[];

  constructor(
    readonly metric: PromMetric,
    readonly touch: (slot: Slot) => void,
  ) {
    // Taken now: prom-client strips `_total` off the metric's own name when an OpenMetrics registry is printed.
    this.name = metric.name;
    this.type = metric.type;
    this.bucketKeys = (metric.upperBounds ?? []).map(String);
    const rule = metric.mergeRule ?? metric.aggregator ?? 'sum';
    this.merge = isMergeRule(rule) ? rule : undefined;
    // A counter's count stays when its child is gone. A gauge that declares nothing is prom-client's: live.
    this.retention = metric.type !== 'gauge' || metric.retention === 'cumulative' ? 'cumulative' : 'live';
    this.#guarded = guardLabels(metric);
    this.#sortedLabelNames = [...metric.labelNames].sort();
    this.#adoptEntries();

    const reset = metric.reset.bind(metric);
    metric.reset = () => {
      reset();
      this.#adoptEntries();
    };
    const remove = metric.remove.bind(metric);
    metric.remove = (...labels) => {
      const result = remove(...labels);
      this.#markAbsent();
      return result;
    };
  }

  introduction(constantLabels: Readonly<Record<string, string>>): MetricIntroduction {
    const { metric } = this;
    return {
      id: this.id,
      name: this.name,
      help: metric.help,
      type: this.type,
      labelNames: metric.labelNames,
      ...(Object.keys(constantLabels).length > 0 ? { constantLabels } : {}),
      merge: this.merge ?? 'omit',
      retention: this.retention,
      ...(this.type === 'histogram' ? { buckets: metric.upperBounds ?? [] } : {}),
    };
  }

  /** The slot of a label set, which is created at zero if it is not there. */
  slot(labels: Readonly<Record<string, string>>): Slot {
    const key = labelKey(this.#sortedLabelNames, labels, this.#guarded);
    if (!Object.hasOwn(this.metric.hashMap, key)) {
      this.metric.hashMap[key] = emptyEntry(this.type, labels, this.bucketKeys);
    }
    const slot = this.slots.get(key);
    if (slot === undefined) throw new ClusterMetricsError('UNSUPPORTED_METRIC', `${this.name} lost ${key}.`);
    return slot;
  }

  /** All series were taken away, as when the metric leaves its registry. */
  abandon(): void {
    for (const slot of this.slots.values()) this.#markSlotAbsent(slot);
  }

  #adoptEntries(): void {
    const entries = this.metric.hashMap;
    const prototype = new Proxy<Record<string, PromEntry>>(Object.create(null), {
      set: (_target, key, entry: PromEntry, hashMap: object) => {
        if (typeof key === 'string') this.#define(hashMap, key, entry);
        return true;
      },
    });
    const hashMap: Record<string, PromEntry> = Object.create(prototype);
    this.metric.hashMap = hashMap;
    for (const key of Object.keys(entries)) {
      const entry = entries[key];
      if (entry) hashMap[key] = entry;
    }
    this.#markAbsent();
  }

  #define(hashMap: object, key: string, entry: PromEntry): void {
    if (this.#guarded) restoreLabels(entry);
    let slot = this.slots.get(key);
    if (slot) {
      slot.replaceEntry(entry);
    } else {
      slot = new Slot(this, key, entry);
      this.slots.set(key, slot);
    }
    const defined = slot;
    const { touch } = this;
    Object.defineProperty(hashMap, key, {
      configurable: true,
      enumerable: true,
      // Whoever reads an entry may be about to write it (`entry.value += 1`), so reading marks it too.
      get: () => {
        touch(defined);
        return defined.entry;
      },
      set: (next: PromEntry) => {
        if (this.#guarded && next !== defined.entry) restoreLabels(next);
        defined.replaceEntry(next);
        touch(defined);
      },
    });
    touch(defined);
  }

  #markAbsent(): void {
    for (const slot of this.slots.values()) {
      if (!Object.hasOwn(this.metric.hashMap, slot.key)) this.#markSlotAbsent(slot);
    }
  }

  #markSlotAbsent(slot: Slot): void {
    slot.absent = true;
    this.touch(slot);
  }
}
