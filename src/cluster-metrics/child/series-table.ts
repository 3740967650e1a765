/**
 * All label sets of one metric: found by their labels, kept in the order in which they were made, and what a reset or a
 * removal means for the report of each.
 *
 * Must not know: a metrics client, nor what a frame looks like.
 */
import type { Labels } from './client.js';
import { continueFrom, type Reported } from './earlier-reports.js';
import { LabelTree } from './label-tree.js';
import type { ReportedMetric } from './reported-metric.js';
import type { SeriesState, Sink } from './series-state.js';

/** How often a series that was reset is looked for again before it leaves the aggregate: it may be set anew any moment. */
const looksAfterReset = 2;

export const noLabels: Labels = Object.freeze({});

export class SeriesTable<S extends SeriesState> {
  readonly sink: Sink;
  readonly #metric: ReportedMetric;
  readonly #create: (labels: Labels) => S;
  readonly #createTree: () => LabelTree<S>;
  #tree: LabelTree<S>;
  #states = new Set<S>();
  /** The only label set of a metric without labels. */
  #unlabelled: S | undefined;
  /** Those that were reset, and the looks that they have left. */
  readonly #former = new Map<S, number>();
  readonly #formerTree: LabelTree<S>;
  #earlier: LabelTree<Reported> | undefined;

  /** @param missing as for {@link LabelTree} */
  constructor(metric: ReportedMetric, sink: Sink, create: (labels: Labels) => S, missing?: () => '' | undefined) {
    this.#metric = metric;
    this.sink = sink;
    this.#create = create;
    this.#createTree = () => new LabelTree(metric.labelNames, missing);
    this.#tree = this.#createTree();
    this.#formerTree = this.#createTree();
  }

  get states(): ReadonlySet<S> {
    return this.#states;
  }

  /** Those that are shown, and those that were reset and not set since. */
  *held(): Generator<S> {
    yield* this.#states;
    yield* this.#former.keys();
  }

  /** Its series were reported to the same primary before. To be called before the first report. */
  continueFrom(earlier: LabelTree<Reported>): void {
    this.#earlier = earlier;
    for (const state of this.#states) continueFrom(state, earlier.get(state.labels));
  }

  get unlabelled(): S | undefined {
    return this.#unlabelled;
  }

  /** The fast way: undefined for a label set that is new, incomplete or not valid, too. */
  find(labels: Labels): S | undefined {
    return this.#tree.find(labels);
  }

  get(labels: Labels): S | undefined {
    return this.#tree.get(labels);
  }

  accepts(labels: Labels): boolean {
    for (const name in labels) if (!this.#metric.labelNames.includes(name)) return false;
    return true;
  }

  /** Whether it has a value for each label. */
  isComplete(labels: Labels): boolean {
    return this.#metric.labelNames.every(
      (name) => labels[name] !== undefined && labels[name] !== null && labels[name] !== '',
    );
  }

  /** Present, or reset and not set since. */
  getFormer(labels: Labels): S | undefined {
    return this.#tree.get(labels) ?? this.#formerTree.get(labels);
  }

  /** The state of a label set, which is made at zero if it is not there. */
  obtain(labels: Labels): S {
    const known = this.#tree.get(labels);
    if (known !== undefined) return known;
    const former = this.#formerTree.get(labels);
    if (former !== undefined) {
      this.#former.delete(former);
      this.#formerTree.delete(labels);
      former.presence = 'present';
    }
    // A client's registry may write into the labels that it is given: each metric has its own.
    const state = former ?? this.#create(labels === noLabels ? {} : labels);
    if (former === undefined) continueFrom(state, this.#earlier?.get(labels));
    this.#earlier?.delete(labels);
    this.#tree.set(labels, state);
    this.#states.add(state);
    if (this.#metric.labelNames.length === 0) this.#unlabelled = state;
    if (!state.dirty) this.sink.add(state);
    return state;
  }

  /** Those that a client held before come before those that were made since. */
  putFirst(states: readonly S[]): void {
    this.#states = new Set([...states, ...this.#states]);
  }

  remove(labels: Labels): void {
    const state = this.#tree.get(labels) ?? this.#formerTree.get(labels);
    if (state !== undefined) this.#drop(state);
  }

  removeAll(): void {
    for (const state of [...this.#states, ...this.#former.keys()]) this.#drop(state);
  }

  /** All label sets are at zero and shown no longer; they may come back with the same value. */
  reset(): void {
    const states = this.#states;
    this.#states = new Set();
    this.#tree = this.#createTree();
    this.#unlabelled = undefined;
    for (const state of states) this.#retire(state);
  }

  /** The same for one label set. */
  resetOne(state: S): void {
    this.#tree.delete(state.labels);
    this.#states.delete(state);
    if (this.#unlabelled === state) this.#unlabelled = undefined;
    this.#retire(state);
  }

  zero(state: S): void {
    state.zero();
    if (!state.dirty) this.sink.add(state);
  }

  /** Once a second: what was reset and has not come back leaves the aggregate. */
  age(): void {
    for (const [state, looks] of this.#former) {
      if (looks === 0) this.#drop(state);
      else this.#former.set(state, looks - 1);
    }
  }

  #retire(state: S): void {
    this.zero(state);
    state.presence = 'reset';
    this.#former.set(state, looksAfterReset);
    this.#formerTree.set(state.labels, state);
  }

  #drop(state: S): void {
    this.#tree.delete(state.labels);
    this.#formerTree.delete(state.labels);
    this.#states.delete(state);
    this.#former.delete(state);
    if (this.#unlabelled === state) this.#unlabelled = undefined;
    state.presence = 'gone';
    if (!state.dirty) this.sink.add(state);
  }
}
