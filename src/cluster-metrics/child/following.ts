/**
 * The metrics of the registries that are followed, and what takes over or reads each of them.
 *
 * Must not know: what changed in a metric, nor how that is reported.
 */
import type { DropReason } from '../wire/changes.js';
import type { ClientRegistry } from './client.js';
import { earlierReports, noteReports } from './earlier-reports.js';
import { FollowedRegistry, type RegistryListener } from './followed-registry.js';
import type { ReportedMetric } from './reported-metric.js';
import type { Sink } from './series-state.js';
import { type Follower, printableHistogram, takeOver, type TakenOver, whenConstructed } from './take-over.js';

export interface FollowingOptions {
  readonly sink: Sink;
  /** The storage of the metric's class may hold something now. */
  readonly onLeftToClass: (metric: { look(): Promise<void> }) => void;
  /** A metric's name, type and labels are known. */
  readonly onKnown: (metric: ReportedMetric, registry: FollowedRegistry) => void;
  /** @param isGivenBack whether its class has its values; otherwise it stays taken over, and is reported no longer */
  readonly onLeft: (follower: Follower, isGivenBack: boolean) => void;
  readonly onUnfollowed: (registry: FollowedRegistry) => void;
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
  /** Something is being read that must be in the next report. */
  readonly onReading: (reading: Promise<void>) => void;
  readonly onError: (error: unknown) => void;
}

export interface Followed {
  readonly follower: Follower;
  readonly registry: FollowedRegistry;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #registries = new Map<ClientRegistry, () => void>();
  readonly #followed = new Map<object, Followed>();
  /** Those that could not be given back to their class. */
  readonly #kept = new Map<object, Follower>();
  #primary: object | undefined;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  get metrics(): Iterable<Followed> {
    return this.#followed.values();
  }

  /** Follows these registries instead of those before. */
  follow(registries: readonly ClientRegistry[]): void {
    const wanted = new Set(registries);
    for (const [registry, unfollow] of this.#registries) {
      if (wanted.has(registry)) continue;
      this.#registries.delete(registry);
      unfollow();
    }
    for (const registry of wanted) if (!this.#registries.has(registry)) this.#followRegistry(registry);
  }

  /** What was reported to this primary before it was left is not reported again. */
  continueOn(primary: object): void {
    this.#primary = primary;
    for (const [metric, { follower }] of this.#followed) this.#continue(metric, follower.table);
  }

  /** Gives all metrics back, and notes what was reported of them. */
  leave(primary: object): void {
    for (const [metric, { follower }] of this.#followed) {
      const { reported, table } = follower;
      if (reported !== undefined && table !== undefined) {
        noteReports(metric, primary, reported.labelNames, table.held());
      }
    }
    this.follow([]);
  }

  /** Undefined: the metric is not followed, or read only. */
  takenOver(metric: object): TakenOver | undefined {
    const follower = this.#followed.get(metric)?.follower ?? this.#kept.get(metric);
    return follower !== undefined && 'metric' in follower ? follower : undefined;
  }

  #followRegistry(registry: ClientRegistry): void {
    const followed = FollowedRegistry.of(registry);
    const listener: RegistryListener = {
      added: (metric) => {
        try {
          this.#add(metric, followed);
        } catch (error) {
          this.#options.onError(error);
        }
      },
      removed: (metric) => this.#remove(metric, followed),
      printable: (metric) => printableHistogram(this.takenOver(metric), followed),
    };
    followed.follow(listener);
    this.#options.onReading(followed.lookAtDefaultLabels());
    for (const metric of followed.metrics) this.#take(metric, followed, false);
    this.#registries.set(registry, () => {
      for (const metric of followed.metrics) this.#remove(metric, followed);
      if (this.#kept.size === 0) followed.unfollow(listener);
      this.#options.onUnfollowed(followed);
    });
  }

  #add(metric: object, registry: FollowedRegistry): void {
    if (this.#followed.has(metric)) return;
    whenConstructed(metric, (isNew) => {
      // It may have left again in the meantime.
      if (registry.metrics.includes(metric)) this.#take(metric, registry, isNew);
    });
  }

  #take(metric: object, registry: FollowedRegistry, isNew: boolean): void {
    if (this.#followed.has(metric)) return;
    const { sink, onLeftToClass, onKnown, onDrop } = this.#options;
    const follower = takeOver(metric, isNew, {
      sink,
      onLeftToClass,
      onKnown: (reported, table) => {
        onKnown(reported, registry);
        this.#continue(metric, table);
      },
      onDrop,
    });
    this.#followed.set(metric, { follower, registry });
    if (follower.reported !== undefined) onKnown(follower.reported, registry);
    this.#continue(metric, follower.table);
    if (!isNew) this.#options.onReading(follower.look());
  }

  #continue(metric: object, table: Follower['table']): void {
    const earlier = this.#primary === undefined ? undefined : earlierReports(metric, this.#primary);
    if (earlier !== undefined) table?.continueFrom(earlier);
  }

  #remove(metric: object, registry: FollowedRegistry): void {
    const known = this.#followed.get(metric);
    if (known === undefined || known.registry !== registry) return;
    const { follower } = known;
    this.#followed.delete(metric);
    const isGivenBack = follower.release();
    if (isGivenBack) follower.table?.removeAll();
    else this.#kept.set(metric, follower);
    this.#options.onLeft(follower, isGivenBack);
  }
}
