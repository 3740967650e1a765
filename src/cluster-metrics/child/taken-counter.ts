/**
 * A counter that is taken over: see taken-metric.ts.
 *
 * Must not know: how anything is reported.
 */
import { type ClientMethod, type ClientMetric, type ClientValue, isObject, type Labels } from './client.js';
import type { ClassTraits } from './class-traits.js';
import { exemplarNow, isExemplar, isNewer } from './exemplars.js';
import { CounterState } from './series-state.js';
import { noLabels } from './series-table.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenCounter extends TakenMetric<CounterState> {
  readonly #classInc: ClientMethod;
  /** What it held before it was taken over is in. */
  #isAdopted: boolean;

  constructor(metric: ClientMetric, traits: ClassTraits, options: TakenMetricOptions, isNew: boolean) {
    super(metric, traits, options);
    this.#classInc = metric.inc;
    this.#isAdopted = isNew;
    if (isNew && metric.labelNames?.length === 0) this.table.obtain(noLabels);
    this.put('inc', metric.enableExemplars === true ? this.#incAndNote : this.#inc);
  }

  protected override createState(labels: Labels): CounterState {
    return new CounterState(this.reported, labels);
  }

  readonly #inc: ClientMethod = (first, second) => {
    const isLabelled = isObject(first);
    const state = isLabelled ? this.table.find(first) : this.table.unlabelled;
    const amount = isLabelled ? second : first;
    if (state === undefined || !isAmount(amount))
      this.#incSlowly(isLabelled ? first : noLabels, amount, [first, second]);
    else state.add(amount ?? 1, this.sink);
  };

  #incSlowly(labels: Labels, amount: unknown, args: readonly unknown[]): void {
    const state = isAmount(amount) ? this.stateFor(labels) : undefined;
    if (state === undefined) this.leaveToClass(this.#classInc, args);
    else state.add(isAmount(amount) ? (amount ?? 1) : 0, this.sink);
  }

  readonly #incAndNote: ClientMethod = (options = {}) => {
    const { labels = noLabels, value: amount = 1, exemplarLabels } = isObject(options) ? options : {};
    const accepted = isObject(labels) && isAmount(amount) && isExemplar(exemplarLabels) && isObject(options);
    const state = accepted ? this.stateFor(labels) : undefined;
    if (state === undefined || !accepted) {
      this.leaveToClass(this.#classInc, [options]);
      return;
    }
    state.add(amount ?? 1, this.sink);
    if (exemplarLabels !== undefined) this.#note(state, exemplarLabels, amount ?? 1);
  };

  /** The clients show 1 for an exemplar of nothing. */
  #note(state: CounterState, exemplarLabels: Labels, amount: number): void {
    const total = state.value;
    const exemplar = exemplarNow(exemplarLabels, amount || 1);
    state.setExemplar(exemplar, this.sink);
    const settle = (): void => {
      if (this.traits.current?.exemplarValue !== 'total' || state.exemplar !== exemplar) return;
      state.setExemplar({ ...exemplar, value: total || 1 }, this.sink);
    };
    if (this.traits.current === undefined) void this.traits.ready.then(settle);
    else settle();
  }

  protected override afterReading(): void {
    this.emptyClass();
  }

  protected override takeIn(values: readonly ClientValue[]): void {
    const adopted: CounterState[] = [];
    for (const { labels, value, exemplar } of values) {
      // An emptied class holds its only label set at zero, even one that was removed.
      if (this.#isAdopted && value === 0 && this.reported.labelNames.length === 0) continue;
      const state = this.table.obtain(labels);
      adopted.push(state);
      // What the client shows as NaN is NaN here; the aggregate leaves it out.
      if (Number.isFinite(value)) {
        if (value !== 0) state.add(value, this.sink);
      } else state.value += value;
      if (isNewer(exemplar, state.exemplar)) state.setExemplar(exemplar, this.sink);
    }
    if (!this.#isAdopted) this.table.putFirst(adopted);
    this.#isAdopted = true;
  }

  protected override takeInFormer(values: readonly ClientValue[]): void {
    for (const { labels, value } of values) {
      if (!Number.isFinite(value)) continue;
      const former = this.table.getFormer(labels);
      if (former !== undefined) former.addFormer(value, this.sink);
      else {
        const state = this.table.obtain(labels);
        state.add(value, this.sink);
        this.table.resetOne(state);
      }
    }
  }

  protected override values(): ClientValue[] {
    const values: ClientValue[] = [];
    for (const { value, labels, exemplar } of this.table.states) {
      values.push(exemplar === undefined ? { value, labels } : { value, labels, exemplar });
    }
    return values;
  }

  protected override giveBack(): void {
    const inc = (labels: Labels, value: number, exemplarLabels?: Labels): unknown =>
      this.metric.enableExemplars === true
        ? this.#classInc.call(this.metric, { labels, value, exemplarLabels })
        : this.#classInc.call(this.metric, labels, value);
    const isTotal = this.traits.current?.exemplarValue === 'total';
    for (const { labels, value, exemplar } of this.table.states) {
      if (exemplar === undefined || exemplar.value > value) inc(labels, value);
      else {
        if (!isTotal) inc(labels, value - exemplar.value);
        inc(labels, exemplar.value, exemplar.labelSet);
        if (isTotal) inc(labels, value - exemplar.value);
      }
    }
  }
}

function isAmount(amount: unknown): amount is number | undefined {
  return amount === undefined || (typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY);
}
