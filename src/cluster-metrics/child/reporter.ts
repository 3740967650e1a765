/**
 * Reports this process's metrics to the primary: one frame for each turn of the event loop in which something changed. One
 * frame is in flight at a time; while the primary is slow to read, changes merge here instead of piling up.
 *
 * Must not know: how a metric is recorded, nor by what transport frames travel.
 */
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterChild } from '../wire/cluster-ipc.js';
import { ClusterMetricsError } from '../wire/errors.js';
import type { Identity } from '../wire/identity.js';
import { defaultRememberMs, isLife, parseFromPrimary, protocolVersion, type Section } from '../wire/protocol.js';
import { sharedByCopies } from '../wire/shared.js';
import type { ChildChannel } from '../wire/transport.js';
import { ChangeTracker } from './change-tracker.js';
import { Commits } from './commits.js';
import type { CommitOptions, Reporter, ReporterOptions } from './reporter-contract.js';
import { onReportedRegistries, reportedRegistries } from './reported-registries.js';
import { SectionQueue } from './section-queue.js';

/** Label sets at most in one frame: a frame of some ten kilobytes fits into the kernel's buffer at once. */
const slotsPerFrame = 500;

/** How long a goodbye waits for a primary that does not read. */
const lastCommitMs = 5000;

/** How long a goodbye waits for the metrics' `collect` functions. */
const lastCollectMs = 250;

/** Heartbeats without a word from the primary, after which a warning is emitted. */
const unansweredBeats = 5;

/** One reporter for each channel: a second one would report everything twice. */
const reporting = sharedByCopies('reporting/1', () => new Set<ChildChannel>());

/**
 * @throws {ClusterMetricsError} NOT_A_CHILD outside a cluster child, unless `send` or `channel` is given; REPORTER_RUNNING
 *   when the channel has a reporter already; NO_REGISTRIES when neither `tracker` nor the program's imports say what to report
 */
