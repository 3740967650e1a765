/**
 * A metric with all of its label sets: found by their labels, kept in the order in which they were made, and what a reset or a
 * removal means for the report of each.
 * Must not know: a metrics client's classes, nor what a frame looks like.
 */
import type { Labels } from './client.js';
import { LabelTree } from './label-tree.js';
import type { HistogramState } from './histogram-state.js';
import { type MetricOptions, ReportedMetric } from './reported-metric.js';
import type { CounterState, GaugeState, Sent } from './series-state.js';

/** How often a series that was reset is looked for again before it leaves the aggregate: it may be set anew any moment. */
const looksAfterReset = 2;

export type SeriesState = CounterState | GaugeState | HistogramState;

export type StateClass<S> = new (metric: ReportedMetric, labels: Labels) => S;

export class SeriesTable<S extends SeriesState = SeriesState> extends ReportedMetric {
  readonly #State: StateClass<S>;
  /** With those that were reset. */
  readonly #tree = this.createTree<S>();
  /** Those that are shown. */
  #states = new Set<S>();
  /** The only label set of a metric without labels. */
  unlabelled: S | undefined = undefined;
  /** Those that were reset, and the looks that they have left. */
  readonly #former = new Map<S, number>();
  /** What a former reporter sent, of those that have not been found yet. */
  #earlier: LabelTree<Sent> | undefined;
  /** What its class held before it was taken over is in. */
  isAdopted = true;

  constructor(State: StateClass<S>, options: MetricOptions) {
    super(options);
    this.#State = State;
  }

  /** For anything that belongs to its label sets. */
  createTree<T>(): LabelTree<T> {
    return new LabelTree(this.facts.labelNames, this.missing);
  }

  get states(): ReadonlySet<S> {
    return this.#states;
  }

  /** Those that are shown, and those that were reset and not set since. */
  *held(): Generator<S> {
    yield* this.#states;
    yield* this.#former.keys();
  }

  /** The fast way: undefined for a label set that is new, incomplete or not valid, too. */
  find(labels: Labels): S | undefined {
    const state = this.#tree.find(labels);
    return state?.presence === 'present' ? state : undefined;
  }

  get(labels: Labels): S | undefined {
    const state = this.#tree.get(labels);
    return state?.presence === 'present' ? state : undefined;
  }

  /** Whether all of the labels are the metric's. */
  accepts(labels: Labels): boolean {
    for (const name in labels) if (!this.facts.labelNames.includes(name)) return false;
    return true;
  }

  /** The state of a label set, which is made at zero if it is not there. */
  obtain(labels: Labels): S {
    const known = this.#tree.find(labels) ?? this.#tree.get(labels);
    if (known?.presence === 'present') return known;
    const state = known ?? this.#make(labels);
    this.#former.delete(state);
    state.presence = 'present';
    this.#states.add(state);
    if (this.facts.labelNames.length === 0) this.unlabelled = state;
    state.changed();
    return state;
  }

  /** The same, but for one that is not there: it was reset before it could be found. */
  obtainFormer(labels: Labels): S {
    const known = this.#tree.get(labels);
    if (known !== undefined) return known;
    const state = this.#make(labels);
    this.#retire(state);
    return state;
  }

  /** One that was removed before it could be found. It may have begun anew since. */
  createGone(labels: Labels): S {
    const state = new this.#State(this, labels);
    state.presence = 'gone';
    state.changed();
    return state;
  }

  /** Those that a client held before come before those that were made since. */
  putFirst(states: readonly S[]): void {
    this.#states = new Set([...states, ...this.#states]);
  }

  remove(labels: Labels): void {
    const state = this.#tree.get(labels);
    if (state !== undefined) this.#drop(state);
  }

  removeAll(): void {
    for (const state of this.held()) this.#drop(state);
  }

  /** All label sets are at zero and shown no longer; they may come back with the same value. Gauges leave with the next report. */
  reset(): void {
    const states = this.#states;
    this.#states = new Set();
    this.unlabelled = undefined;
    for (const state of states) {
      state.zero();
      this.#retire(state);
      if (state.kind === 'gauge') state.changed();
    }
  }

  /** Once a second: what was reset and has not come back leaves the aggregate. */
  age(): void {
    for (const [state, looks] of this.#former) {
      if (looks === 0) this.#drop(state);
      else this.#former.set(state, looks - 1);
    }
  }

  /** What was sent of each label set. */
  sent(): LabelTree<Sent> {
    const sent = this.createTree<Sent>();
    // Nothing of a ratio is in any registry.
    for (const state of this.held())
      if (state.kind !== 'gauge' && this.rule !== 'ratio') sent.set(state.labels, state.sent);
    return sent;
  }

  /** Its series were reported to the same primary before. To be called before the first report. */
  continueFrom(earlier: LabelTree<Sent>): void {
    this.#earlier = earlier;
    if (this.isAdopted) for (const state of this.held()) this.continue(state, state.owed);
  }

  /** It was found to stand at this besides what was recorded here, or did before a reset. */
  continue(state: SeriesState, found: readonly number[]): void {
    const sent = this.#earlier?.get(state.labels);
    this.#earlier?.delete(state.labels);
    if (sent !== undefined) state.continueFrom(found, sent);
  }

  #make(given: Labels): S {
    // A program may change its object before this is reported. Inherited labels count, as they do for the clients.
    const entries: [name: string, value: unknown][] = [];
    for (const name in given) entries.push([name, given[name]]);
    const labels = Object.fromEntries(entries);
    // The values of an object's getters are found, and not copied.
    const known = this.#tree.get(labels);
    if (known !== undefined) return known;
    const state = new this.#State(this, labels);
    this.#tree.set(state.labels, state);
    return state;
  }

  #retire(state: S): void {
    state.presence = 'reset';
    this.#former.set(state, looksAfterReset);
  }

  #drop(state: S): void {
    this.#tree.delete(state.labels);
    this.#states.delete(state);
    this.#former.delete(state);
    if (this.unlabelled === state) this.unlabelled = undefined;
    state.presence = 'gone';
    state.changed();
  }
}
