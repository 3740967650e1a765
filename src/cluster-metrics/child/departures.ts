/**
 * What leaves the aggregate with the next report: it is told before what comes, as that may have the same name.
 *
 * Must not know: why it leaves.
 */
import type { Changes } from '../wire/changes.js';
import type { Report } from './report.js';
import type { ReportedMetric } from './reported-metric.js';
import { notIntroduced, refused, type SeriesState } from './series-state.js';

export class Departures {
  #abandoned: ReportedMetric[] = [];
  #forgotten: number[] = [];
  #removed: number[] = [];

  /** A metric and all of its series. Those are among the states that changed. */
  abandon(metric: ReportedMetric): void {
    this.#abandoned.push(metric);
  }

  /** A metric that is introduced anew. */
  renew(metric: ReportedMetric): void {
    this.#forgotten.push(metric.id);
    metric.introduction = 'new';
  }

  /** A series that is introduced anew, with all that it stands at. */
  renewSeries(state: SeriesState): void {
    this.#removed.push(state.id);
    state.id = notIntroduced;
    state.unreport();
  }

  /** A series that is recorded on, and reported no longer. */
  withdraw(state: SeriesState): void {
    if (state.id >= 0) this.#removed.push(state.id);
    state.id = refused;
  }

  /** @param isAll whether these are all states that changed: a metric goes after its series */
  take(states: readonly SeriesState[], isAll: boolean, report: Report): Changes | undefined {
    const left: Changes = {};
    for (const state of states) if (state.presence === 'gone') report.add(state, left);
    if (this.#removed.length > 0) left.removed = [...(left.removed ?? []), ...this.#removed.splice(0)];
    if (isAll && this.#abandoned.length > 0) {
      for (const metric of this.#abandoned.splice(0)) {
        if (metric.introduction === 'introduced') this.#forgotten.push(metric.id);
        metric.introduction = 'refused';
      }
    }
    if (this.#forgotten.length > 0) left.forgotten = this.#forgotten.splice(0);
    for (const _ in left) return left;
    return undefined;
  }
}
