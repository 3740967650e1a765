/**
 * Adds the numbers of a frame (wire/protocol.ts) to the series that they are of. Numbers that stand for nothing are passed
 * over: what a child sends is never an error here.
 * Must not know: how a series is found, nor what else is in a frame.
 */
import { type Changes, fromWire } from '../../wire/protocol.js';
import { CounterSeries, HistogramSeries } from './counted-series.js';
import type { Contributor, Series } from './family.js';
import { GaugeSeries } from './gauge-series.js';
import { RatioSeries } from './ratio-series.js';

type Find = (id: number) => Series | undefined;

/** What counts never goes back. */
function isIncrement(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

export function addNumbers(
  { counters = [], histograms = [], gauges = [], ratios = [] }: Changes,
  source: Contributor,
  find: Find,
  nowMs: number,
): void {
  for (let i = 0; i + 1 < counters.length; i += 2) {
    const series = find(counters[i] ?? -1);
    const increment = counters[i + 1] ?? 0;
    if (series instanceof CounterSeries && isIncrement(increment)) series.add(increment);
  }
  addHistograms(histograms, find);
  for (let i = 0; i + 1 < gauges.length; i += 2) {
    const id = Number(gauges[i]);
    const series = find(id);
    if (series instanceof GaugeSeries) series.set(source, id, fromWire(gauges[i + 1] ?? 'NaN'));
  }
  for (let i = 0; i + 2 < ratios.length; i += 3) {
    const series = find(ratios[i] ?? -1);
    const hits = ratios[i + 1] ?? 0;
    const trials = ratios[i + 2] ?? 0;
    if (series instanceof RatioSeries && isIncrement(hits) && isIncrement(trials))
      series.add(source, hits, trials, nowMs);
  }
}

/** @param runs see {@link Changes.histograms} */
function addHistograms(runs: readonly number[], find: Find): void {
  for (let i = 0; i + 3 < runs.length; ) {
    const series = find(runs[i] ?? -1);
    const sum = runs[i + 1] ?? 0;
    const count = runs[i + 2] ?? 0;
    const pairs = runs[i + 3] ?? 0;
    if (!(pairs >= 0)) return;
    const end = i + 4 + 2 * pairs;
    if (series instanceof HistogramSeries && Number.isFinite(sum) && isIncrement(count)) {
      for (let pair = i + 4; pair + 1 < end; pair += 2) series.addToBucket(runs[pair] ?? -1, runs[pair + 1] ?? 0);
      series.add(sum, count);
    }
    i = end;
  }
}
