/**
 * Reports this process's metrics to the primary: one frame for each turn of the event loop in which something changed. One
 * frame is in flight at a time; while the primary is slow to read, or absent, changes merge here instead of piling up.
 * Must not know: how a metric is recorded, nor by what channel frames travel.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterMetricsError } from '../../wire/errors.js';
import {
  defaultRememberMs,
  type Hello,
  isLife,
  parseFromPrimary,
  protocolVersion,
  type Identity,
} from '../../wire/protocol.js';
import { ChangeTracker } from '../following/change-tracker.js';
import { chooseChannel, onReportedRegistries, reportedRegistries, reporting } from './reporter-defaults.js';
import { Frames } from './frames.js';
import type { CommitOptions, Reporter, ReporterOptions } from './reporter-contract.js';

/** How long a goodbye waits for a primary that does not read. */
const lastCommitMs = 5000;

/** How long a goodbye waits for the metrics' `collect` functions. */
const lastCollectMs = 250;

/** Heartbeats without a word from the primary, after which a warning is emitted. */
const unansweredBeats = 5;

/**
 * @throws {ClusterMetricsError} NOT_A_CHILD where nothing has started this process that could be reported to; REPORTER_RUNNING
 *   when this process has a reporter already; NO_REGISTRIES when neither `tracker` nor the program's imports say what to report
 */
export function startReporter(options: ReporterOptions = {}): Reporter {
  const { channel, primary, exclusive, advice, identity } = chooseChannel(options);
  if (reporting.has(exclusive)) {
    const message = 'startReporter() was called before in this process: share its reporter, or stop() it first.';
    throw new ClusterMetricsError('REPORTER_RUNNING', message);
  }
  const { onError, heartbeatMs = 1000 } = options;
  const tracker =
    options.tracker ?? new ChangeTracker({ registries: reportedRegistries(), ...(onError ? { onError } : {}) });
  const unfollow =
    options.tracker === undefined ? onReportedRegistries((registries) => tracker.follow(registries)) : undefined;
  reporting.add(exclusive);
  tracker.continueOn(primary);

  const frames = new Frames(tracker);
  /** `opening`: a primary may come any moment; `closed`: there is none for now, or for good. */
  let state: 'opening' | 'open' | 'closed' | 'stopped' = 'opening';
  let isInFlight = false;
  let isScheduled = false;
  let beatsUnanswered = 0;
  let lastReason: Error | undefined;

  const schedule = (): void => {
    if (isScheduled || isInFlight || state !== 'open') return;
    isScheduled = true;
    // After this turn's callbacks: everything that they count goes into one frame.
    setImmediate(flush);
  };

  const flush = (): void => {
    isScheduled = false;
    // Nothing is sent once the reporter has stopped: its metrics were given back, and would be told as removed.
    if (isInFlight || state !== 'open') return;
    const reading = tracker.ready();
    if (reading !== undefined) {
      // What classes hold is given a few microtasks later, still in this turn; more may come meanwhile.
      isInFlight = true;
      const proceed = (): void => {
        isInFlight = false;
        flush();
      };
      void reading.then(proceed, proceed);
      return;
    }
    const outgoing = frames.next();
    if (outgoing === undefined) return;
    isInFlight = true;
    channel.send(outgoing.frame, (error) => {
      isInFlight = false;
      if (error !== null && state !== 'open') {
        frames.keep(outgoing);
        return;
      }
      frames.settle(outgoing.position, error === null);
      if (frames.hasMore) flush();
    });
  };

  const commit = ({ withinMs }: CommitOptions = {}): Promise<boolean> => {
    if (state === 'closed' || state === 'stopped') return Promise.resolve(false);
    const committed = frames.commit(withinMs);
    schedule();
    return committed;
  };

  const beat = (): void => {
    void tracker.look();
    if (beatsUnanswered++ === unansweredBeats) warnOfSilence(advice, lastReason);
    frames.isBeatDue = true;
    schedule();
  };

  const close = channel.open({
    opened() {
      state = 'opening';
      frames.introduce();
      isInFlight = true;
      channel.send(helloOf(options.identity ?? identity), (error) => {
        isInFlight = false;
        if (error !== null || state !== 'opening') return;
        state = 'open';
        flush();
      });
    },
    message(message) {
      const parsed = parseFromPrimary(message);
      if (parsed.type === 'cluster-metrics:welcome') beatsUnanswered = Number.NEGATIVE_INFINITY;
      if (parsed.type !== 'cluster-metrics:collect') return;
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
      frames.abandonCommits();
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
      if (state === 'stopped') update();
      else frames.once({ once: key, rememberMs }, update);
      schedule();
    },
    async stop() {
      if (state === 'stopped') return;
      clearInterval(heartbeat);
      await Promise.race([tracker.collect(), sleep(lastCollectMs, undefined, { ref: false })]);
      await Promise.race([commit(), sleep(lastCommitMs, undefined, { ref: false })]);
      state = 'stopped';
      frames.abandonCommits();
      close();
      unfollow?.();
      tracker.onFirstChange = undefined;
      tracker.leave(primary);
      reporting.delete(exclusive);
    },
  };
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
