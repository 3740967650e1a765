/**
 * Follows the registries of this process: takes their metrics over or reads them, and says what changed since it was last
 * asked.
 * Must not know: how a metric is recorded, nor how changes are sent, and when.
 */
import type { Changes, Identity } from '../../wire/protocol.js';
import { inWords, toErrorListener } from '../../wire/errors.js';
import { Pace, within } from '../../wire/pace.js';
import type { ClientRegistry } from '../recording/client.js';
import { FollowedRegistry, type RegistryListener } from './followed-registry.js';
import { type Follower, MirroredMetric, takeOver, type TakenOver } from './follower.js';
import type { LabelTree } from '../recording/label-tree.js';
import { Reads } from './reads.js';
import { ChangeQueue, reintroductionsOf } from './change-queue.js';
import type { Sent } from '../recording/series-state.js';
import type { SeriesTable } from '../recording/series-table.js';

/** How long a report waits for the labels of a registry that runs `collect` functions to say them, milliseconds. */
const labelsWaitMs = 1000;

export interface ChangeTrackerOptions {
  /** Whose metrics are followed; metrics registered there later are followed too. */
  readonly registries: readonly ClientRegistry[];
  /** Added to the labels of every metric that was not made from a definition. Default: none. */
  readonly undeclaredLabels?: Identity;
  /** Told of a `collect` function or a `get()` that failed. Default: the first one is a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

interface Followed {
  readonly follower: Follower;
  /** One of those that have it: the metric is introduced with its default labels. */
  registry: FollowedRegistry;
}

/** What a metric's series had reported when its reporter stopped, by the client's object. */
const earlier = new WeakMap<object, { readonly to: unknown; readonly sent: LabelTree<Sent> }>();

