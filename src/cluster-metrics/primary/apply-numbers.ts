/**
 * Adds the numbers of a frame (wire/changes.ts) to the series that they are of. Numbers that stand for nothing are passed
 * over: what a child sends is never an error here.
 *
 * Must not know: how a series is found, nor what else is in a frame.
 */
import { type Changes, fromWire } from '../wire/changes.js';
import type { Contributor } from './contribution.js';
import { MergedSeries, RatioSeries } from './gauge-series.js';
import { CounterSeries, HistogramSeries, type Series } from './series.js';

export interface Clocks {
  readonly nowMs: () => number;
  /** Numbers the updates of gauges. */
  readonly nextOrder: () => number;
}

type Find = (id: number) => Series | undefined;

export function applyNumbers(changes: Changes, source: Contributor, find: Find, clocks: Clocks): void {
  if (changes.counters) addCounters(changes.counters, find);
  if (changes.histograms) addHistograms(changes.histograms, find);
  if (changes.gauges) setGauges(changes.gauges, source, find, clocks);
  if (changes.ratios) addRatios(changes.ratios, source, find, clocks);
}

function addCounters(pairs: readonly number[], find: Find): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const series = find(pairs[i] ?? -1);
    const increment = pairs[i + 1] ?? 0;
    // What counts never goes back.
    if (series instanceof CounterSeries && increment >= 0 && Number.isFinite(increment)) series.add(increment);
  }
}

function addHistograms(runs: readonly number[], find: Find): void {
  for (let i = 0; i + 3 < runs.length; ) {
    const series = find(runs[i] ?? -1);
    const pairs = runs[i + 3] ?? 0;
    if (!(pairs >= 0)) return;
    const end = i + 4 + 2 * pairs;
    const count = runs[i + 2] ?? 0;
    if (series instanceof HistogramSeries && count >= 0) {
      for (let pair = i + 4; pair + 1 < end; pair += 2) series.addToBucket(runs[pair] ?? -1, runs[pair + 1] ?? 0);
      series.add(runs[i + 1] ?? 0, count);
    }
    i = end;
  }
}

function setGauges(pairs: readonly (number | string)[], source: Contributor, find: Find, { nextOrder }: Clocks): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const series = find(Number(pairs[i]));
    if (series instanceof MergedSeries) series.set(source, fromWire(pairs[i + 1] ?? 'NaN'), nextOrder());
  }
}

function addRatios(triples: readonly number[], source: Contributor, find: Find, clocks: Clocks): void {
  const nowMs = clocks.nowMs();
  for (let i = 0; i + 2 < triples.length; i += 3) {
    const series = find(triples[i] ?? -1);
    if (series instanceof RatioSeries) series.add(source, triples[i + 1] ?? 0, triples[i + 2] ?? 0, nowMs);
  }
}