export function startReporter(options: ReporterOptions = {}): Reporter {
  const channel = channelOf(options);
  const heartbeatMs = options.heartbeatMs ?? 1000;
  const { onError } = options;
  const tracker =
    options.tracker ?? new ChangeTracker({ registries: reportedRegistries(), ...(onError ? { onError } : {}) });
  const unfollow =
    options.tracker === undefined ? onReportedRegistries((registries) => tracker.follow(registries)) : undefined;
  reporting.add(channel);

  const commits = new Commits();
  const outbox = new SectionQueue();
  let inFlight = false;
  let scheduled = false;
  let beatDue = false;
  let collected: number | undefined;
  let beatsUnanswered = 0;
  let stopped = false;

  const schedule = (): void => {
    if (scheduled || inFlight || stopped) return;
    scheduled = true;
    // After this turn's callbacks: everything that they count goes into one frame.
    setImmediate(flush);
  };

  const flush = (): void => {
    // Nothing is sent once the reporter has stopped: its metrics were given back, and would be told as removed.
    if (inFlight || stopped) return;
    const reading = tracker.ready();
    if (reading === undefined) {
      flushNow();
      return;
    }
    // What classes hold is given a few microtasks later, still in this turn; more may come meanwhile.
    inFlight = true;
    const proceed = (): void => {
      inFlight = false;
      flush();
    };
    void reading.then(proceed, proceed);
  };

  const flushNow = (): void => {
    if (stopped) return;
    scheduled = false;
    commits.place(tracker.position);
    const queued = outbox.take(slotsPerFrame);
    const sections = queued.map(({ section }) => section);
    let position = queued.at(-1)?.position ?? tracker.taken;
    if (outbox.isEmpty) {
      for (const changes of tracker.take(slotsPerFrame)) sections.push({ changes });
      if (sections.some(({ changes }) => changes.metrics !== undefined)) beatDue = true;
      position = tracker.taken;
    }
    if (sections.length === 0 && !beatDue && collected === undefined) {
      commits.settle(position, true);
      return;
    }
    const frame = {
      type: 'cluster-metrics:frame' as const,
      sections,
      ...(beatDue ? { collects: tracker.collects } : {}),
      ...(collected === undefined ? {} : { collected }),
    };
    beatDue = false;
    collected = undefined;
    inFlight = true;
    channel.send(frame, (error) => {
      inFlight = false;
      // The primary is gone, and its totals with it.
      if (error !== null) commits.close();
      commits.settle(position, error === null);
      const isMore = tracker.hasMore || !outbox.isEmpty || beatDue || collected !== undefined;
      if (isMore || commits.isWaiting) flush();
    });
  };

  /** @param limit label sets at most */
  const queue = (limit: number, key: Pick<Section, 'once' | 'rememberMs'> = {}): void => {
    const before = tracker.taken;
    const changes = tracker.take(limit);
    const position = tracker.taken;
    for (const [i, one] of changes.entries()) {
      // What left is told without the key: only the last of them has what came.
      const section = i === changes.length - 1 ? { changes: one, ...key } : { changes: one };
      outbox.add({ section, position, size: i === 0 ? position - before : 0 });
    }
  };

  const commit = ({ withinMs }: CommitOptions = {}): Promise<boolean> => {
    if (stopped) return Promise.resolve(false);
    const committed = commits.add(withinMs);
    schedule();
    return committed;
  };

  const canBeAsked = options.send === undefined;
  const beat = (): void => {
    void tracker.look();
    if (!canBeAsked) void tracker.collect();
    else if (beatsUnanswered++ === unansweredBeats) warnOfSilence();
    beatDue = true;
    schedule();
  };

  const stopReceiving = channel.receive((message) => {
    const parsed = parseFromPrimary(message);
    if (parsed.kind === 'welcome') beatsUnanswered = Number.NEGATIVE_INFINITY;
    if (parsed.kind !== 'collect') return;
    void tracker.collect().then(() => {
      collected = parsed.id;
      schedule();
    });
  });

  tracker.onFirstChange = schedule;
  channel.send({ type: 'cluster-metrics:hello', version: protocolVersion, identity: identityOf(options) }, () => {});
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
      if (stopped) {
        update();
        return;
      }
      // In pieces, as in any other frame: the first call finds all that a program has ever recorded.
      do queue(slotsPerFrame);
      while (tracker.position > tracker.taken);
      update();
      queue(Number.POSITIVE_INFINITY, { once: key, rememberMs });
      schedule();
    },
    async stop() {
      if (stopped) return;
      clearInterval(heartbeat);
      await Promise.race([tracker.collect(), sleep(lastCollectMs, undefined, { ref: false })]);
      await Promise.race([commit(), sleep(lastCommitMs, undefined, { ref: false })]);
      stopped = true;
      commits.abandon();
      stopReceiving();
      unfollow?.();
      tracker.onFirstChange = undefined;
      tracker.follow([]);
      reporting.delete(channel);
    },
  };
}

function channelOf({ send, channel = clusterChild }: ReporterOptions): ChildChannel {
  if (send !== undefined) return { send, receive: () => () => undefined };
  if (channel === clusterChild && !cluster.isWorker) {
    throw new ClusterMetricsError(
      'NOT_A_CHILD',
      'startReporter() reports to a primary, and this process was not started by cluster.fork(). ' +
        'In the primary, or without a cluster, use ClusterRegistry or a plain Registry.',
    );
  }
  if (reporting.has(channel)) {
    throw new ClusterMetricsError(
      'REPORTER_RUNNING',
      'startReporter() was called before in this process: share its reporter, or stop() it first.',
    );
  }
  return channel;
}

/** Otherwise nothing would be measured, and nothing said: as under PM2's cluster mode, whose primary is PM2's own. */
function warnOfSilence(): void {
  process.emitWarning(
    'The primary does not answer this reporter, so the metrics of this process are in no aggregate: make a ClusterRegistry ' +
      'in the process that forks, before the first fork. In PM2 cluster mode that process is the PM2 daemon.',
    { type: 'ClusterMetricsWarning', code: 'PRIMARY_SILENT' },
  );
}

function identityOf(options: ReporterOptions): Identity {
  return options.identity ?? { worker: String(cluster.worker?.id ?? 0) };
}
