/**
 * Follows the registries of this process: takes their metrics over or reads them, and says what changed since it was last
 * asked.
 *
 * Must not know: how changes are sent, and when.
 */
import type { Changes, DropReason } from '../wire/changes.js';
import type { Identity } from '../wire/identity.js';
import { toErrorListener } from '../wire/error-listener.js';
import type { ClientRegistry, Labels } from './client.js';
import { CollectRuns } from './collect-runs.js';
import { Departures } from './departures.js';
import type { FollowedRegistry } from './followed-registry.js';
import { Following } from './following.js';
import { introductionsOf } from './introductions.js';
import { KnownLabels } from './known-labels.js';
import { Outbox } from './outbox.js';
import { PendingReads } from './pending-reads.js';
import { Report } from './report.js';
import type { ReportedMetric } from './reported-metric.js';
import type { SeriesState } from './series-state.js';
import { inSlices } from './slices.js';
import type { Follower, TakenOver } from './take-over.js';

export interface ChangeTrackerOptions {
  /** Whose metrics are followed; metrics registered there later are followed too. */
  readonly registries: readonly ClientRegistry[];
  /** Added to the labels of every metric that was not made from a definition. Default: none. */
  readonly undeclaredLabels?: Identity;
  /** Told of a `collect` function or a `get()` that failed. Default: not told. */
  readonly onError?: (error: unknown) => void;
}

/** One reporter's. All calls are synchronous but `ready`, `look` and `collect`, which may run concurrently with any. */
export class ChangeTracker {
  readonly #options: ChangeTrackerOptions;
  readonly #outbox = new Outbox<SeriesState>();
  readonly #report: Report;
  readonly #following: Following;
  readonly #registryOf = new WeakMap<ReportedMetric, FollowedRegistry>();
  readonly #labels = new KnownLabels();
  readonly #departures = new Departures();
  readonly #reads: PendingReads;
  readonly #leftToClass = new Set<{ look(): Promise<void> }>();
  readonly #collectRuns: CollectRuns;
  #unannounced: ReportedMetric[] = [];
  #dropped: [DropReason, string, string][] = [];
  #taken = 0;

