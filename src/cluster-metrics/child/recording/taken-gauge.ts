/**
 * A gauge that is taken over: see taken-metric.ts. Its class keeps what it was last told, for handles that were bound
 * before: an `inc` through one is told from a `set` by what it started from.
 * Must not know: how anything is reported.
 */
import type { ClientMethod, ClientMethods, ClientMetric, ClientValue, Labels } from './client.js';
import type { Held } from './distribution.js';
import { HistogramState } from './histogram-state.js';
import { GaugeState } from './series-state.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenGauge extends TakenMetric<GaugeState> {
  #isLeftToClass = false;

  constructor(metric: ClientMetric, options: TakenMetricOptions) {
    super(metric, options, GaugeState);
    this.putUpdate('set', isNumber, (state, value) => state.set(value));
    this.putUpdate('inc', isNumberIfAny, (state, amount = 1) => state.set(state.value + amount));
    this.putUpdate('dec', isNumberIfAny, (state, amount = 1) => state.set(state.value - amount));
  }

  handle(labels: Readonly<Record<string, string>>) {
    const bound = this.bind(labels);
    const add = (amount: number): void => {
      const state = bound();
      if (state === undefined) this.metric.inc(labels, amount);
      else state.set(state.value + amount);
    };
    return {
      set: (value: number): void => {
        const state = bound();
        if (state === undefined) this.metric.set(labels, value);
        else state.set(value);
      },
      inc: (amount = 1) => add(amount),
      dec: (amount = 1) => add(-amount),
    };
  }

  /** Until its values of before are in, it is not known what an update changes, and all goes to the class. */
  protected override stateFor(labels: Labels): GaugeState | undefined {
    return this.table.isAdopted ? super.stateFor(labels) : undefined;
  }

  protected override leaveToClass(method: ClientMethod, args: readonly unknown[]): void {
    this.#isLeftToClass = true;
    super.leaveToClass(method, args);
  }

  protected override afterReading(): void {
    this.#isLeftToClass = false;
  }

  protected override takeIn(held: readonly Held[]): GaugeState[] | undefined {
    if (!this.table.isAdopted && this.#isLeftToClass) return undefined;
    return held.map(({ labels, total: [value = 0] }) => {
      const state = this.table.obtain(labels);
      const { value: now, inClass } = state;
      if (!Object.is(inClass, value)) state.set(Object.is(now, inClass) ? value : now + (value - inClass));
      if (!Object.is(state.value, value)) this.original.set.call(this.metric, labels, state.value);
      state.inClass = state.value;
      return state;
    });
  }

  /** Updates of the class that no report has read yet stay in it. */
  protected override handBack(): void {}

  protected override values(): ClientValue[] {
    return Array.from(this.table.states, ({ value, labels }) => ({ value, labels }));
  }

  protected override giveBack(by: ClientMethods): void {
    const isUnread = this.#isLeftToClass || this.reading !== undefined;
    for (const { labels, value, inClass } of this.table.states) {
      const change = value - inClass;
      if (!isUnread || !Number.isFinite(change)) by.set.call(this.metric, labels, value);
      else if (change !== 0) by.inc.call(this.metric, labels, change);
    }
  }
}

/** A ratio exists over all children only: this process's registry has the metric's name and help alone. */
export class TakenRatio extends TakenMetric<HistogramState> {
  constructor(metric: ClientMetric, options: TakenMetricOptions) {
    // There is no value before the first trial.
    super(metric, { ...options, isNew: false }, HistogramState);
  }

  handle(labels: Readonly<Record<string, string>>) {
    const bound = this.bind(labels);
    return { record: (hit: boolean): void => bound()?.observe(hit ? 1 : 0, 0) };
  }

  protected override afterReading(): void {}

  protected override takeIn(): HistogramState[] {
    return [];
  }

  protected override values(): ClientValue[] {
    return [];
  }

  protected override giveBack(): void {}
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isNumberIfAny(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number';
}
