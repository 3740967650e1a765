/**
 * Puts what changed into the flat arrays that travel (wire/changes.ts), and introduces metrics and series to the other
 * side when they first come up.
 *
 * Must not know: who updates a state, nor when a report is sent.
 */
import { type Changes, type DropReason, type ExemplarReport, toWire } from '../wire/changes.js';
import { type Labels, textOf } from './client.js';
import type { ReportedMetric } from './reported-metric.js';
import {
  type CounterState,
  type GaugeState,
  type HistogramState,
  notIntroduced,
  refused,
  type SeriesState,
  settle,
  type StateExemplar,
  valuesOf,
} from './series-state.js';
import { bucketsAt, countAt, sumAt } from './spare-arrays.js';

export class Report {
  #nextMetricId = 0;
  #nextSeriesId = 0;

  /** @param constantLabelsOf labels of all series of a metric in this process, besides their own */
  constructor(readonly constantLabelsOf: (metric: ReportedMetric) => Labels) {}

  add(state: SeriesState, changes: Changes): void {
    if (state.id === notIntroduced && state.presence !== 'reset' && !this.#introduceSeries(state, changes)) {
      state.id = refused;
    }
    if (state.id >= 0) addChange(state, changes);
    if (state.presence !== 'gone') return;
    if (state.id >= 0) (changes.removed ??= []).push(state.id);
    state.id = notIntroduced;
  }

  /** @returns false when it can never be part of the aggregate */
  introduceMetric(metric: ReportedMetric, changes: Changes): boolean {
    if (metric.introduction !== 'new') return metric.introduction === 'introduced';
    const { merge } = metric;
    if (merge === undefined) {
      drop(changes, 'unknown_aggregator', metric, `its aggregator ${metric.aggregator} is none that is known`);
    }
    if (merge === undefined || merge === 'omit') {
      metric.introduction = 'refused';
      return false;
    }
    (changes.metrics ??= []).push(metric.introduce(this.#nextMetricId++, merge, this.constantLabelsOf(metric)));
    return true;
  }

  #introduceSeries(state: SeriesState, changes: Changes): boolean {
    const { metric } = state;
    if (!this.introduceMetric(metric, changes)) return false;
    const values = valuesOf(state);
    // A lone surrogate has no UTF-8 form: printed as a replacement character, two label sets would become one.
    const broken = values.find((value) => !value.isWellFormed());
    if (broken !== undefined) {
      drop(changes, 'invalid_label_value', metric, `label value ${JSON.stringify(broken)} is not well-formed Unicode`);
      return false;
    }
    state.id = this.#nextSeriesId++;
    (changes.series ??= []).push([state.id, metric.id, values]);
    return true;
  }
}

function drop(changes: Changes, reason: DropReason, metric: ReportedMetric, detail: string): void {
  (changes.dropped ??= []).push([reason, metric.name, detail]);
}

function addChange(state: SeriesState, changes: Changes): void {
  switch (state.kind) {
    case 'counter':
      return addCounter(state, changes);
    case 'gauge':
      return addGauge(state, changes);
    case 'histogram':
      return addHistogram(state, changes);
  }
}

function addCounter(state: CounterState, changes: Changes): void {
  if (state.before !== undefined) settle(state);
  if (state.metric.rule === 'sum') {
    if (state.unsent !== 0) (changes.counters ??= []).push(state.id, state.unsent);
  } else (changes.gauges ??= []).push(state.id, toWire(state.value));
  state.unsent = 0;
  if (!state.hasUnsentExemplar) return;
  state.hasUnsentExemplar = false;
  if (state.exemplar !== undefined) (changes.exemplars ??= []).push(exemplar(state.id, -1, state.exemplar));
}

function addGauge(state: GaugeState, changes: Changes): void {
  const { value } = state;
  // Only `most-recent` cares that a value was set again.
  if (state.presence === 'reset' || (Object.is(value, state.sent) && state.metric.rule !== 'most-recent')) return;
  state.sent = value;
  (changes.gauges ??= []).push(state.id, toWire(value));
}

function addHistogram(state: HistogramState, changes: Changes): void {
  if (state.before !== undefined) state.settle();
  const { unsent, noteCount } = state;
  if (unsent !== undefined || noteCount > 0) {
    const sum = (unsent?.[sumAt] ?? 0) + state.notedSum;
    const count = (unsent?.[countAt] ?? 0) + noteCount;
    if (state.metric.rule === 'ratio') (changes.ratios ??= []).push(state.id, sum, count);
    else addBuckets(state, (changes.histograms ??= []), sum, count);
    state.clearUnsent();
  }
  if (state.unsentExemplars === undefined) return;
  for (const bucket of state.unsentExemplars) {
    const one = state.exemplars?.[bucket];
    if (one !== undefined) (changes.exemplars ??= []).push(exemplar(state.id, bucket, one));
  }
  state.unsentExemplars = undefined;
}

function addBuckets(state: HistogramState, out: number[], sum: number, count: number): void {
  out.push(state.id, sum, count, 0);
  const pairs = out.length - 1;
  const buckets = state.total.length - bucketsAt;
  for (let i = 0; i < state.noteCount; i++) {
    const bucket = state.noteAt(i);
    if (bucket < buckets) out.push(bucket, 1);
  }
  for (let bucket = 0; state.unsent !== undefined && bucket < buckets; bucket++) {
    const increment = state.unsent[bucket + bucketsAt] ?? 0;
    if (increment !== 0) out.push(bucket, increment);
  }
  out[pairs] = (out.length - pairs - 1) / 2;
}

function exemplar(id: number, bucket: number, { labelSet, value, timestamp }: StateExemplar): ExemplarReport {
  const labels = Object.fromEntries(Object.entries(labelSet).map(([name, label]) => [name, textOf(label)]));
  return [id, bucket, labels, value, timestamp];
}
