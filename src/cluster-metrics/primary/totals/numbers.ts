/**
 * Adds the numbers of a frame (wire/protocol.ts) to the series that they are of. Numbers that stand for nothing are passed
 * over: what a child sends is never an error here.
 * Must not know: how a series is found, nor what else is in a frame.
 */
import { fromWire } from '../../wire/protocol.js';
import { CounterSeries, HistogramSeries } from './counted-series.js';
import type { Contributor, Series } from './family.js';
import { GaugeSeries } from './gauge-series.js';
import { RatioSeries } from './ratio-series.js';

type Find = (id: number) => Series | undefined;

/** @param pairs of series id and increment */
export function addCounters(pairs: readonly number[], find: Find): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const series = find(pairs[i] ?? -1);
    const increment = pairs[i + 1] ?? 0;
    // What counts never goes back.
    if (series instanceof CounterSeries && increment >= 0 && Number.isFinite(increment)) series.add(increment);
  }
}

/** @param runs of series id, increments of sum and count, and n pairs of bucket and increment after their number n */
export function addHistograms(runs: readonly number[], find: Find): void {
  for (let i = 0; i + 3 < runs.length; ) {
    const series = find(runs[i] ?? -1);
    const sum = runs[i + 1] ?? 0;
    const count = runs[i + 2] ?? 0;
    const pairs = runs[i + 3] ?? 0;
    if (!(pairs >= 0)) return;
    const end = i + 4 + 2 * pairs;
    if (series instanceof HistogramSeries && Number.isFinite(sum) && Number.isFinite(count) && count >= 0) {
      for (let pair = i + 4; pair + 1 < end; pair += 2) series.addToBucket(runs[pair] ?? -1, runs[pair + 1] ?? 0);
      series.add(sum, count);
    }
    i = end;
  }
}

/** @param pairs of series id and value */
export function setGauges(
  pairs: readonly (number | string)[],
  find: Find,
  source: Contributor,
  nextOrder: () => number,
): void {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const id = Number(pairs[i]);
    const series = find(id);
    if (series instanceof GaugeSeries) series.set(source, id, fromWire(pairs[i + 1] ?? 'NaN'), nextOrder());
  }
}

/** @param triples of series id, hits and trials */
export function addRatios(triples: readonly number[], find: Find, source: Contributor, nowMs: number): void {
  for (let i = 0; i + 2 < triples.length; i += 3) {
    const series = find(triples[i] ?? -1);
    if (series instanceof RatioSeries) series.add(source, triples[i + 1] ?? 0, triples[i + 2] ?? 0, nowMs);
  }
}
