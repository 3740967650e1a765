/**
 * What a registry of the primary promises, and what it can be told.
 * Must not know: how it is done, nor any client's module.
 */
import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import type { ChangeTracker } from './child/following/change-tracker.js';
import type { ClientRegistry } from './child/recording/client.js';
import type { AggregateOptions, ChildReport, LabelMatch, Rendering, ScrapeOptions } from './primary/contract.js';
import type { contentTypes, Format } from './primary/printing/exposition.js';
import type { Distribution, Reading } from './primary/totals/reading.js';
import type { Identity } from './wire/protocol.js';
import type { SocketOptions } from './wire/channels/socket-primary.js';

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
   * Takes in what a process of `child_process.fork()` or a worker thread reports, which calls `startReporter()`. Children of
   * `cluster.fork()` need no call. To be called in the turn in which the child is started; a second call does nothing.
   *
   * @throws {ClusterMetricsError} NO_CHANNEL for a process that was started without an IPC channel, or has closed it
   */
  attach(child: ChildProcess | Worker): void;
  /**
   * Takes in what processes report that this one did not start, which call `startReporter({ connect: path })`. The folder is
   * made for this user alone if it is not there, and a file that a killed primary left behind is replaced. Resolves when
   * processes can connect. Does not keep this process alive.
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
   * What one metric's series stand at, for a page that shows some figures and does not want the text of all. Takes
   * nothing but memory: no child is asked, nothing is printed, and no scrape waits for it. What the primary itself
   * counts, and what is collected, is as of the last scrape or {@link collect}.
   *
   * @param name of a counter or gauge; of anything else, nothing
   */
  values(name: string): readonly Reading[];
  /** The same of a histogram. */
  distributions(name: string): readonly Distribution[];
  /**
   * Runs `collect` functions as a scrape does, for pages that read {@link values} of a process that is not scraped. What is
   * "since the last collect" in a metric then begins anew, so give it a time that is longer than the scrapes are apart.
   *
   * Resolves when children have answered, after `collectWaitMs` at the latest; at once if it was done in the last
   * `olderThanMs`. Never rejects.
   */
  collect(options: { readonly olderThanMs: number }): Promise<void>;
  /**
   * Removes series from the aggregate, whichever process reported them, as when a tenant is gone. If a process reports one
   * again, it starts from zero.
   *
   * @param name of one metric. Default: all
   */
  removeSeries(labels: LabelMatch, name?: string): void;
  /**
   * Leaves series out of the answer and keeps their totals, as when a tenant leaves that may return. They count neither
   * for `cluster_series` nor against `maxLabelSets`. The next report that has one of them shows it again, and so does
   * {@link restoreSeries}, from the value that it had: no counter goes back for a scraper that sees it again. Live gauges
   * are removed instead, because they say how things are now. As many are kept of one metric as may be shown.
   *
   * @param name of one metric. Default: all
   */
  retireSeries(labels: LabelMatch, name?: string): void;
  /** Shows retired series again. */
  restoreSeries(labels: LabelMatch, name?: string): void;
  /** Stops listening to children of all kinds, and gives back the metrics of the primary that were taken over, with their values. */
  close(): void;
}
