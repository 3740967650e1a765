/**
 * A client's metric that this library records in its place. Its own update methods and its `get()` are ours while it is taken over,
 * so its registry shows what we recorded, in the client's shape and order. What the fast way does not accept is left to the class's
 * method, which says what is wrong with it in its own words, or keeps it; what the class keeps, from there or from handles that were
 * bound before, is found by its `get()` and taken in.
 * Must not know: private members of the metric, its class's module, nor how anything is reported.
 */
import type { ClassTraits } from './client-class.js';
import {
  type ClientMethod,
  type ClientMethods,
  type ClientMetric,
  type ClientReading,
  type ClientValue,
  isExemplar,
  isMethod,
  isObject,
  type Labels,
  labelsOf,
  type MethodName,
  noLabels,
  putMethod,
  takesOneObject,
} from './client.js';
import { type Held, heldBy } from './distribution.js';
import type { LabelTree } from './label-tree.js';
import type { FollowerContext } from './reported-metric.js';
import { type SeriesState, SeriesTable, type StateClass } from './series-table.js';

export interface TakenMetricOptions {
  readonly traits: ClassTraits;
  readonly context: FollowerContext;
  /** Whether nothing was recorded in it yet. */
  readonly isNew: boolean;
}

export abstract class TakenMetric<S extends SeriesState> {
  readonly table: SeriesTable<S>;
  protected isReleased = false;
  /** The metric's methods as they were. A program's own wrappers around ours must not see values that are given back. */
  protected readonly original: ClientMethods;
  readonly #undo: (() => void)[] = [];
  /** A class's `get()` reads at the call, and gives the values some microtasks later: what happened to them since. */
  protected reading: { isReset: boolean; readonly changed: LabelTree<'removed' | 'zeroed'> } | undefined;
  /** Ends with the reading; never rejects. The next one is shared by all that wait for it. */
  #looking: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isOrderedByClass = false;

  constructor(
    readonly metric: ClientMetric,
    protected readonly options: TakenMetricOptions,
    State: StateClass<S>,
  ) {
    const { traits, context, isNew } = options;
    const { help, type, labelNames = [], buckets = [] } = metric;
    const { get, reset, remove, labels, inc, dec, set, observe, zero } = metric;
    const missing = () => traits.current?.missingLabel;
    const name = context.nameOf(metric);
    const facts = { name, help, type, labelNames, ...(type === 'histogram' && { buckets: buckets.map(Number) }) };
    this.table = new SeriesTable(State, { facts, declaration: metric, context, missing });
    this.table.isAdopted = isNew;
    this.original = { get, reset, remove, labels, inc, dec, set, observe, zero };
    if (isNew && labelNames.length === 0) this.table.obtain(noLabels);
    this.put('get', this.read);
    this.put('reset', () => {
      reset.call(metric);
      if (this.reading) this.reading.isReset = true;
      if (this.isReleased) return;
      this.table.reset();
      // Counters and gauges without labels are at zero then; histograms are not there.
      if (type !== 'histogram' && labelNames.length === 0) this.table.obtain(noLabels);
    });
    this.put('remove', (...args) => {
      remove.apply(metric, args);
      const removed = labelsOf(metric, args);
      this.reading?.changed.set(removed, 'removed');
      this.table.remove(removed);
    });
  }

  /** The lines of the class's `get()`. */
  protected abstract values(): ClientValue[];
  /** Puts the values into the metric, by these of its methods. */
  protected abstract giveBack(by: ClientMethods): void;

  /** Whether a scrape has to ask this process for it. */
  get collects(): boolean {
    return isMethod(this.metric.collect);
  }

  /** Runs its `collect` function, and takes in what that left to the class. */
  async collect(): Promise<void> {
    const { collect } = this.metric;
    if (isMethod(collect)) await collect.call(this.metric);
    do await this.look();
    while (!this.table.isAdopted && !this.isReleased);
  }

  readonly read = async (): Promise<ClientReading> => {
    await this.collect();
    const { help, name, type, aggregator } = this.metric;
    return { help, name, type, values: this.values(), aggregator };
  };

