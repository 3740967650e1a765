/**
 * A client's metric that this library records in its place. The metric's own update methods and its `get()` are ours
 * while it is taken over, so its registry shows what we recorded, in the client's shape and order. What our fast way does
 * not accept is left to the class's method, which says what is wrong with it in its own words, or keeps it; what the
 * class keeps, from there or from handles that were bound before, is found by its `get()` and taken in.
 *
 * Must not know: private members of the metric, its class's module, nor how anything is reported.
 */
import {
  type ClientMethod,
  type ClientMetric,
  type ClientReading,
  type ClientValue,
  isObject,
  type Labels,
  parseReading,
  withoutCollect,
} from './client.js';
import { ClassReading, type SortedValues } from './class-reading.js';
import type { ClassTraits } from './class-traits.js';
import { putMethod } from './own-methods.js';
import { ReportedMetric } from './reported-metric.js';
import type { SeriesState, Sink } from './series-state.js';
import { noLabels, SeriesTable } from './series-table.js';

export interface TakenMetricOptions {
  readonly sink: Sink;
  /** The class's storage may hold something now. */
  readonly onLeftToClass: (metric: { look(): Promise<void> }) => void;
}

type Method = 'get' | 'reset' | 'remove' | 'labels' | 'inc' | 'dec' | 'set' | 'observe' | 'zero';

export abstract class TakenMetric<S extends SeriesState> {
  readonly reported: ReportedMetric;
  readonly table: SeriesTable<S>;
  protected readonly sink: Sink;
  readonly #missing = (): '' | undefined => this.traits.current?.missingLabel;
  readonly #leftToClass: TakenMetricOptions['onLeftToClass'];
  readonly #undo: (() => void)[] = [];
  readonly #classGet: ClientMethod;
  readonly #classReset: ClientMethod;
  readonly #classRemove: ClientMethod;
  /** Those whose values are not taken in yet. */
  readonly #readings = new Set<ClassReading>();
  #looking: Promise<void> = Promise.resolve();
  #isOrderedByClass = false;
  #released = false;

