/**
 * Follows the registries of this process: takes their metrics over or reads them, and says what changed since it was last
 * asked.
 * Must not know: how a metric is recorded, nor how changes are sent, and when.
 */
import type { Changes } from '../../wire/changes.js';
import { toErrorListener } from '../../wire/errors.js';
import { Pace } from '../../wire/pace.js';
import type { Identity } from '../../wire/protocol.js';
import type { ClientRegistry } from '../recording/client.js';
import { FollowedRegistry } from './followed-registry.js';
import type { LabelTree } from '../recording/label-tree.js';
import { MirroredMetric } from './mirrored-metric.js';
import { Reads } from './reads.js';
import { reintroductionsOf, Report } from './report.js';
import type { Sent } from '../recording/series-state.js';
import type { SeriesTable } from '../recording/series-table.js';
import { type Follower, takeOver, type TakenOver } from './take-over.js';

export interface ChangeTrackerOptions {
  /** Whose metrics are followed; metrics registered there later are followed too. */
  readonly registries: readonly ClientRegistry[];
  /** Added to the labels of every metric that was not made from a definition. Default: none. */
  readonly undeclaredLabels?: Identity;
  /** Told of a `collect` function or a `get()` that failed. Default: not told. */
  readonly onError?: (error: unknown) => void;
}

interface Followed {
  readonly registry: FollowedRegistry;
  readonly followers: Map<object, Follower>;
  readonly stop: () => void;
}

/** What a metric's series had reported when its reporter stopped, by the client's object. */
const earlier = new WeakMap<object, { readonly to: unknown; readonly sent: LabelTree<Sent> }>();

/** One reporter's. All calls are synchronous but `ready`, `look` and `collect`, which may run concurrently with any. */
export class ChangeTracker {
  readonly #undeclaredLabels: Identity;
  readonly #failed: (error: unknown) => void;
  readonly #report = new Report();
  readonly #reads: Reads;
  readonly #registries = new Map<ClientRegistry, Followed>();
  /** Their classes may hold something that must be in the next report. */
  readonly #leftToClass = new Set<{ look(): Promise<void> }>();
  #primary: unknown;

  constructor({ registries, undeclaredLabels = {}, onError }: ChangeTrackerOptions) {
    this.#undeclaredLabels = undeclaredLabels;
    this.#failed = toErrorListener(onError);
    this.#reads = new Reads(this.#failed);
    this.follow(registries);
  }

  /** Called when there is something to report and there was nothing before. */
  set onFirstChange(changed: (() => void) | undefined) {
    this.#report.onFirst = changed;
  }

  /** How many changes were ever queued; a report that took up to here holds everything that happened before. */
  get position(): number {
    return this.#report.taken + this.#report.size;
  }

  /** How many queued changes have been taken. */
  get taken(): number {
    return this.#report.taken;
  }

  /** How many queued changes have not been taken. */
  get waiting(): number {
    return this.#report.size;
  }

  get hasMore(): boolean {
    return this.#report.size > 0 || this.#leftToClass.size > 0;
  }