/** One reporter's. All calls are synchronous but `ready`, `look` and `collect`, which may run concurrently with any. */
export class ChangeTracker extends ChangeQueue {
  readonly #undeclaredLabels: Identity;
  readonly #failed: (error: unknown) => void;
  readonly #reads: Reads;
  readonly #registries = new Map<ClientRegistry, FollowedRegistry>();
  readonly #listener: RegistryListener = {
    added: (registry, metric, isNew) => this.#add(registry, metric, isNew),
    removed: (registry, metric) => this.#remove(registry, metric),
    relabelled: (registry) => {
      for (const followed of this.#followed.values()) {
        if (followed.registry === registry && followed.follower.table) this.relabel(followed.follower.table);
      }
    },
  };
  /** By the client's metric. While it is iterated over, metrics may come. */
  readonly #followed = new Map<object, Followed>();
  /** Their classes may hold something that must be in the next report. */
  readonly #leftToClass = new Set<{ look(): Promise<void> }>();
  #primary: unknown;

  constructor({ registries, undeclaredLabels = {}, onError }: ChangeTrackerOptions) {
    super();
    this.#undeclaredLabels = undeclaredLabels;
    this.#failed = toErrorListener(onError ?? warnOnce());
    this.#reads = new Reads(this.#failed);
    this.follow(registries);
  }

  get hasMore(): boolean {
    return this.waiting > 0 || this.#leftToClass.size > 0;
  }

  /** Whether there is anything that only a `collect` finds. */
  get collects(): boolean {
    for (const { follower } of this.#followed.values()) if (follower.collects) return true;
    return false;
  }

  /** Follows these registries instead of those before; what others held leaves the aggregate and is given back. */
  follow(registries: readonly ClientRegistry[]): void {
    for (const [client, registry] of this.#registries) if (!registries.includes(client)) this.#leave(client, registry);
    for (const client of registries) if (!this.#registries.has(client)) this.#join(client);
  }

  /**
   * What was reported to this primary before it was left is not reported again: the primary has these counts already. To be
   * called before the first `take`.
   */
  continueOn(primary: unknown): void {
    this.#primary = primary;
    for (const [metric, { follower }] of this.#followed) if (follower.table) this.#continue(metric, follower.table);
  }

  /** Gives all metrics back, and notes what was reported of them. */
  leave(primary: unknown): void {
    for (const [metric, { follower }] of this.#followed) {
      if (follower.table) earlier.set(metric, { to: primary, sent: follower.table.sent() });
    }
    this.follow([]);
  }

  /** What records a metric of a followed registry; undefined: it is none, or read only. */
  takenOver(metric: object): TakenOver | undefined {
    const follower = this.#followed.get(metric)?.follower;
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
    for (const { follower } of this.#followed.values()) {
      this.#reads.add(follower.look());
      follower.table?.age();
      if (pace.isDue) await pace.turn();
    }
    for (const registry of this.#registries.values()) registry.compareLabels();
    await this.#reads.ended;
  }

  /**
   * Runs the metrics' `collect` functions, as a scrape of their registries would. One that fails stops no other, and one
   * that is still running is not started again.
   *
   * @param waitMs after which it resolves although functions are still running. Default: 5000
   */
  collect(waitMs?: number): Promise<void> {
    const followers = Array.from(this.#followed.values(), ({ follower }) => follower);
    return this.#reads.collect(followers, waitMs);
  }

  /** What a primary must know that changes are told to next, and has not been told it. @param limit label sets in one piece */
  introductions(limit: number): Generator<Changes> {
    const tables = Array.from(this.#followed.values(), ({ follower }) => follower.table ?? []);
    return reintroductionsOf(tables.flat(), limit);
  }

  #join(client: ClientRegistry): void {
    const registry = FollowedRegistry.of(client);
    this.#registries.set(client, registry);
    registry.follow(this.#listener);
    this.#reads.add(within(labelsWaitMs, registry.readLabels()));
    for (const metric of registry.metrics) this.#add(registry, metric, false);
  }

  #leave(client: ClientRegistry, registry: FollowedRegistry): void {
    for (const metric of this.#followed.keys()) this.#remove(registry, metric);
    registry.unfollow(this.#listener);
    this.#registries.delete(client);
  }

  #add(registry: FollowedRegistry, metric: object, isNew: boolean): void {
    if (this.#followed.has(metric)) return;
    const followed: { registry: FollowedRegistry } = { registry };
    try {
      const follower = takeOver(metric, isNew, {
        queue: this,
        // A declared metric's labels are exact; a library's plain one says nothing of the process it lives in.
        constantLabels: (isDeclared) => {
          return { ...(isDeclared ? {} : this.#undeclaredLabels), ...followed.registry.defaultLabels };
        },
        nameOf: (one) => registry.nameOf(one),
        leftToClass: (left) => {
          this.#leftToClass.add(left);
          if (this.waiting === 0) this.onFirstChange?.();
        },
        known: (table) => this.#continue(metric, table),
        drop: (...told) => this.drop(...told),
      });
      this.#followed.set(metric, Object.assign(followed, { follower }));
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

  #remove(registry: FollowedRegistry, metric: object): void {
    const followed = this.#followed.get(metric);
    if (followed?.registry !== registry) return;
    const { follower } = followed;
    const other = [...this.#registries.values()].find((one) => one !== registry && one.metrics.includes(metric));
    if (other !== undefined) {
      // What was introduced keeps its labels: under others, what it has counted would be counted twice.
      followed.registry = other;
      return;
    }
    this.#followed.delete(metric);
    let isGivenBack = true;
    try {
      isGivenBack = follower.release();
    } catch (error) {
      this.#failed(error);
    }
    const { table } = follower;
    if (table === undefined) return;
    if (isGivenBack) table.removeAll();
    else for (const state of table.states) this.withdraw(state);
    this.depart(table);
  }
}

/** Otherwise a metric would stay at what it was, and nothing be said: a registry whose `collect` fails prints nothing. */
function warnOnce(): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    const message = `A collect function or get() failed, and its metric is not up to date: ${inWords(error)}. `;
    process.emitWarning(`${message}This is told once; give an onError function to be told of each.`, {
      type: 'ClusterMetricsWarning',
      code: 'COLLECT_FAILED',
    });
  };
}
