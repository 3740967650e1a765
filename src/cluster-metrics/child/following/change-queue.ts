/**
 * Base of ChangeTracker: what is to be reported, in the order in which it came up: series that changed, metrics that came or left,
 * what was dropped. The other side is introduced to metrics and series when they first come up.
 * Must not know: who updates a state, nor when a report is made and sent.
 */
import { type Changes, type DropReason, toWire } from '../../wire/protocol.js';
import type { Queued, ReportedMetric } from '../recording/reported-metric.js';
import { notIntroduced, refused } from '../recording/series-state.js';
import type { SeriesState, SeriesTable } from '../recording/series-table.js';

interface Departure extends Queued {
  readonly kind: 'departure';
  readonly metric: ReportedMetric;
}

type Entry = SeriesState | ReportedMetric | Departure;

export abstract class ChangeQueue {
  /** Called when there is something to report and there was nothing before. */
  onFirstChange: (() => void) | undefined;
  taken = 0;
  #waiting: Entry[] = [];
  /** How many of those were taken. */
  #from = 0;
  /** Their departures wait. */
  readonly #leaving = new Set<ReportedMetric>();
  #left: Changes = {};
  #nextMetricId = 0;
  #nextSeriesId = 0;

  /** How many changes have not been taken. */
  get waiting(): number {
    return this.#waiting.length - this.#from;
  }

  /** How many changes there ever were; a report that took up to here holds everything that happened before. */
  get position(): number {
    return this.taken + this.waiting;
  }

