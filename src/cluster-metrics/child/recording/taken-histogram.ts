/**
 * A histogram that is taken over: see taken-metric.ts.
 * Must not know: how anything is reported.
 */
import { invalidValue } from '../../wire/errors.js';
import {
  type ClientMethods,
  type ClientMetric,
  type ClientValue,
  exemplarNow,
  isObject,
  type Labels,
  labelsOf,
  printedBy,
  updateOf,
} from './client.js';
import { bucketsAt, countAt, linesOf, mostReplayed, observationsOf, sumAt } from './distribution.js';
import { HistogramState } from './histogram-state.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenHistogram extends TakenMetric<HistogramState> {
  /** A copy: what a client freezes is slow to read. */
  readonly #bounds = Float64Array.from(this.table.facts.buckets ?? []);
  /** Where the search for a bucket starts: in the middle where they are ascending, which halves its time. */
  readonly #middle = this.table.bucketPlaces === undefined ? this.#bounds.length >> 1 : 0;

  constructor(metric: ClientMetric, options: TakenMetricOptions) {
    super(metric, options, HistogramState);
    const observe = this.putUpdate('observe', isFiniteNumber, (state, value, labels) => {
      const bucket = this.#bucketOf(value);
      state.observe(value, bucket);
      if (labels !== undefined && Object.keys(labels).length > 0) state.setExemplar(exemplarNow(labels, value), bucket);
    });
    this.put('zero', (labels) => this.#zero(labels));
    // The class's handles go around its `observe`, and their timers do not.
    this.put('labels', (...args) => {
      const handle = this.original.labels.apply(metric, args);
      if (!isObject(handle) || this.isReleased) return handle;
      const labels = labelsOf(metric, args);
      return { ...handle, observe: (value: unknown) => observe(...updateOf(metric, labels, value)) };
    });
    printedBy.set(metric, this.read);
  }

  /** A class takes values back as observations only, one after the other. */
  override release(): boolean {
    let count = 0;
    for (const { total } of this.table.states) count += total[countAt] ?? 0;
    if (count > mostReplayed) return false;
    printedBy.delete(this.metric);
    return super.release();
  }

  handle(labels: Readonly<Record<string, string>>) {
    const { name } = this.table.facts;
    const bound = this.bind(labels);
    return {
      observe: (value: number, exemplar?: Labels): void => {
        if (!isFiniteNumber(value)) throw invalidValue(name, value, 'a histogram takes finite values');
        const state = bound();
        if (state === undefined) {
          this.metric.observe(...updateOf(this.metric, labels, value, exemplar));
          return;
        }
        const bucket = this.#bucketOf(value);
        state.observe(value, bucket);
        if (exemplar) state.setExemplar(exemplarNow(exemplar, value), bucket);
      },
    };
  }

  /** The place of the bucket that a value falls into, as the clients have it: the first that is not below. */
  #bucketOf(value: number): number {
    const bounds = this.#bounds;
    const middle = this.#middle;
    let bucket = value > (bounds[middle] ?? Number.POSITIVE_INFINITY) ? middle + 1 : 0;
    while (bucket < bounds.length && !(value <= (bounds[bucket] ?? 0))) bucket++;
    return bucket;
  }

  #zero(labels: unknown): void {
    this.leaveToClass(this.original.zero, [labels]);
    if (!isObject(labels)) return;
    const { changed } = this.reading ?? {};
    if (changed?.get(labels) !== 'removed') changed?.set(labels, 'zeroed');
    const state = this.table.get(labels);
    if (state === undefined) this.stateFor(labels);
    else state.zero();
  }

  protected override values(): ClientValue[] {
    const { name, buckets = [] } = this.metric;
    return [...this.table.states].flatMap((state) => linesOf(name, buckets, state));
  }

  protected override giveBack(by: ClientMethods): void {
    const { metric } = this;
    const observe = (...update: [labels: Labels, value: number, exemplarLabels?: Labels]): unknown =>
      by.observe.apply(metric, updateOf(metric, ...update));
    for (const { labels, total, exemplars } of this.table.states) {
      if (total[countAt] === 0) by.zero.call(metric, labels);
      const rest = [...total];
      for (const [bucket, exemplar] of (metric.enableExemplars === true && exemplars) || []) {
        observe(labels, exemplar.value, exemplar.labelSet);
        for (const at of [countAt, bucket + bucketsAt]) if (at < rest.length) rest[at] = (rest[at] ?? 0) - 1;
        rest[sumAt] = (rest[sumAt] ?? 0) - exemplar.value;
      }
      for (const value of observationsOf(rest, this.table.facts.buckets ?? [])) observe(labels, value);
    }
  }
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
