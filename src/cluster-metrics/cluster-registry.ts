/**
 * The primary's registry for prom-client: records what the primary itself counts with one side of this library, and answers
 * with the aggregate of the other. It is the one place that knows both.
 *
 * Must not know: how anything is recorded, added up or printed.
 */
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AggregatorRegistry, Registry, type RegistryContentType, register } from 'prom-client';
import { ChangeTracker } from './child/change-tracker.js';
import type { ClientRegistry } from './child/client.js';
import type { Instruments } from './child/instruments.js';
import { setReportedRegistries } from './child/reported-registries.js';
import { Aggregate } from './primary/aggregate.js';
import { type AggregateOptions, type ChildReport, defaultCollectTimeoutMs } from './primary/aggregate-contract.js';
import { contentTypes, type Format } from './primary/exposition.js';
import type { LabelMatch } from './primary/label-matching.js';
import type { Distribution, Reading } from './primary/reading.js';
import type { Rendering, ScrapeOptions } from './primary/rendering.js';
import { ageLabels, type ChildAge, type SelfRecorder, selfMetrics } from './primary/self-metrics.js';
import { createInstruments } from './prom-client.js';
import { receiveFromCluster } from './wire/cluster-primary.js';
import type { Identity } from './wire/identity.js';
import { attachProcess } from './wire/ipc-primary.js';
import { listenOnSocket, type SocketOptions } from './wire/socket-primary.js';
import { attachThread } from './wire/thread-primary.js';

export interface ClusterRegistryOptions extends AggregateOptions {
  /** Of the primary itself, besides this registry. Default: prom-client's default registry. */
  readonly registries?: readonly ClientRegistry[];
  /** Labels of the primary's plain metrics, which tell them from the children's. Default: `{ role: 'primary', slot: '0' }`. */
  readonly identity?: Identity;
  /** What `clusterMetrics()` answers in. Default: the text format 0.0.4. */
  readonly contentType?: RegistryContentType;
}

/**
 * Answers with the aggregate of all children, from what they have reported by themselves.
 *
 * It keeps prom-client's contract (`clusterMetrics()`, `contentType`, `setRegistries`, `AggregatorRegistry.aggregate`), but
 * a child that is blocked, dead or not ready cannot delay, empty or fail a scrape, and a dead child's counters stay. Make it
 * before the first `cluster.fork()`. Its methods may be called concurrently; none blocks for longer than a slice of printing.
 */
export class ClusterRegistry extends AggregatorRegistry<RegistryContentType> {
  readonly #aggregate: Aggregate;
  readonly #tracker: ChangeTracker;
  /** Each stops receiving from some children. */
  readonly #stops = new Set<() => void>();
  readonly #attached = new WeakSet<ChildProcess | Worker>();

  /**
   * Sets the registries that a child reports, of whichever client. Default: prom-client's default registry.
   *
   * @throws {ClusterMetricsError} UNSUPPORTED_REGISTRY for what is no registry
   */
  static override setRegistries(registries: ClientRegistry | ClientRegistry[]): void {
    const list = Array.isArray(registries) ? registries : [registries];
    setReportedRegistries(list);
    // prom-client takes those of this copy of its module alone.
    super.setRegistries(list.filter((registry) => registry instanceof Registry));
  }

  constructor(options: ClusterRegistryOptions = {}) {
    super();
    this.setContentType(options.contentType ?? contentTypes.text);
    if (cluster.isWorker) warnOfChild();
    const identity = options.identity ?? { role: 'primary', slot: '0' };
    const { onError, collectTimeoutMs } = options;
    const tracker = new ChangeTracker({
      registries: [this, ...(options.registries ?? [register])],
      undeclaredLabels: identity,
      ...(onError ? { onError } : {}),
    });
    const own = {
      identity,
      collect: async () => {
        await tracker.collect(collectTimeoutMs ?? defaultCollectTimeoutMs);
        await tracker.look();
      },
      ready: () => tracker.ready(),
      take: () => tracker.take(),
    };
    this.#tracker = tracker;
    this.#aggregate = new Aggregate(own, recorder(createInstruments(selfMetrics, this, tracker)), options);
    this.#stops.add(receiveFromCluster(this.#aggregate.receiver));
  }

