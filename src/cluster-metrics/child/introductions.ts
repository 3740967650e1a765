/**
 * What a primary needs that knows nothing of this process yet has to be told by one that another primary knew: its metrics and
 * series under the ids that they have, and what gauges stand at. What was counted before is not told again.
 *
 * Must not know: how it is sent.
 */
import { type Changes, toWire } from '../wire/changes.js';
import type { Labels } from './client.js';
import type { ReportedMetric } from './reported-metric.js';
import { type SeriesState, valuesOf } from './series-state.js';

/** A metric that is reported, if it is, and its series. */
interface Reporting {
  readonly reported: ReportedMetric | undefined;
  readonly table: { held(): Iterable<SeriesState> } | undefined;
}

/**
 * @param limit series at most in one piece
 * @param constantLabelsOf labels of all series of a metric in this process, besides their own
 */
export function* introductionsOf(
  followers: Iterable<Reporting>,
  limit: number,
  constantLabelsOf: (metric: ReportedMetric) => Labels,
): Generator<Changes> {
  let changes: Required<Pick<Changes, 'metrics' | 'series' | 'gauges'>> = { metrics: [], series: [], gauges: [] };
  for (const { reported: metric, table } of followers) {
    if (metric?.introduction !== 'introduced') continue;
    changes.metrics.push(metric.introduce(metric.id, metric.rule, constantLabelsOf(metric)));
    for (const state of table?.held() ?? []) {
      if (state.id < 0) continue;
      if (changes.series.length === limit) {
        yield changes;
        changes = { metrics: [], series: [], gauges: [] };
      }
      changes.series.push([state.id, metric.id, valuesOf(state)]);
      const value = gaugeValue(state);
      if (value !== undefined) changes.gauges.push(state.id, toWire(value));
    }
  }
  if (changes.metrics.length > 0 || changes.series.length > 0) yield changes;
}

/** Of all that is not added up. */
function gaugeValue(state: SeriesState): number | undefined {
  if (state.presence !== 'present') return undefined;
  if (state.kind === 'gauge') return state.sent === undefined ? undefined : state.value;
  return state.kind === 'counter' && state.metric.rule !== 'sum' ? state.value : undefined;
}