  /** A metric that came, or a series that changed. */
  add(entry: Entry): void {
    entry.isQueued = true;
    if (this.#waiting.push(entry) - this.#from === 1) this.onFirstChange?.();
  }

  /** This process has the metric no longer. To be called after its series were removed. */
  protected depart(metric: ReportedMetric): void {
    this.#leaving.add(metric);
    this.add({ kind: 'departure', isQueued: true, metric });
  }

  /** Told with the next report. */
  protected drop(reason: DropReason, metric: string, detail: string): void {
    (this.#left.dropped ??= []).push([reason, metric, detail]);
  }

  /** What is labelled otherwise than it was introduced leaves, and is introduced anew with all that it stands at. */
  protected relabel(table: SeriesTable): void {
    if (table.standing !== 'introduced') return;
    const changed = table.relabel();
    const isRelabelled = changed.some((name) => !table.facts.labelNames.includes(name));
    if (isRelabelled) {
      (this.#left.forgotten ??= []).push(table.id);
      table.standing = 'new';
      this.add(table);
    }
    for (const state of table.held()) {
      // A label of its own has its value from there only where a series leaves it out.
      if (state.id < 0 || !(isRelabelled || changed.some((name) => state.leavesOut(name)))) continue;
      (this.#left.removed ??= []).push(state.id);
      state.id = notIntroduced;
      state.unsend();
      state.changed();
    }
  }

  /** A series is recorded on, and reported no longer. */
  protected withdraw(state: SeriesState): void {
    if (state.id >= 0) {
      state.report(this.#left);
      (this.#left.removed ??= []).push(state.id);
    }
    state.id = refused;
  }

  /**
   * What changed since the last call: in the order in which it is to be applied. What left comes first, as what came may have
   * the same name.
   *
   * @param limit label sets at most; what is over waits for the next call. Default: all
   */
  take(limit = Number.POSITIVE_INFINITY): Changes[] {
    const isAll = this.waiting <= limit;
    const entries = isAll && this.#from === 0 ? this.#waiting : this.#waiting.slice(this.#from, this.#from + limit);
    if (isAll) this.#waiting = [];
    this.#from = isAll ? 0 : this.#from + limit;
    this.taken += entries.length;
    /** Of metrics that were known before. */
    const left = this.#left;
    this.#left = {};
    /** Metrics that came and left. */
    const passed: Changes = {};
    /** Metrics that came, and their series that came and left. */
    const came: Changes = {};
    const firstCome = this.#nextMetricId;
    const changed: Changes = {};
    for (const entry of entries) {
      entry.isQueued = false;
      switch (entry.kind) {
        case 'metric':
          // One that left as it came is never heard of.
          if (!this.#leaving.has(entry)) this.#introduceMetric(entry, came);
          break;
        case 'departure':
          this.#leaving.delete(entry.metric);
          if (entry.metric.standing === 'introduced')
            ((entry.metric.id < firstCome ? left : passed).forgotten ??= []).push(entry.metric.id);
          entry.metric.standing = 'refused';
          break;
        default:
          // Fast path: most entries only have new values.
          if (entry.presence === 'present' && entry.id >= 0) entry.report(changed);
          else if (!isLeaving(entry)) this.#addSeries(entry, came, changed);
          else {
            const { id, standing } = entry.metric;
            const isKnown = entry.id >= 0 || (standing === 'introduced' && id < firstCome);
            const to = isKnown ? left : this.#leaving.has(entry.metric) ? passed : came;
            this.#addSeries(entry, to, to);
          }
      }
    }
    return [left, passed, came, changed].filter(hasAny);
  }

  #addSeries(state: SeriesState, came: Changes, changes: Changes): void {
    const { presence, kind } = state;
    // What a gauge stood at says nothing once it has left.
    const isTold =
      presence === 'present' || (presence === 'gone' && kind !== 'gauge') || state.owed.some((n) => n !== 0);
    if (state.id === notIntroduced && isTold && !this.#introduceSeries(state, came, changes)) state.id = refused;
    if (state.id >= 0) state.report(changes);
    if (!isLeaving(state)) return;
    if (state.id >= 0) (changes.removed ??= []).push(state.id);
    // One that was removed never comes back: its labels make a new state.
    if (presence === 'reset') state.unsend();
    if (state.id >= 0 || presence === 'gone') state.id = notIntroduced;
  }

  /** @returns false when it can never be part of the aggregate */
  #introduceMetric(metric: ReportedMetric, changes: Changes): boolean {
    if (metric.standing !== 'new') return metric.standing === 'introduced';
    const { merge } = metric;
    if (merge === undefined) {
      const detail = `its aggregator ${metric.aggregator} is none that is known`;
      (changes.dropped ??= []).push(['unknown_aggregator', metric.facts.name, detail]);
    }
    if (merge === undefined || merge === 'omit') {
      metric.standing = 'refused';
      return false;
    }
    (changes.metrics ??= []).push(metric.introduce(this.#nextMetricId++, merge));
    return true;
  }

  #introduceSeries(state: SeriesState, came: Changes, changes: Changes): boolean {
    const { metric } = state;
    if (!this.#introduceMetric(metric, came)) return false;
    state.id = this.#nextSeriesId++;
    (changes.series ??= []).push([state.id, metric.id, state.labelValues]);
    return true;
  }
}

/**
 * A counter that was reset may be on its way to the same total, and stays for a while. A gauge that was not set again in the turn
 * of its reset is not there any more, as in its registry.
 */
function isLeaving({ kind, presence }: SeriesState): boolean {
  return presence === 'gone' || (kind === 'gauge' && presence === 'reset');
}

function hasAny(changes: Changes): boolean {
  for (const _ in changes) return true;
  return false;
}

/**
 * What a primary that knows nothing of this process yet has to be told by one that another primary knew: its metrics and series
 * under the ids that they have, and what gauges stand at. What was counted before is not told again.
 *
 * @param limit series at most in one piece
 */
export function* reintroductionsOf(tables: Iterable<SeriesTable>, limit: number): Generator<Changes> {
  const none = () => ({ metrics: [], series: [], gauges: [] });
  let changes: Required<Pick<Changes, 'metrics' | 'series' | 'gauges'>> = none();
  for (const metric of tables) {
    if (metric.standing !== 'introduced') continue;
    changes.metrics.push(metric.introduce(metric.id, metric.rule));
    for (const state of metric.held()) {
      if (state.id < 0) continue;
      if (changes.series.length === limit) {
        yield changes;
        changes = none();
      }
      changes.series.push([state.id, metric.id, state.labelValues]);
      const { level } = state;
      if (state.presence === 'present' && level !== undefined) changes.gauges.push(state.id, toWire(level));
    }
  }
  if (changes.metrics.length > 0 || changes.series.length > 0) yield changes;
}
