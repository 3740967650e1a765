import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeTracker, type Identity } from './change-tracker.js';
import { ClusterMetricsError } from './errors.js';
import { type Frame, type Hello, protocolVersion, type Section } from './protocol.js';
import { onReportedRegistries, reportedRegistries } from './reported-registries.js';

export interface ReporterOptions {
  /** Labels that tell this child from the others, for `per-child` gauges. Default: `{ worker: <cluster id> }`. */
  readonly identity?: Identity;
  /** Default: one that follows the registries of `ClusterRegistry.setRegistries`. */
  readonly tracker?: ChangeTracker;
  /** How often `collect` functions run and an idle child says that it lives. Default: 1000. */
  readonly heartbeatMs?: number;
  /** Hands a message to the kernel and then calls back. Default: `process.send`. */
  readonly send?: Send;
  /** Told of a `collect` function that threw. Default: nobody. */
  readonly onError?: (error: unknown) => void;
}

export type Send = (message: Hello | Frame, done: (error: Error | null) => void) => void;

export interface Reporter {
  readonly tracker: ChangeTracker;
  /**
   * Group commit: resolves when everything that was counted before the call was handed to the kernel, from where not
   * even a SIGKILL of this process takes it back. All calls of one turn of the event loop share one frame.
   */
  commit(): Promise<void>;
  /**
   * Counts what `update` counts, unless the same key was counted before, by whichever child. For events that may be
   * reported again because their reporter died half way, such as the end of a job.
   *
   * @param update changes metrics, synchronously
   */
  once(key: string, update: () => void): void;
  /** Reports what is left and stops. */
  stop(): Promise<void>;
}

/** Label sets at most in one frame: a frame of some ten kilobytes fits into the kernel's buffer at once. */
const slotsPerFrame = 500;

/** How long a goodbye waits for the metrics' `collect` functions. */
const lastCollectMs = 250;

function sendToPrimary(message: Hello | Frame, done: (error: Error | null) => void): void {
  if (process.send === undefined || !process.connected) done(new Error('The channel to the primary is closed.'));
  else process.send(message, undefined, undefined, done);
}

/**
 * Reports this child's metrics to the primary: one frame for each turn of the event loop in which something changed.
 * One frame is in flight at a time; while the primary is slow to read, changes merge here instead of piling up.
 *
 * @throws {ClusterMetricsError} NOT_A_CHILD outside a cluster child, unless `send` is given
 */
export function startReporter(options: ReporterOptions = {}): Reporter {
  if (options.send === undefined && !cluster.isWorker) {
    throw new ClusterMetricsError(
      'NOT_A_CHILD',
      'startReporter() reports to a primary, and this process was not started by cluster.fork(). ' +
        'In the primary, or without a cluster, use ClusterRegistry or a plain Registry.',
    );
  }
  const send = options.send ?? sendToPrimary;
  const heartbeatMs = options.heartbeatMs ?? 1000;
  const tracker =
    options.tracker ??
    new ChangeTracker({
      registries: reportedRegistries(),
      ...(options.onError ? { onError: options.onError } : {}),
    });
  const unfollow =
    options.tracker === undefined ? onReportedRegistries((registries) => tracker.follow(registries)) : undefined;

  /** Sections that must keep their place before whatever the tracker gives next. */
  let outbox: Section[] = [];
  let waiting: { readonly position: number; readonly resolve: () => void }[] = [];
  let inFlight = false;
  let scheduled = false;
  let beatDue = false;
  let stopped = false;

  const schedule = (): void => {
    if (scheduled || inFlight || stopped) return;
    scheduled = true;
    // After this turn's callbacks: everything that they count goes into one frame.
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  };

  const flush = (): void => {
    if (inFlight) return;
    const sections = outbox;
    outbox = [];
    const changes = tracker.take(slotsPerFrame);
    if (changes) sections.push({ changes });
    if (sections.length === 0 && !beatDue) {
      settle(tracker.taken);
      return;
    }
    beatDue = false;
    inFlight = true;
    const position = tracker.taken;
    send({ type: 'cluster-metrics:frame', sections }, () => {
      // An error means that there is no primary any more, and so nobody to whom these numbers could matter.
      inFlight = false;
      settle(position);
      if (tracker.position > tracker.taken || outbox.length > 0 || beatDue || waiting.length > 0) flush();
    });
  };

  /** Everything up to `position` is with the kernel. */
  const settle = (position: number): void => {
    const held = waiting;
    waiting = held.filter((one) => one.position > position);
    for (const one of held) if (one.position <= position) one.resolve();
  };

  const commit = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ position: tracker.position, resolve });
      schedule();
    });

  let collecting: Promise<void> | undefined;
  const collect = (): Promise<void> => {
    collecting ??= tracker.collect().finally(() => {
      collecting = undefined;
    });
    return collecting;
  };
  // A `collect` function that never settles must not make this child look hung: the beat does not wait for it.
  const beat = (): void => {
    void collect();
    beatDue = true;
    schedule();
  };

  tracker.onFirstChange = schedule;
  send({ type: 'cluster-metrics:hello', version: protocolVersion, identity: identityOf(options) }, () => {});
  beat();
  const heartbeat = setInterval(beat, heartbeatMs);
  heartbeat.unref();

  return {
    tracker,
    commit,
    once(key, update) {
      const before = tracker.take();
      if (before) outbox.push({ changes: before });
      update();
      const changes = tracker.take();
      if (changes) outbox.push({ changes, once: key });
      schedule();
    },
    async stop() {
      clearInterval(heartbeat);
      await Promise.race([collect(), sleep(lastCollectMs, undefined, { ref: false })]);
      await commit();
      stopped = true;
      unfollow?.();
      tracker.onFirstChange = undefined;
    },
  };
}

function identityOf(options: ReporterOptions): Identity {
  return options.identity ?? { worker: String(cluster.worker?.id ?? 0) };
}