  /**
   * Takes in what a process of `child_process.fork()` or a worker thread reports, which calls `startReporter()`. Children of
   * `cluster.fork()` need no call. To be called in the turn in which the child is started; a second call does nothing.
   *
   * @throws {ClusterMetricsError} NO_CHANNEL for a process that was started without an IPC channel, or has closed it
   */
  attach(child: ChildProcess | Worker): void {
    if (this.#attached.has(child)) return;
    const { receiver } = this.#aggregate;
    const stop = child instanceof Worker ? attachThread(child, receiver) : attachProcess(child, receiver);
    this.#attached.add(child);
    this.#stops.add(stop);
    const emitter: EventEmitter = child;
    emitter.once('exit', () => this.#stops.delete(stop));
  }

  /**
   * Takes in what processes report that this one did not start, which call `startReporter({ connect: path })`. Its folder is
   * made for this user alone if it is not there, and a file that a primary left behind that was killed is replaced. Resolves
   * when processes can connect. Does not keep this process alive.
   *
   * @param path of a unix socket, of 107 bytes at most (103 on macOS)
   * @throws {ClusterMetricsError} SOCKET_UNUSABLE when it cannot be listened on, or another primary listens there
   */
  async listen(path: string, options: SocketOptions = {}): Promise<void> {
    this.#stops.add(await listenOnSocket(path, this.#aggregate.receiver, options));
  }

  /** What follows the primary's own metrics; for `createInstruments` in the primary. */
  get tracker(): ChangeTracker {
    return this.#tracker;
  }

  /** The aggregate of the whole cluster in this registry's content type. */
  override async clusterMetrics(): Promise<string> {
    const format: Format = this.contentType === contentTypes.openmetrics ? 'openmetrics' : 'text';
    const { parts } = await this.scrape({ format });
    return Buffer.concat(parts).toString('utf8');
  }

  /**
   * One answer to a scrape: all that was counted before the call, by whichever process. Concurrent calls share renderings.
   * Rejects when printing fails, which no child and no metric can cause.
   */
  scrape(options: ScrapeOptions = {}): Promise<Rendering> {
    return this.#aggregate.scrape(options);
  }

  /** What is known of each child that reports, of whichever kind. */
  reports(): readonly ChildReport[] {
    return this.#aggregate.reports();
  }

  /** What is known of a child of the cluster, by `cluster.workers`' id. */
  report(workerId: number): ChildReport | undefined {
    return this.#aggregate.report(workerId);
  }

  /**
   * What one metric's series stand at, for a page that shows some figures and does not want the text of all. Takes
   * nothing but memory: no child is asked, nothing is printed, and no scrape waits for it. What the primary itself
   * counts, and what is collected, is as of the last scrape or {@link collect}.
   *
   * @param name of a counter or gauge; of anything else, nothing
   */
  values(name: string): readonly Reading[] {
    return this.#aggregate.totals.values(name);
  }

  /** The same of a histogram. */
  distributions(name: string): readonly Distribution[] {
    return this.#aggregate.totals.distributions(name);
  }

  /**
   * Runs `collect` functions as a scrape does, for pages that read {@link values} of a process that is not scraped. What is "since the
   * last collect" in a metric then begins anew, so give it a time that is longer than the scrapes are apart.
   *
   * Resolves when children have answered, after `collectWaitMs` at the latest; at once if it was done in the last
   * `olderThanMs`. Never rejects.
   */
  collect(options: { readonly olderThanMs: number }): Promise<void> {
    return this.#aggregate.collect(options);
  }

  /**
   * Removes series from the aggregate, as when a tenant is gone. If a process reports one again, it starts from zero.
   *
   * @param labels series that have, of each of these labels, the value or one of the values. One call for many values looks
   *   at each series once
   * @param name of one metric. Default: all
   */
  removeSeries(labels: LabelMatch, name?: string): void {
    this.#aggregate.mutate(() => this.#aggregate.totals.removeSeries(labels, name));
  }

  /**
   * Leaves series out of the answer and keeps their totals, as when a tenant leaves that may return. They count neither
   * for `cluster_series` nor against `maxLabelSets`. The next report that has one of them shows it again, and so does
   * {@link restoreSeries}, from the value that it had: no counter goes back for a scraper that sees it again. Live gauges
   * are removed instead.
   *
   * @param labels series that have, of each of these labels, the value or one of the values. One call for many values looks
   *   at each series once
   * @param name of one metric. Default: all
   */
  retireSeries(labels: LabelMatch, name?: string): void {
    this.#aggregate.mutate(() => this.#aggregate.totals.retireSeries(labels, name));
  }

  /** Shows retired series again. */
  restoreSeries(labels: LabelMatch, name?: string): void {
    this.#aggregate.mutate(() => this.#aggregate.totals.restoreSeries(labels, name));
  }

  /** Stops listening to children of all kinds, and gives back the metrics of the primary that were taken over, with their values. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops.clear();
    this.#tracker.follow([]);
  }
}

/** Otherwise each child would show its own counts as those of all. */
function warnOfChild(): void {
  process.emitWarning(
    'A ClusterRegistry was made in a cluster child: it sees this process alone. Make it in the process that forks, and call ' +
      'startReporter() in children. In PM2 cluster mode that process is the PM2 daemon: start a cluster-metrics-collector ' +
      'instead, and call startReporter({ connect }) here.',
    { type: 'ClusterMetricsWarning', code: 'NOT_THE_PRIMARY' },
  );
}

function recorder(self: Instruments<typeof selfMetrics>): SelfRecorder {
  // At zero from the start, so that Prometheus sees the first drop as an increase.
  const dropped = self.cluster_series_dropped_total;
  for (const reason of selfMetrics.cluster_series_dropped_total.labels.reason) dropped.with({ reason });
  const ages = self.cluster_child_report_age_seconds;
  return {
    dropped: (reason) => dropped.with({ reason }).inc(),
    scraped(seconds, series) {
      self.cluster_scrape_duration_seconds.with({}).observe(seconds);
      if (series !== undefined) self.cluster_series.with({}).set(series);
    },
    ages(children) {
      for (const [key, ageMs] of oldest(children)) ages.with(key).set(Math.round(ageMs) / 1000);
    },
    departed: (childId, identity) => ages.remove(ageLabels(childId, identity)),
  };
}

/** While a slot's old and new child overlap, the one that has been silent for longer is shown. */
function oldest(children: readonly ChildAge[]): [ReturnType<typeof ageLabels>, number][] {
  const byLabels = new Map<string, [ReturnType<typeof ageLabels>, number]>();
  for (const { id, identity, ageMs } of children) {
    const labels = ageLabels(id, identity);
    const key = JSON.stringify(labels);
    byLabels.set(key, [labels, Math.max(ageMs, byLabels.get(key)?.[1] ?? 0)]);
  }
  return [...byLabels.values()];
}