  constructor(
    readonly metric: ClientMetric,
    protected readonly traits: ClassTraits,
    options: TakenMetricOptions,
  ) {
    const { name, help, type, labelNames = [], buckets = [] } = metric;
    // The name is kept: an OpenMetrics registry strips `_total` off the metric's own when it prints.
    this.reported = new ReportedMetric(name, help, type, labelNames, type === 'histogram' ? buckets : [], metric);
    this.sink = options.sink;
    this.#leftToClass = options.onLeftToClass;
    this.table = new SeriesTable(this.reported, options.sink, (labels) => this.createState(labels), this.#missing);
    this.#classGet = metric.get;
    this.#classReset = metric.reset;
    this.#classRemove = metric.remove;
    this.put('get', this.read);
    this.put('reset', this.#reset);
    this.put('remove', this.#remove);
  }

  get released(): boolean {
    return this.#released;
  }

  /** Whether values of the class have been read, and not been taken in yet. */
  protected get isReading(): boolean {
    return this.#readings.size > 0;
  }

  /** Whether a scrape has to ask this process for it. */
  get collects(): boolean {
    return typeof this.metric.collect === 'function';
  }

  /** Runs its `collect` function, and takes in what that left to the class. */
  async collect(): Promise<void> {
    const { collect } = this.metric;
    if (typeof collect !== 'function') return;
    await collect.call(this.metric);
    await this.look();
  }

  /** Takes in what the class holds. Values that it holds at the call are taken in when this resolves. */
  look(): Promise<void> {
    if (this.#released) return this.#looking;
    const given = this.#classGet.call(withoutCollect(this.metric));
    const reading = new ClassReading(this.reported.labelNames, this.#missing);
    this.#readings.add(reading);
    this.afterReading();
    const before = this.#looking;
    const looking = (async () => {
      try {
        const values = parseReading(await given)?.values ?? [];
        await before;
        if (this.traits.current === undefined) await this.traits.ready;
        const sorted = reading.sort(values);
        if (this.#released) this.handBack(sorted.current);
        else this.#takeInAll(sorted);
      } finally {
        this.#readings.delete(reading);
      }
    })();
    // A reading that fails is told by itself, and spoils none after it.
    this.#looking = looking.catch(() => undefined);
    return looking;
  }

  #takeInAll({ current, reset, removed }: SortedValues): void {
    this.takeIn(current);
    // What was removed and is there again has begun anew.
    const left = removed.filter(({ labels }) => this.table.get(labels) === undefined);
    if (reset.length + left.length > 0) this.takeInFormer([...reset, ...left]);
    for (const { labels } of left) this.table.remove(labels);
  }

  /**
   * Gives the metric back to its class, with its values.
   *
   * @returns false when its values cannot be given back in a reasonable time: then it stays as it is
   */
  release(): boolean {
    if (!this.canBeGivenBack) return false;
    for (const undo of this.#undo) undo();
    if (!this.#released) this.giveBack();
    this.#released = true;
    return true;
  }

  protected get canBeGivenBack(): boolean {
    return true;
  }

  protected abstract createState(labels: Labels): S;
  /** After the class's values have been read. */
  protected abstract afterReading(): void;
  protected abstract takeIn(values: readonly ClientValue[]): void;
  /** Values of label sets that were reset or removed after they were read: their counts are reported, and not shown. */
  protected abstract takeInFormer(values: readonly ClientValue[]): void;
  protected abstract values(): ClientValue[];
  protected abstract giveBack(): void;
  protected afterReset(): void {}

  /** The class's values were being read when the metric was given back. */
  protected handBack(values: readonly ClientValue[]): void {
    this.takeIn(values);
    this.giveBack();
    this.table.removeAll();
  }

  protected put(name: Method, method: ClientMethod): void {
    this.#undo.push(putMethod(this.metric, name, method));
  }

  /** For what the fast way does not accept. */
  protected leaveToClass(method: ClientMethod, args: readonly unknown[]): unknown {
    try {
      return method.apply(this.metric, [...args]);
    } finally {
      if (!this.#released) this.#leftToClass(this);
    }
  }

  protected emptyClass(): void {
    this.#classReset.call(this.metric);
  }

  /** The state that a valid, but new or incomplete label set stands for; undefined: it is for the class to say. */
  protected stateFor(labels: Labels): S | undefined {
    if (this.#released || !this.table.accepts(labels)) return undefined;
    if (this.traits.current !== undefined) return this.table.obtain(labels);
    const isComplete = this.table.isComplete(labels);
    // Once one is with the class, all new ones are: the order of label sets is theirs.
    this.#isOrderedByClass ||= !isComplete;
    if (!this.#isOrderedByClass) return this.table.obtain(labels);
    return isComplete ? this.table.get(labels) : undefined;
  }

  /** What the arguments of `remove` and `labels` mean. */
  protected labelsOf(args: readonly unknown[]): Labels {
    const [first] = args;
    if (isObject(first)) return first;
    return Object.fromEntries((this.metric.labelNames ?? []).map((name, i) => [name, args[i]]));
  }

  /** What the class's `get()` would give. */
  readonly read = async (): Promise<ClientReading> => {
    const { metric } = this;
    if (typeof metric.collect === 'function') await metric.collect.call(metric);
    await this.look();
    const { help, name, type, aggregator } = metric;
    return { help, name, type, values: this.values(), aggregator };
  };

  readonly #reset = (): void => {
    this.#classReset.call(this.metric);
    if (this.#released) return;
    for (const reading of this.#readings) reading.reset();
    this.table.reset();
    // Counters and gauges without labels are at zero then; histograms are not there.
    if (this.metric.type !== 'histogram' && this.metric.labelNames?.length === 0) this.table.obtain(noLabels);
    this.afterReset();
  };

  readonly #remove = (...args: unknown[]): unknown => {
    const result = this.#classRemove.apply(this.metric, args);
    const labels = this.labelsOf(args);
    for (const reading of this.#readings) reading.remove(labels);
    this.table.remove(labels);
    return result;
  };
}
