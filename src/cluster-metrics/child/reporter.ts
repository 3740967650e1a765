/**
 * Reports this process's metrics to the primary: one frame for each turn of the event loop in which something changed. One
 * frame is in flight at a time; while the primary is slow to read, or absent, changes merge here instead of piling up.
 *
 * Must not know: how a metric is recorded, nor by what channel frames travel.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterMetricsError } from '../wire/errors.js';
import type { Identity } from '../wire/identity.js';
import { defaultRememberMs, type Hello, isLife, parseFromPrimary, protocolVersion } from '../wire/protocol.js';
import { sharedByCopies } from '../wire/shared.js';
import { ChangeTracker } from './change-tracker.js';
import { chooseChannel } from './channel-choice.js';
import { Commits } from './commits.js';
import { Frames, type Outgoing, slotsPerFrame } from './frames.js';
import type { CommitOptions, Reporter, ReporterOptions } from './reporter-contract.js';
import { onReportedRegistries, reportedRegistries } from './reported-registries.js';

/** How long a goodbye waits for a primary that does not read. */
const lastCommitMs = 5000;

/** How long a goodbye waits for the metrics' `collect` functions. */
const lastCollectMs = 250;

/** Heartbeats without a word from the primary, after which a warning is emitted. */
const unansweredBeats = 5;

/** One reporter for each channel: a second one would report everything twice. */
const reporting = sharedByCopies('reporting/2', () => new Set<object>());

/**
 * @throws {ClusterMetricsError} NOT_A_CHILD where nothing has started this process that could be reported to; REPORTER_RUNNING
 *   when this process has a reporter already; NO_REGISTRIES when neither `tracker` nor the program's imports say what to report
 */
export function startReporter(options: ReporterOptions = {}): Reporter {
  const { channel, primary, taken, advice, identity } = chooseChannel(options);
  if (taken !== undefined && reporting.has(taken)) throw reporterRunning();
  const heartbeatMs = options.heartbeatMs ?? 1000;
  const { onError } = options;
  const tracker =
    options.tracker ?? new ChangeTracker({ registries: reportedRegistries(), ...(onError ? { onError } : {}) });
  const unfollow =
    options.tracker === undefined ? onReportedRegistries((registries) => tracker.follow(registries)) : undefined;
  if (taken !== undefined) reporting.add(taken);
  tracker.continueOn(primary);

  const commits = new Commits();
  const frames = new Frames(tracker);
  /** `opening`: a primary may come any moment; `closed`: there is none for now, or for good. */
  let state: 'opening' | 'open' | 'closed' | 'stopped' = 'opening';
  let inFlight = false;
  let scheduled = false;
  let beatsUnanswered = 0;
  let lastReason: Error | undefined;

  const schedule = (): void => {
    if (scheduled || inFlight || state !== 'open') return;
    scheduled = true;
    // After this turn's callbacks: everything that they count goes into one frame.
    setImmediate(flush);
  };

  const flush = (): void => {
    scheduled = false;
    // Nothing is sent once the reporter has stopped: its metrics were given back, and would be told as removed.
    if (inFlight || state !== 'open') return;
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
    commits.place(tracker.position);
    const outgoing = frames.next();
    if (outgoing === undefined) {
      commits.settle(tracker.taken, true);
      return;
    }
    inFlight = true;
    channel.send(outgoing.frame, (error) => {
      inFlight = false;
      sent(outgoing, error);
    });
  };

  const sent = (outgoing: Outgoing, error: Error | null): void => {
    if (error !== null && state !== 'open') {
      frames.keep(outgoing);
      return;
    }
    commits.settle(outgoing.position, error === null);
    if (frames.hasMore || commits.isWaiting) flush();
  };

  const commit = ({ withinMs }: CommitOptions = {}): Promise<boolean> => {
    if (state === 'closed' || state === 'stopped') return Promise.resolve(false);
    const committed = commits.add(withinMs);
    schedule();
    return committed;
  };

  const canBeAsked = options.send === undefined;
  const beat = (): void => {
    void tracker.look();
    if (!canBeAsked) void tracker.collect();
    else if (beatsUnanswered++ === unansweredBeats) warnOfSilence(advice, lastReason);
    frames.beatDue = true;
    schedule();
  };

  const close = channel.open({
    opened() {
      state = 'opening';
      frames.introduce();
      inFlight = true;
      channel.send(helloOf(options.identity ?? identity), (error) => {
        inFlight = false;
        if (error !== null || state !== 'opening') return;
        state = 'open';
        flush();
      });
    },
    message(message) {
      const parsed = parseFromPrimary(message);
      if (parsed.kind === 'welcome') beatsUnanswered = Number.NEGATIVE_INFINITY;
      if (parsed.kind !== 'collect') return;
      void tracker.collect().then(() => {
        frames.collected = parsed.id;
        schedule();
      });
    },
    closed(reason) {
      // Its silence begins anew.
      if (state !== 'closed' && beatsUnanswered < 0) beatsUnanswered = 0;
      state = 'closed';
      lastReason = reason;
      commits.abandon();
    },
  });
  tracker.onFirstChange = schedule;
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
      if (state === 'stopped' || !frames.takesKeys) {
        update();
        return;
      }
      // In pieces, as in any other frame: the first call finds all that a program has ever recorded.
      do frames.queue(slotsPerFrame);
      while (tracker.position > tracker.taken);
      update();
      frames.queue(Number.POSITIVE_INFINITY, { once: key, rememberMs });
      schedule();
    },
    async stop() {
      if (state === 'stopped') return;
      clearInterval(heartbeat);
      await Promise.race([tracker.collect(), sleep(lastCollectMs, undefined, { ref: false })]);
      await Promise.race([commit(), sleep(lastCommitMs, undefined, { ref: false })]);
      state = 'stopped';
      commits.abandon();
      close();
      unfollow?.();
      tracker.onFirstChange = undefined;
      tracker.leave(primary);
      if (taken !== undefined) reporting.delete(taken);
    },
  };
}

function reporterRunning(): ClusterMetricsError {
  return new ClusterMetricsError(
    'REPORTER_RUNNING',
    'startReporter() was called before in this process: share its reporter, or stop() it first.',
  );
}

function helloOf(identity: Identity): Hello {
  const facts = { pid: process.pid, startedMs: Math.round(performance.timeOrigin) };
  return { type: 'cluster-metrics:hello', version: protocolVersion, identity, process: facts };
}

/** Otherwise nothing would be measured, and nothing said. */
function warnOfSilence(advice: string, reason: Error | undefined): void {
  const why = reason === undefined ? '' : ` (${reason.message})`;
  process.emitWarning(
    `No primary answers this reporter${why}, so the metrics of this process are in no aggregate: ${advice}`,
    { type: 'ClusterMetricsWarning', code: 'PRIMARY_SILENT' },
  );
}
