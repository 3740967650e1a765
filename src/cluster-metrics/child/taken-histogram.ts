/**
 * A histogram that is taken over: see taken-metric.ts.
 *
 * Must not know: how anything is reported.
 */
import { type ClientMethod, type ClientMetric, type ClientValue, isObject, type Labels } from './client.js';
import type { ClassTraits } from './class-traits.js';
import { exemplarNow, isExemplar, isNewer } from './exemplars.js';
import { findDistributions, printDistribution } from './distributions.js';
import { mostReplayed, observationsOf } from './replay.js';
import { HistogramState } from './series-state.js';
import { bucketsAt, countAt, SpareArrays, sumAt } from './spare-arrays.js';
import { noLabels } from './series-table.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenHistogram extends TakenMetric<HistogramState> {
  readonly #classObserve: ClientMethod;
  readonly #classZero: ClientMethod;
  readonly #classLabels: ClientMethod;
  readonly #bounds: Float64Array;
  readonly #spare: SpareArrays;
  /** What it held before it was taken over is in. */
  #isAdopted: boolean;

  constructor(metric: ClientMetric, traits: ClassTraits, options: TakenMetricOptions, isNew: boolean) {
    super(metric, traits, options);
    this.#isAdopted = isNew;
    this.#classObserve = metric.observe;
    this.#classZero = metric.zero;
    this.#classLabels = metric.labels;
    // A copy: what a client freezes is slow to read.
    this.#bounds = Float64Array.from(this.reported.buckets);
    this.#spare = new SpareArrays(this.#bounds.length);
    if (isNew && metric.labelNames?.length === 0) this.table.obtain(noLabels);
    this.put('observe', metric.enableExemplars === true ? this.#observeAndNote : this.#observe);
    this.put('zero', this.#zero);
    this.put('labels', this.#labels);
  }

  protected override createState(labels: Labels): HistogramState {
    return new HistogramState(this.reported, labels, this.#spare);
  }

  /** The place of the bucket that a value falls into, as the clients have it: the first that is not below. */
  bucketOf(value: number): number {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    return bucket;
  }

  readonly #observe: ClientMethod = (first, second) => {
    const isLabelled = isObject(first);
    const state = isLabelled ? this.table.find(first) : this.table.unlabelled;
    const value = isLabelled ? second : first;
    if (state !== undefined && typeof value === 'number' && Number.isFinite(value)) {
      state.observe(value, this.bucketOf(value), this.sink);
    } else this.#observeSlowly(isLabelled ? first : noLabels, value, [first, second]);
  };

  #observeSlowly(labels: Labels, value: unknown, args: readonly unknown[]): void {
    const state = typeof value === 'number' && Number.isFinite(value) ? this.stateFor(labels) : undefined;
    if (state === undefined || typeof value !== 'number') this.leaveToClass(this.#classObserve, args);
    else state.observe(value, this.bucketOf(value), this.sink);
  }

  readonly #observeAndNote: ClientMethod = (options = {}) => {
    const { labels = noLabels, value, exemplarLabels } = isObject(options) ? options : {};
    const isValue = typeof value === 'number' && Number.isFinite(value);
    const accepted = isValue && isObject(labels) && isExemplar(exemplarLabels);
    const state = accepted ? this.stateFor(labels) : undefined;
    if (state === undefined || !accepted) {
      this.leaveToClass(this.#classObserve, [options]);
      return;
    }
    const bucket = this.bucketOf(value);
    state.observe(value, bucket, this.sink);
    if (exemplarLabels !== undefined && Object.keys(exemplarLabels).length > 0) {
      state.setExemplar(bucket, exemplarNow(exemplarLabels, value), this.sink);
    }
  };

  readonly #zero: ClientMethod = (labels) => {
    this.leaveToClass(this.#classZero, [labels]);
    const state = isObject(labels) ? this.table.get(labels) : undefined;
    if (state !== undefined) this.table.zero(state);
    else if (isObject(labels)) this.stateFor(labels);
  };

  /** The class's handles go around its `observe`, and their timers do not. */
  readonly #labels: ClientMethod = (...args) => {
    const handle = this.#classLabels.apply(this.metric, args);
    if (!isObject(handle) || this.released) return handle;
    const labels = this.labelsOf(args);
    return { ...handle, observe: (value: unknown) => this.#observe(labels, value) };
  };

  protected override afterReading(): void {
    this.emptyClass();
  }

  protected override takeIn(values: readonly ClientValue[]): void {
    const adopted: HistogramState[] = [];
    for (const { labels, total, exemplars } of findDistributions(values, this.#bounds.length)) {
      const state = this.table.obtain(labels);
      adopted.push(state);
      if (total[countAt] !== 0) state.add(total, this.sink);
      for (const [bucket, exemplar] of exemplars) {
        if (isNewer(exemplar, state.exemplars?.[bucket])) state.setExemplar(bucket, exemplar, this.sink);
      }
    }
    if (!this.#isAdopted) this.table.putFirst(adopted);
    this.#isAdopted = true;
  }

  protected override takeInFormer(values: readonly ClientValue[]): void {
    for (const { labels, total } of findDistributions(values, this.#bounds.length)) {
      const former = this.table.getFormer(labels);
      if (former !== undefined) former.addFormer(total, this.sink);
      else {
        const state = this.table.obtain(labels);
        state.add(total, this.sink);
        this.table.resetOne(state);
      }
    }
  }

  protected override values(): ClientValue[] {
    const values: ClientValue[] = [];
    for (const state of this.table.states) printDistribution(this.metric.name, this.reported.buckets, state, values);
    return values;
  }

  protected override giveBack(): void {
    const { metric } = this;
    const withExemplars = metric.enableExemplars === true;
    const observe = (labels: Labels, value: number, exemplarLabels?: Labels): unknown =>
      withExemplars
        ? this.#classObserve.call(metric, { labels, value, exemplarLabels })
        : this.#classObserve.call(metric, labels, value);
    for (const { labels, total, exemplars } of this.table.states) {
      if (total[countAt] === 0) this.#classZero.call(metric, labels);
      const rest = [...total];
      for (const [bucket, exemplar] of withExemplars ? (exemplars ?? []).entries() : []) {
        if (exemplar === undefined) continue;
        observe(labels, exemplar.value, exemplar.labelSet);
        takeOff(rest, exemplar.value, bucket);
      }
      for (const value of observationsOf(rest, this.reported.buckets)) observe(labels, value);
    }
  }

  /** A class takes values back as observations only, one after the other. */
  protected override get canBeGivenBack(): boolean {
    let count = 0;
    for (const { total } of this.table.states) count += total[countAt] ?? 0;
    return count <= mostReplayed;
  }
}

function takeOff(total: number[], value: number, bucket: number): void {
  total[sumAt] = (total[sumAt] ?? 0) - value;
  total[countAt] = (total[countAt] ?? 0) - 1;
  const at = bucket + bucketsAt;
  if (at < total.length) total[at] = (total[at] ?? 0) - 1;
}