  constructor(options: ChangeTrackerOptions) {
    this.#options = options;
    const onError = toErrorListener(options.onError);
    this.#reads = new PendingReads(onError);
    this.#collectRuns = new CollectRuns(onError);
    this.#report = new Report((metric) => this.#constantLabelsOf(metric));
    this.#following = new Following({
      sink: this.#outbox,
      onLeftToClass: (metric) => {
        this.#leftToClass.add(metric);
        this.#changed();
      },
      onKnown: (metric, registry) => {
        this.#registryOf.set(metric, registry);
        // Told of even without a label set, so that its HELP and TYPE are there before its first event.
        this.#unannounced.push(metric);
        this.#changed();
      },
      onLeft: (follower, isGivenBack) => this.#left(follower, isGivenBack),
      onUnfollowed: (registry) => this.#labels.forget(registry),
      onDrop: (...drop) => this.#dropped.push(drop),
      onReading: (reading) => this.#reads.add(reading),
      onError,
    });
    this.follow(options.registries);
  }

  /** Called when there is something to report and there was nothing before. */
  set onFirstChange(changed: (() => void) | undefined) {
    this.#outbox.onFirst = changed;
  }

  /** How many changes were ever queued; a report that took up to here holds everything that happened before. */
  get position(): number {
    return this.#taken + this.#outbox.size + this.#unannounced.length + this.#dropped.length;
  }

  get hasMore(): boolean {
    return this.position > this.#taken || this.#leftToClass.size > 0;
  }

  /** How many queued changes have been taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether there is anything that only a `collect` finds. */
  get collects(): boolean {
    return this.#followers().some((follower) => follower.collects);
  }

  /** Follows these registries instead of those before; what others held leaves the aggregate and is given back. */
  follow(registries: readonly ClientRegistry[]): void {
    this.#following.follow(registries);
  }

  /** What was reported to this primary before it was left is not reported again. To be called before the first `take`. */
  continueOn(primary: object): void {
    this.#following.continueOn(primary);
  }

  /** Gives all metrics back, and notes what was reported of them. */
  leave(primary: object): void {
    this.#following.leave(primary);
  }

  /** What records a metric of a followed registry; undefined: it is none, or read only. */
  takenOver(metric: object): TakenOver | undefined {
    return this.#following.takenOver(metric);
  }

  /** Undefined when nothing has to be waited for before `take` gives everything that was counted before. */
  ready(): Promise<unknown> | undefined {
    for (const metric of this.#leftToClass) this.#reads.add(metric.look());
    this.#leftToClass.clear();
    return this.#reads.ended;
  }

  /** Finds what went around the recording. To be called once a second. */
  async look(): Promise<void> {
    await inSlices(this.#following.metrics, ({ follower }) => {
      this.#reads.add(follower.look());
      follower.table?.age();
    });
    for (const registry of this.#labels.changed(true)) this.#relabel(registry);
    await this.#reads.ended;
  }

  /**
   * Runs the metrics' `collect` functions, as a scrape of their registries would. One that fails stops no other, and one
   * that is still running is not started again.
   *
   * @param waitMs after which it resolves although functions are still running. Default: 5000
   */
  collect(waitMs?: number): Promise<void> {
    return this.#collectRuns.collect(this.#followers(), waitMs);
  }

  /**
   * What changed since the last call: in the order in which it is to be applied, as what left and what came may have the
   * same names.
   *
   * @param limit label sets at most; what is over waits for the next call. Default: all
   */
  take(limit = Number.POSITIVE_INFINITY): Changes[] {
    for (const registry of this.#labels.changed(false)) this.#relabel(registry);
    const states = this.#outbox.take(limit);
    this.#taken += states.length + this.#unannounced.length + this.#dropped.length;
    const left = this.#departures.take(states, this.#outbox.size === 0, this.#report);
    const changed: Changes = {};
    if (this.#unannounced.length > 0) {
      for (const metric of this.#unannounced.splice(0)) this.#report.introduceMetric(metric, changed);
    }
    for (const state of states) if (state.presence !== 'gone') this.#report.add(state, changed);
    if (this.#dropped.length > 0) changed.dropped = [...(changed.dropped ?? []), ...this.#dropped.splice(0)];
    for (const _ in changed) return left === undefined ? [changed] : [left, changed];
    return left === undefined ? [] : [left];
  }

  /** What a primary must know that changes are told to next, and has not been told it. @param limit label sets in one piece */
  introductions(limit: number): Generator<Changes> {
    return introductionsOf(this.#followers(), limit, (metric) => this.#constantLabelsOf(metric));
  }

  #followers(): readonly Follower[] {
    return Array.from(this.#following.metrics, ({ follower }) => follower);
  }

  /** Something is to be reported that is in no state. */
  #changed(): void {
    if (this.#outbox.size === 0) this.#outbox.onFirst?.();
  }

  #left({ reported, table }: Follower, isGivenBack: boolean): void {
    if (!isGivenBack) for (const state of table?.states ?? []) this.#departures.withdraw(state);
    if (reported !== undefined) this.#departures.abandon(reported);
    this.#changed();
  }

  #constantLabelsOf(metric: ReportedMetric): Labels {
    const registry = this.#registryOf.get(metric);
    const labels = registry === undefined ? {} : this.#labels.note(registry);
    // A declared metric's labels are exact; a library's plain one says nothing of the process it lives in.
    return { ...(metric.isDeclared ? {} : this.#options.undeclaredLabels), ...labels };
  }

  /** All series of a registry leave, and come back under its new default labels with all that they stand at. */
  #relabel(registry: FollowedRegistry): void {
    for (const { follower, registry: own } of this.#following.metrics) {
      const { reported, table } = follower;
      if (own !== registry || reported === undefined || table === undefined) continue;
      if (reported.introduction !== 'introduced') continue;
      this.#departures.renew(reported);
      this.#unannounced.push(reported);
      for (const state of table.states) {
        if (state.id < 0) continue;
        this.#departures.renewSeries(state);
        if (!state.dirty) this.#outbox.add(state);
      }
    }
  }
}