  /** Whether there is anything that only a `collect` finds. */
  get collects(): boolean {
    for (const [, follower] of this.#followed()) if (follower.collects) return true;
    return false;
  }

  /** Follows these registries instead of those before; what others held leaves the aggregate and is given back. */
  follow(registries: readonly ClientRegistry[]): void {
    for (const [registry, { stop }] of this.#registries) if (!registries.includes(registry)) stop();
    for (const registry of registries) if (!this.#registries.has(registry)) this.#followRegistry(registry);
  }

  /**
   * What was reported to this primary before it was left is not reported again: the primary has these counts already. To be
   * called before the first `take`.
   */
  continueOn(primary: unknown): void {
    this.#primary = primary;
    for (const [metric, { table }] of this.#followed()) if (table) this.#continue(metric, table);
  }

  /** Gives all metrics back, and notes what was reported of them. */
  leave(primary: unknown): void {
    for (const [metric, { table }] of this.#followed()) {
      if (table) earlier.set(metric, { to: primary, sent: table.sent() });
    }
    this.follow([]);
  }

  /** What records a metric of a followed registry; undefined: it is none, or read only. */
  takenOver(metric: object): TakenOver | undefined {
    const follower = this.#followerOf(metric);
    return follower instanceof MirroredMetric ? undefined : follower;
  }

  /** Undefined when nothing has to be waited for before `take` gives everything that was counted before. */
  ready(): Promise<unknown> | undefined {
    for (const metric of this.#leftToClass) this.#reads.add(metric.look());
    this.#leftToClass.clear();
    return this.#reads.ended;
  }

  /** Looks for what went around the recording. To be called once a second. */
  async look(): Promise<void> {
    const pace = new Pace();
    for (const [, follower] of this.#followed()) {
      this.#reads.add(follower.look());
      follower.table?.age();
      if (pace.isDue) await pace.turn();
    }
    for (const { registry } of this.#registries.values()) registry.compareLabels();
    await this.#reads.ended;
  }

  /**
   * Runs the metrics' `collect` functions, as a scrape of their registries would. One that fails stops no other, and one
   * that is still running is not started again.
   *
   * @param waitMs after which it resolves although functions are still running. Default: 5000
   */
  collect(waitMs?: number): Promise<void> {
    return this.#reads.collect(
      Array.from(this.#followed(), ([, follower]) => follower),
      waitMs,
    );
  }

  /**
   * What changed since the last call: in the order in which it is to be applied, as what left and what came may have the
   * same names.
   *
   * @param limit label sets at most; what is over waits for the next call. Default: all
   */
  take(limit = Number.POSITIVE_INFINITY): Changes[] {
    return this.#report.take(limit);
  }

  /** What a primary must know that changes are told to next, and has not been told it. @param limit label sets in one piece */
  introductions(limit: number): Generator<Changes> {
    const tables = Array.from(this.#followed(), ([, { table }]) => table ?? []);
    return reintroductionsOf(tables.flat(), limit);
  }

  /** While it is iterated over, metrics may come. */
  *#followed(): Generator<[object, Follower]> {
    for (const { followers } of this.#registries.values()) yield* followers;
  }

  #followerOf(metric: object): Follower | undefined {
    for (const { followers } of this.#registries.values()) {
      const follower = followers.get(metric);
      if (follower !== undefined) return follower;
    }
    return undefined;
  }

  #followRegistry(client: ClientRegistry): void {
    const registry = FollowedRegistry.of(client);
    const followers = new Map<object, Follower>();
    const listener = {
      added: (metric: object, isNew: boolean) => this.#add(metric, isNew, registry, followers),
      removed: (metric: object) => this.#remove(metric, followers),
      relabelled: () => {
        for (const { table } of followers.values()) if (table) this.#report.renew(table);
      },
    };
    const stop = (): void => {
      for (const metric of followers.keys()) this.#remove(metric, followers);
      registry.unfollow(listener);
      this.#registries.delete(client);
    };
    this.#registries.set(client, { registry, followers, stop });
    registry.follow(listener);
    this.#reads.add(registry.readLabels());
    for (const metric of registry.metrics) listener.added(metric, false);
  }

  #add(metric: object, isNew: boolean, registry: FollowedRegistry, followers: Map<object, Follower>): void {
    if (this.#followerOf(metric) !== undefined) return;
    try {
      const follower = takeOver(metric, isNew, {
        queue: this.#report,
        // A declared metric's labels are exact; a library's plain one says nothing of the process it lives in.
        constantLabels: (isDeclared) => ({ ...(isDeclared ? {} : this.#undeclaredLabels), ...registry.defaultLabels }),
        leftToClass: (left) => {
          this.#leftToClass.add(left);
          if (this.#report.size === 0) this.#report.onFirst?.();
        },
        known: (table) => this.#continue(metric, table),
        drop: (...told) => this.#report.drop(...told),
      });
      followers.set(metric, follower);
      if (follower.table) this.#continue(metric, follower.table);
      if (!isNew) this.#reads.add(follower.look());
    } catch (error) {
      this.#failed(error);
    }
  }

  #continue(metric: object, table: SeriesTable): void {
    const before = earlier.get(metric);
    if (before !== undefined && before.to === this.#primary) table.continueFrom(before.sent);
  }

  #remove(metric: object, followers: Map<object, Follower>): void {
    const follower = followers.get(metric);
    if (follower === undefined) return;
    followers.delete(metric);
    let isGivenBack = true;
    try {
      isGivenBack = follower.release();
    } catch (error) {
      this.#failed(error);
    }
    const { table } = follower;
    if (table === undefined) return;
    if (isGivenBack) table.removeAll();
    else for (const state of table.states) this.#report.withdraw(state);
    this.#report.depart(table.metric);
  }
}
