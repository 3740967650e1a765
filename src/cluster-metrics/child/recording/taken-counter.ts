/**
 * A counter that is taken over: see taken-metric.ts.
 * Must not know: how anything is reported.
 */
import { invalidValue } from '../../wire/errors.js';
import {
  type ClientMethods,
  type ClientMetric,
  type ClientValue,
  exemplarNow,
  type Labels,
  updateOf,
} from './client.js';
import { finite } from './distribution.js';
import { CounterState } from './series-state.js';
import { TakenMetric, type TakenMetricOptions } from './taken-metric.js';

export class TakenCounter extends TakenMetric<CounterState> {
  constructor(metric: ClientMetric, options: TakenMetricOptions) {
    super(metric, options, CounterState);
    this.putUpdate('inc', isAmount, (state, amount = 1, exemplarLabels) => {
      state.increase(amount);
      if (exemplarLabels !== undefined) this.#note(state, exemplarLabels, amount);
    });
  }

  handle(labels: Readonly<Record<string, string>>) {
    const { name } = this.table.facts;
    const bound = this.bind(labels);
    return {
      inc: (amount = 1, exemplar?: Labels): void => {
        if (!isAmount(amount)) throw invalidValue(name, amount, 'a counter only goes up, by finite amounts');
        const state = bound();
        if (state === undefined) this.metric.inc(...updateOf(this.metric, labels, amount, exemplar));
        else {
          state.increase(amount);
          if (exemplar) state.setExemplar(exemplarNow(exemplar, amount));
        }
      },
    };
  }

  #note(state: CounterState, exemplarLabels: Labels, amount: number): void {
    const { traits } = this.options;
    const total = state.value;
    // The clients show 1 for an exemplar of nothing.
    const exemplar = exemplarNow(exemplarLabels, amount || 1);
    state.setExemplar(exemplar);
    const correct = (): void => {
      if (traits.current?.exemplarValue !== 'total' || state.exemplars?.get(0) !== exemplar) return;
      state.setExemplar({ ...exemplar, value: total || 1 });
    };
    if (traits.current === undefined) void traits.ready.then(correct);
    else correct();
  }

  protected override values(): ClientValue[] {
    return Array.from(this.table.states, ({ value, flaw, labels, exemplars }) => {
      return { value: value + flaw, labels, ...(exemplars === undefined ? {} : { exemplar: exemplars.get(0) }) };
    });
  }

  protected override giveBack(by: ClientMethods): void {
    const inc = (...update: [labels: Labels, value: number, exemplarLabels?: Labels]): unknown =>
      by.inc.apply(this.metric, updateOf(this.metric, ...update));
    const isTotal = this.options.traits.current?.exemplarValue === 'total';
    for (const { labels, value, flaw, exemplars } of this.table.states) {
      const exemplar = exemplars?.get(0);
      // Twice the most that a class takes.
      if (value === Number.POSITIVE_INFINITY) for (const most of [value, value].map(finite)) inc(labels, most);
      else if (exemplar === undefined || exemplar.value > value) inc(labels, value + flaw);
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
