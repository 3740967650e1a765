/**
 * The primary's registry, on top of whichever client's: records what the primary itself counts with one side of this
 * library, and answers with the aggregate of the other. It is the one place that knows both sides.
 * Must not know: any client's module, nor how anything is recorded, added up or printed.
 */
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ChangeTracker } from './child/following/change-tracker.js';
import type { ClientRegistry } from './child/recording/client.js';
import type { CreateInstruments } from './child/following/instruments.js';
import { defaultRegistries, setReportedRegistries } from './child/reporting/reporter-defaults.js';
import { Aggregate } from './primary/scraping/aggregate.js';
import type { AggregateOptions, ChildReport, LabelMatch, Rendering, ScrapeOptions } from './primary/contract.js';
import { contentTypes, type Format } from './primary/printing/exposition.js';
import type { Distribution, Reading } from './primary/totals/reading.js';
import { selfMetrics } from './primary/self-metrics.js';
import { attachProcess, receiveFromCluster } from './wire/channels/ipc.js';
import { listenOnSocket, type SocketOptions } from './wire/channels/socket-primary.js';
import { attachThread } from './wire/channels/thread.js';
import type { Identity } from './wire/protocol.js';

export interface ClusterRegistryOptions extends AggregateOptions {
  /** Of the primary itself, besides this registry. Default: the default registry of each client that the program uses. */
  readonly registries?: readonly ClientRegistry[];
  /** Labels of the primary's plain metrics, which tell them from the children's. Default: `{ role: 'primary', slot: '0' }`. */
  readonly identity?: Identity;
}

export type ContentType = (typeof contentTypes)[Format];

/**
 * Answers with the aggregate of all children, from what they have reported by themselves.
 *
 * It keeps the contract of the client's registry for clusters (`clusterMetrics()`, `contentType`, `setRegistries`,
 * `aggregate`), but a child that is blocked, dead or not ready cannot delay, empty or fail a scrape, and a dead child's
 * counters stay. Make it before the first `cluster.fork()`. Its methods may be called concurrently; none blocks for longer
 * than a slice of printing.
 */
export interface ClusterRegistryMembers {
  /** What follows the primary's own metrics; for `createInstruments` in the primary. */
  readonly tracker: ChangeTracker;
  /** The aggregate of the whole cluster in this registry's content type. */
  clusterMetrics(): Promise<string>;
  /**
   * One answer to a scrape: all that was counted before the call, by whichever process. Concurrent calls share renderings.
   * Rejects when printing fails, which no child and no metric can cause.
   */
  scrape(options?: ScrapeOptions): Promise<Rendering>;
  /**
   * Takes in what a process of `child_process.fork()` or a worker thread reports. To be called in the turn in which a process
   * is started, and for a thread at any time; a second call does nothing. Children of `cluster.fork()` need no call.
   *
   * @throws {ClusterMetricsError} NO_CHANNEL for a process that was started without an IPC channel, or has closed it
   */
  attach(child: ChildProcess | Worker): void;
  /**
   * Takes in what processes report that this one did not start (`startReporter({ connect: path })`). Resolves when processes
   * can connect. Makes the folder for this user alone, and replaces a file that a killed primary left behind. Does not keep
   * this process alive.
   *
   * @param path of a unix socket, of 107 bytes at most (103 on macOS)
   * @throws {ClusterMetricsError} SOCKET_UNUSABLE when it cannot be listened on, or another primary listens there
   */
  listen(path: string, options?: SocketOptions): Promise<void>;
  /** What is known of each child that reports, of whichever kind. */
  reports(): readonly ChildReport[];
  /** What is known of a child of the cluster, by `cluster.workers`' id. */
  report(workerId: number): ChildReport | undefined;
  /**
   * What the series of a counter or gauge stand at. Takes nothing but memory: no child is asked, and nothing is printed. What
   * the primary itself counts, and what is collected, is as of the last scrape or {@link collect}. Empty for any other name.
   */
  values(name: string): readonly Reading[];
  /** The same of a histogram. */
  distributions(name: string): readonly Distribution[];
  /**
   * Runs `collect` functions as a scrape does. Resolves when they have ended: after `collectWaitMs` (children) and
   * `collectTimeoutMs` (the primary) at the latest; at once if they were started in the last `olderThanMs`. What is "since the
   * last collect" in a metric then begins anew, so give it a time that is longer than the scrapes are apart. Never rejects.
   */
  collect(options: { readonly olderThanMs: number }): Promise<void>;
  /** Removes series of one metric or all. If a process reports one again, it starts from zero. */
  removeSeries(labels: LabelMatch, name?: string): void;
  /**
   * Leaves series of one metric or all out of the answer and keeps their totals. Retired series count neither for
   * `cluster_series` nor against `maxLabelSets`; at most that many are kept per metric. The next report that has one of them
   * shows it again, and so does {@link restoreSeries}, from the value that it had. Live gauges are removed instead.
   */
  retireSeries(labels: LabelMatch, name?: string): void;
  /** Shows retired series again. */
  restoreSeries(labels: LabelMatch, name?: string): void;
  /** Stops listening to children of all kinds, and gives back the metrics of the primary that were taken over, with their values. */
  close(): void;
}

