import { deferralDelayMs, type DeferralHints } from '../../queue/delay.js';
import { turnOfReturning } from '../../queue/fair-queueing.js';
import { type Deferral, readRun } from '../../queue/job-run.js';
import type { HeldJob } from '../../redis/jobs/held-job.js';

/** Returns a job to the queue without a failed attempt and without a death. */

/** Redis did not accept the job, with its error: the job stays locked until its lock expires (redis/jobs/job-end.ts). */
export interface Left {
  readonly left: unknown;
}

/** Why a job is deferred, with hints of when it can succeed. */
export interface DeferralCause extends DeferralHints {
  readonly tenantId: string;
  readonly reason: string;
  readonly message: string;
}

/**
 * Delays the job without counting an attempt. Its progress has the reason and the time, for operators.
 *
 * @returns `delayMs`: the delay in milliseconds
 */
export async function defer(
  job: HeldJob,
  { tenantId, reason, message, ...hints }: DeferralCause,
): Promise<{ readonly delayMs: number } | Left> {
  const run = readRun(job.progress);
  const before = run.deferral;
  const nowMs = Date.now();
  const waits = waitsBefore(before, nowMs);
  const delayMs = deferralDelayMs(waits, hints);
  const untilMs = nowMs + delayMs;
  const count = (before?.count ?? 0) + 1;
  const deferral = { tenantId, reason, message, sinceMs: before?.sinceMs ?? nowMs, untilMs, count, waits };
  try {
    await job.writeProgress({ ...run, deferral }, turnOfReturning(job.turn));
    await job.toDelayed(untilMs);
    return { delayMs };
  } catch (left) {
    return { left };
  }
}

/**
 * Number of delays that ended by themselves. A promotion ends a delay early, and the next delay must not grow then: a desk that
 * is unstable for half a minute promotes its jobs many times, and they would wait for five minutes.
 */
function waitsBefore(before: Deferral | undefined, nowMs: number): number {
  if (before === undefined) return 0;
  const { waits = before.count - 1, untilMs } = before;
  return nowMs < untilMs ? waits : waits + 1;
}

/** Returns the job to the front of its turn. */
export function giveBack(job: HeldJob): Promise<Left | undefined> {
  return unlessRefused(job.toFront());
}

/** Shortest delay before a suspect is taken again; the longest is twice that. Milliseconds. */
const putBackMs = 250;

/** Delays the job for a moment: it may not run beside the jobs that run here now. */
export function putBack(job: HeldJob): Promise<Left | undefined> {
  return unlessRefused(job.toDelayed(Date.now() + putBackMs * (1 + Math.random())));
}

async function unlessRefused(write: Promise<void>): Promise<Left | undefined> {
  try {
    await write;
    return undefined;
  } catch (left) {
    return { left };
  }
}

/**
 * Whether a failed attempt may be counted: a process that was frozen may fail a job that another one is about to finish. The
 * final failure is written to the job's progress before it is counted, because a job whose failure Redis refuses runs again and
 * may succeed. The write also ends a deferral.
 *
 * @returns false: the lock is lost
 */
export async function mayFail(job: HeldJob, forGood: boolean): Promise<boolean | Left> {
  const { deferral, ...run } = readRun(job.progress);
  try {
    if (forGood) return await job.writeProgress({ ...run, failedAttempt: job.attemptsMade + 1 });
    return await (deferral === undefined ? job.isHeld() : job.writeProgress(run));
  } catch (left) {
    return { left };
  }
}