  /**
   * Takes in what the class holds. Values that it holds at the call are taken in when this resolves. One reading after the other:
   * what one writes into the class, the next must not have read before.
   */
  look(): Promise<void> {
    if (this.isReleased) return this.#looking;
    if (this.reading !== undefined) {
      this.#next ??= this.#looking.then(() => this.look());
      return this.#next;
    }
    const looking = this.#takeInAll().finally(() => {
      this.reading = this.#next = undefined;
    });
    // A reading that fails is told by itself, and spoils none after it.
    this.#looking = looking.catch(() => undefined);
    return looking;
  }

  /** The class was read: nothing is to be found twice. */
  protected afterReading(): void {
    this.original.reset.call(this.metric);
  }

  async #takeInAll(): Promise<void> {
    const reading = { isReset: false, changed: this.table.createTree<'removed' | 'zeroed'>() };
    this.reading = reading;
    const held = heldBy(this.metric, this.original.get);
    this.afterReading();
    const all = await held;
    await this.options.traits.ready;
    const current: Held[] = [];
    for (const one of all) {
      const change = reading.changed.get(one.labels);
      const isGone = reading.isReset || change === 'removed';
      if (!isGone) current.push(change === undefined ? one : { ...one, total: [], exemplars: undefined });
      if ((change === undefined && !isGone) || this.isReleased) continue;
      const state = change === 'removed' ? this.table.createGone(one.labels) : this.table.obtainFormer(one.labels);
      state.addFormer(one.total);
      if (!this.table.isAdopted) this.table.continue(state, one.total);
    }
    if (this.isReleased) return this.handBack(current);
    const states = this.takeIn(current);
    if (!this.table.isAdopted && states !== undefined) this.table.putFirst(states);
    this.table.isAdopted ||= states !== undefined;
  }

  /** @returns in the class's order; undefined: the class was changed since it was read, and is to be read again */
  protected takeIn(held: readonly Held[]): S[] | undefined {
    // An emptied class holds its only label set at zero, even one that was removed.
    const mayBeEmpty = this.table.isAdopted && this.table.facts.labelNames.length === 0;
    return held.flatMap(({ labels, total, exemplars }) => {
      if (mayBeEmpty && total.every((value) => value === 0)) return [];
      const state = this.table.obtain(labels);
      state.add(total);
      if (!this.table.isAdopted) this.table.continue(state, total);
      for (const [bucket, exemplar] of exemplars ?? []) {
        const known = state.exemplars?.get(bucket);
        if (known === undefined || exemplar.timestamp > known.timestamp) state.setExemplar(exemplar, bucket);
      }
      return [state];
    });
  }

  /** Gives the metric back to its class, with its values. @returns false when that would take too long: it stays as it is */
  release(): boolean {
    for (const undo of this.#undo) undo();
    this.isReleased = true;
    this.giveBack(this.original);
    return true;
  }

  /** The class's values were being read when the metric was given back; it may have been taken over again since. */
  protected handBack(held: readonly Held[]): void {
    this.takeIn(held);
    this.giveBack(this.metric);
    this.table.removeAll();
  }

  protected put(name: MethodName, method: ClientMethod): void {
    this.#undo.push(putMethod(this.metric, name, method));
  }

  /**
   * Puts an update method of ours: with labels and a value, or with a value alone; of a metric with exemplars, with one object.
   * What it does not accept is left to the class's.
   */
  protected putUpdate<V>(
    name: MethodName,
    accepts: (value: unknown) => value is V,
    apply: (state: S, value: V, exemplarLabels?: Labels) => void,
  ): ClientMethod {
    const method = this.metric[name];
    const withExemplars: ClientMethod = (options = {}) => {
      const { labels = noLabels, value, exemplarLabels } = isObject(options) ? options : {};
      if (isObject(options) && isObject(labels) && isExemplar(exemplarLabels) && accepts(value)) {
        const state = this.stateFor(labels);
        if (state !== undefined) return apply(state, value, exemplarLabels);
      }
      return this.leaveToClass(method, [options]);
    };
    const plain: ClientMethod = (first, second) => {
      const isLabelled = isObject(first);
      const value = isLabelled ? second : first;
      if (accepts(value)) {
        const known = isLabelled ? this.table.find(first) : this.table.unlabelled;
        const state = known ?? this.stateFor(isLabelled ? first : noLabels);
        if (state !== undefined) return apply(state, value);
      }
      return this.leaveToClass(method, [first, second]);
    };
    const update = takesOneObject(this.metric) ? withExemplars : plain;
    this.put(name, update);
    return update;
  }

  protected leaveToClass(method: ClientMethod, args: readonly unknown[]): void {
    if (!this.isReleased) this.options.context.leftToClass(this);
    method.apply(this.metric, [...args]);
  }

  /** The state that a valid, but new or incomplete label set stands for; undefined: it is for the class to say. */
  protected stateFor(labels: Labels): S | undefined {
    if (this.isReleased || !this.table.accepts(labels)) return undefined;
    // Before the class is known, a label set that is not complete is left to it, and all new ones after that: the order is its.
    if (this.options.traits.current === undefined) {
      const isComplete = this.table.facts.labelNames.every((name) => (labels[name] ?? '') !== '');
      this.#isOrderedByClass ||= !isComplete;
      if (this.#isOrderedByClass) return isComplete ? this.table.get(labels) : undefined;
    }
    return this.table.obtain(labels);
  }

  /** Finds one label set's state, anew after it was removed or reset. Undefined: the metric was given back to its class. */
  protected bind(labels: Labels): () => S | undefined {
    let state = this.table.obtain(labels);
    return () => {
      if (state.presence !== 'present') {
        if (this.isReleased) return undefined;
        state = this.table.obtain(labels);
      }
      return state;
    };
  }
}