/** A client's registry for clusters. */
interface ClientClusterRegistry extends ClientRegistry {
  readonly contentType: string;
  setContentType(contentType: ContentType): void;
}

type ClientClusterRegistryClass = new () => ClientClusterRegistry;

type ClusterRegistryClass<B extends ClientClusterRegistryClass> = Omit<B, 'prototype' | 'setRegistries'> & {
  /** @param options or the content type, as the client's own registry takes it */
  new (options?: ClusterRegistryOptions | ContentType): InstanceType<B> & ClusterRegistryMembers;
  /**
   * Sets the registries that a child reports, of whichever client. Default: the default registry of each client that the
   * program uses.
   *
   * @throws {ClusterMetricsError} UNSUPPORTED_REGISTRY for what is no registry
   */
  setRegistries(registries: ClientRegistry | ClientRegistry[]): void;
};

/**
 * @param Base a client's registry for clusters, which the class extends
 * @param createInstruments makes this library's own metrics with that client
 */
export function clusterRegistryOn<B extends ClientClusterRegistryClass>(
  Base: B,
  createInstruments: CreateInstruments,
): ClusterRegistryClass<B>;
// Of the client's own members, the class is known to have those that it extends.
export function clusterRegistryOn(
  Base: ClientClusterRegistryClass,
  createInstruments: CreateInstruments,
): ClusterRegistryClass<ClientClusterRegistryClass> {
  return class ClusterRegistry extends Base implements ClusterRegistryMembers {
    readonly tracker: ChangeTracker;
    readonly #aggregate: Aggregate;
    /** Each stops receiving from some children. */
    readonly #stops = new Set<() => void>();
    readonly #attached = new WeakSet<ChildProcess | Worker>();
    #isClosed = false;

    static setRegistries(registries: ClientRegistry | ClientRegistry[]): void {
      setReportedRegistries(Array.isArray(registries) ? registries : [registries]);
    }

    constructor(given: ClusterRegistryOptions | ContentType = {}) {
      super();
      const options = typeof given === 'string' ? {} : given;
      this.setContentType(typeof given === 'string' ? given : contentTypes.text);
      if (cluster.isWorker) warnOfChild();
      const { onError, identity = { role: 'primary', slot: '0' }, registries = defaultRegistries() } = options;
      this.tracker = new ChangeTracker({
        registries: [this, ...registries],
        undeclaredLabels: identity,
        ...(onError ? { onError } : {}),
      });
      const self = createInstruments(selfMetrics, this, this.tracker);
      this.#aggregate = new Aggregate(this.tracker, self, identity, options);
      this.#stops.add(receiveFromCluster(this.#aggregate.intake));
    }

    async clusterMetrics(): Promise<string> {
      const format: Format = this.contentType === contentTypes.openmetrics ? 'openmetrics' : 'text';
      const { parts } = await this.scrape({ format });
      return Buffer.concat(parts).toString('utf8');
    }

    scrape(options: ScrapeOptions = {}): Promise<Rendering> {
      return this.#aggregate.scrape(options);
    }

    attach(child: ChildProcess | Worker): void {
      if (this.#attached.has(child)) return;
      const { intake: receiver } = this.#aggregate;
      const stop = child instanceof Worker ? attachThread(child, receiver) : attachProcess(child, receiver);
      this.#attached.add(child);
      this.#stops.add(stop);
      const emitter: EventEmitter = child;
      emitter.once('exit', () => this.#stops.delete(stop));
    }

    async listen(path: string, options?: SocketOptions): Promise<void> {
      const stop = await listenOnSocket(path, this.#aggregate.intake, options);
      if (this.#isClosed) stop();
      else this.#stops.add(stop);
    }

    reports(): readonly ChildReport[] {
      return this.#aggregate.intake.reports();
    }

    report(workerId: number): ChildReport | undefined {
      return this.#aggregate.intake.reports(({ kind, id }) => kind === 'cluster' && id === workerId)[0];
    }

    values(name: string): readonly Reading[] {
      return this.#aggregate.totals.values(name);
    }

    distributions(name: string): readonly Distribution[] {
      return this.#aggregate.totals.distributions(name);
    }

    collect(options: { readonly olderThanMs: number }): Promise<void> {
      return this.#aggregate.collect(options);
    }

    removeSeries(labels: LabelMatch, name?: string): void {
      this.#aggregate.mutate(() => this.#aggregate.totals.removeSeries(labels, name));
    }

    retireSeries(labels: LabelMatch, name?: string): void {
      this.#aggregate.mutate(() => this.#aggregate.totals.retireSeries(labels, name));
    }

    restoreSeries(labels: LabelMatch, name?: string): void {
      this.#aggregate.mutate(() => this.#aggregate.totals.restoreSeries(labels, name));
    }

    close(): void {
      this.#isClosed = true;
      for (const stop of this.#stops) stop();
      this.#stops.clear();
      this.tracker.follow([]);
    }
  };
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
