/**
 * What a metric's series had reported when its reporter stopped. A reporter that starts afterwards and reports to the same
 * primary continues from there, because the primary has these counts already.
 *
 * Must not know: how a metric is followed, nor how a primary is reached.
 */
import { LabelTree } from './label-tree.js';
import type { SeriesState } from './series-state.js';

/** Of one counter, or of one histogram by place. */
export type Reported = number | readonly number[];

interface EarlierReports {
  /** The primary. */
  readonly to: object;
  readonly byLabels: LabelTree<Reported>;
}

const earlier = new WeakMap<object, EarlierReports>();

/** @param metric the client's object */
export function noteReports(
  metric: object,
  to: object,
  labelNames: readonly string[],
  states: Iterable<SeriesState>,
): void {
  const byLabels = new LabelTree<Reported>(labelNames);
  for (const state of states) {
    if (state.kind === 'counter' || state.kind === 'histogram') byLabels.set(state.labels, state.reported);
  }
  earlier.set(metric, { to, byLabels });
}

/** @returns undefined: nothing of the metric was reported there */
export function earlierReports(metric: object, to: object): LabelTree<Reported> | undefined {
  const known = earlier.get(metric);
  return known?.to === to ? known.byLabels : undefined;
}

/** To be called before the first report of the state. */
export function continueFrom(state: SeriesState, reported: Reported | undefined): void {
  if (state.kind === 'counter' && typeof reported === 'number') state.before = reported;
  if (state.kind === 'histogram' && typeof reported === 'object') state.before = reported;
}
