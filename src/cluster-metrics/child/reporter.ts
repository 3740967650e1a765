import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeTracker } from './change-tracker.js';
import type { Identity } from '../wire/identity.js';
import type { Changes } from '../wire/changes.js';
import { ClusterMetricsError } from '../wire/errors.js';
import { defaultRememberMs, type Frame, type Hello, isLife, protocolVersion, type Section } from '../wire/protocol.js';
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
   * Group commit: resolves with true when everything that was counted before the call was handed to the kernel, from
   * where not even a SIGKILL of this process takes it back. All calls of one turn of the event loop share one frame.
   *
   * Resolves with false when that did not happen: `withinMs` have passed, the channel to the primary is closed, or the
   * reporter was stopped. After `withinMs` nothing is lost yet: the changes wait in this process and are reported when the
   * primary reads again, unless this process ends before. Never rejects.
   */
  commit(options?: CommitOptions): Promise<boolean>;
  /**
   * Counts what `update` counts, unless the same key was counted before, by whichever child. For events that may be
   * reported again because their reporter died half way, such as the end of a job.
   *
   * @param update changes metrics, synchronously
   * @throws {ClusterMetricsError} INVALID_VALUE for a `rememberMs` that is not a positive, finite number
   */
  once(key: string, update: () => void, options?: OnceOptions): void;
  /** Reports what is left and stops. Takes five seconds at most when the primary does not read. */
  stop(): Promise<void>;
}

export interface CommitOptions {
  /** How long to wait for a primary that does not read. Milliseconds; default: for as long as it takes. */
  readonly withinMs?: number;
}

export interface OnceOptions {
  /**
   * For how long the primary remembers the key, from the first report of it. It must cover the time in which the event
   * may be reported again. Takes 11 to 17 bytes of the primary's memory for each key. Milliseconds; default: one hour.
   */
  readonly rememberMs?: number;
}

/** A call of `commit` that is not settled yet. */
interface Waiter {
  readonly position: number;
  readonly settle: (handedOver: boolean) => void;
}

/** A section that must keep its place before what the tracker gives next. */
interface Queued {
  readonly section: Section;
  /** Changes up to here have been reported when this section has. */
  readonly position: number;
}

/** Label sets at most in one frame: a frame of some ten kilobytes fits into the kernel's buffer at once. */
const slotsPerFrame = 500;

/** The same for sections that wait behind a primary that did not read for a while. */
const sectionsPerFrame = 500;

/** How long a goodbye waits for a primary that does not read. */
const lastCommitMs = 5000;

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

  let outbox: Queued[] = [];
  /** In the order of their positions. */
  const waiting = new Set<Waiter>();
  let inFlight = false;
  let channelClosed = false;
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
    const queued = outbox.splice(0, sectionsPerFrame);
    const sections = queued.map(({ section }) => section);
    let position = queued.at(-1)?.position ?? tracker.taken;
    if (outbox.length === 0) {
      const changes = tracker.take(slotsPerFrame);
      if (changes) sections.push({ changes });
      position = tracker.taken;
    }
    if (sections.length === 0 && !beatDue) {
      settle(position);
      return;
    }
    beatDue = false;
    inFlight = true;
    send({ type: 'cluster-metrics:frame', sections }, (error) => {
      inFlight = false;
      // There is no primary any more, and so nobody to whom these numbers could matter.
      if (error !== null) channelClosed = true;
      settle(position);
      if (tracker.position > tracker.taken || outbox.length > 0 || beatDue || waiting.size > 0) flush();
    });
  };

  const queue = (changes: Changes | undefined, key: Pick<Section, 'once' | 'rememberMs'> = {}): void => {
    if (changes) outbox.push({ section: { changes, ...key }, position: tracker.taken });
  };

  /** Everything up to `position` is with the kernel, or lost. */
  const settle = (position: number): void => {
    for (const waiter of waiting) {
      if (waiter.position > position) return;
      waiting.delete(waiter);
      waiter.settle(!channelClosed);
    }
  };

  const commit = ({ withinMs }: CommitOptions = {}): Promise<boolean> =>
    new Promise((resolve) => {
      if (stopped) {
        resolve(false);
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      const waiter: Waiter = {
        position: tracker.position,
        settle(handedOver) {
          clearTimeout(timer);
          resolve(handedOver);
        },
      };
      waiting.add(waiter);
      if (withinMs !== undefined) {
        timer = setTimeout(() => {
          waiting.delete(waiter);
          resolve(false);
        }, withinMs);
      }
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
    once(key, update, { rememberMs = defaultRememberMs } = {}) {
      if (!isLife(rememberMs)) {
        const message = `once() cannot remember a key for ${rememberMs} ms: give it a positive, finite number.`;
        throw new ClusterMetricsError('INVALID_VALUE', message);
      }
      queue(tracker.take());
      update();
      queue(tracker.take(), { once: key, rememberMs });
      schedule();
    },
    async stop() {
      clearInterval(heartbeat);
      await Promise.race([collect(), sleep(lastCollectMs, undefined, { ref: false })]);
      await Promise.race([commit(), sleep(lastCommitMs, undefined, { ref: false })]);
      stopped = true;
      unfollow?.();
      tracker.onFirstChange = undefined;
    },
  };
}

function identityOf(options: ReporterOptions): Identity {
  return options.identity ?? { worker: String(cluster.worker?.id ?? 0) };
}
