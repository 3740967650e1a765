/**
 * A gauge that is taken over: see taken-metric.ts. Its class keeps what it was last told, for handles that were bound
 * before: an `inc` through one is told from a `set` by what it started from.
 *
 * Must not know: how anything is reported.
 */
import { type ClientMethod, type ClientMetric, type ClientValue, isObject, type Labels } from './client.js';
import type { ClassTraits } from './class-traits.js';
import { GaugeState, HistogramState } from './series-state.js';
import { SpareArrays } from './spare-arrays.js';
import { noLabels } from './series-table.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenGauge extends TakenMetric<GaugeState> {
  readonly #classSet: ClientMethod;
  readonly #classInc: ClientMethod;
  readonly #classDec: ClientMethod;
  /** What the class holds, as of the last look. */
  readonly #held = new Map<GaugeState, number>();
  /** Values of before are not in yet: until then all goes to the class. */
  #adopting: boolean;
  #leftMeanwhile = false;

  constructor(metric: ClientMetric, traits: ClassTraits, options: TakenMetricOptions, isNew: boolean) {
    super(metric, traits, options);
    this.#classSet = metric.set;
    this.#classInc = metric.inc;
    this.#classDec = metric.dec;
    this.#adopting = !isNew;
    if (isNew && metric.labelNames?.length === 0) this.#held.set(this.table.obtain(noLabels), 0);
    this.put('set', this.#set);
    this.put('inc', this.#inc);
    this.put('dec', this.#dec);
  }

  protected override createState(labels: Labels): GaugeState {
    return new GaugeState(this.reported, labels);
  }

  readonly #set: ClientMethod = (first, second) => {
    const isLabelled = isObject(first);
    const state = isLabelled ? this.table.find(first) : this.table.unlabelled;
    const value = isLabelled ? second : first;
    if (state !== undefined && typeof value === 'number') state.set(value, this.sink);
    else this.#slowly(this.#classSet, isLabelled ? first : noLabels, [first, second], () => value);
  };

  readonly #inc: ClientMethod = (first, second) => this.#change(this.#classInc, first, second, 1);
  readonly #dec: ClientMethod = (first, second) => this.#change(this.#classDec, first, second, -1);

  #change(method: ClientMethod, first: unknown, second: unknown, sign: 1 | -1): void {
    const isLabelled = isObject(first);
    const state = isLabelled ? this.table.find(first) : this.table.unlabelled;
    const given = isLabelled ? second : first;
    const amount = given === undefined ? 1 : given;
    if (state !== undefined && typeof amount === 'number') state.set(state.value + sign * amount, this.sink);
    else {
      const changed = (now: number) => (typeof amount === 'number' ? now + sign * amount : amount);
      this.#slowly(method, isLabelled ? first : noLabels, [first, second], changed);
    }
  }

  #slowly(method: ClientMethod, labels: Labels, args: readonly unknown[], next: (now: number) => unknown): void {
    if (!this.#adopting && typeof next(0) === 'number') {
      const state = this.stateFor(labels);
      const value = next(state?.value ?? 0);
      if (state !== undefined && typeof value === 'number') {
        state.set(value, this.sink);
        return;
      }
    }
    this.#leftMeanwhile = true;
    this.leaveToClass(method, args);
  }

  protected override afterReading(): void {
    this.#leftMeanwhile = false;
  }

  protected override takeIn(values: readonly ClientValue[]): void {
    // Those left to the class since it was read are in the next look, which they have asked for.
    if (this.#adopting && this.#leftMeanwhile) return;
    const adopted: GaugeState[] = [];
    for (const { labels, value } of values) {
      const known = this.table.get(labels);
      const state = known ?? this.table.obtain(labels);
      // One that the class did not hold began there at zero.
      const held = known === undefined ? state.value : (this.#held.get(known) ?? 0);
      if (!Object.is(held, value)) {
        const isUnchanged = Object.is(state.value, held);
        state.set(isUnchanged ? value : state.value + (value - held), this.sink);
      }
      if (!Object.is(state.value, value)) this.#classSet.call(this.metric, labels, state.value);
      this.#held.set(state, state.value);
      adopted.push(state);
    }
    if (this.#adopting) this.table.putFirst(adopted);
    this.#adopting = false;
    for (const state of this.#held.keys()) if (state.presence !== 'present') this.#held.delete(state);
  }

  /** A level of before says nothing of now. */
  protected override takeInFormer(): void {}

  protected override handBack(): void {}

  protected override afterReset(): void {
    this.#held.clear();
    const { unlabelled } = this.table;
    if (unlabelled !== undefined) this.#held.set(unlabelled, 0);
  }

  protected override values(): ClientValue[] {
    return Array.from(this.table.states, ({ value, labels }) => ({ value, labels }));
  }

  /** Updates of the class that no report has read yet stay in it. */
  protected override giveBack(): void {
    const isUnread = this.#leftMeanwhile || this.isReading;
    for (const state of this.table.states) {
      const { labels, value } = state;
      const change = value - (this.#held.get(state) ?? 0);
      if (!isUnread || !Number.isFinite(change)) this.#classSet.call(this.metric, labels, value);
      else if (change !== 0) this.#classInc.call(this.metric, labels, change);
    }
  }
}

/** A ratio exists over all children only: this process's registry has the metric's name and help alone. */
export class TakenRatio extends TakenMetric<HistogramState> {
  readonly #spare = new SpareArrays(0);

  protected override createState(labels: Labels): HistogramState {
    return new HistogramState(this.reported, labels, this.#spare);
  }

  protected override afterReading(): void {}

  protected override takeIn(): void {}

  protected override takeInFormer(): void {}

  protected override values(): ClientValue[] {
    return [];
  }

  protected override giveBack(): void {}
}
