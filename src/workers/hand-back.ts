import { DelayedError, type Job, WaitingError } from 'bullmq';
import { lockKey, type RedisClient } from '../queue/connection.js';
import { deferralDelayMs, type DeferralHints } from '../queue/delay.js';
import { turnOfReturning } from '../queue/fair-queueing.js';
import { type Deferral, readRun, uncountStart, writeRun } from '../queue/job-run.js';

/**
 * Ways of a job back to the queue that are no failed attempt, and no death of its worker. They give what is to be thrown,
 * which tells BullMQ that it has nothing more to do with the job.
 */

/**
 * Redis did not take the job back, or its end: it takes no writes, or the lock is lost. The job is left to the lock that it is
 * held under and that nobody renews any more: when the lock has expired, or its primary has ended it, and Redis takes
 * writes, the job is in the queue again. Until then no other job can be started either, for that is a write too.
 */
export class LeftToItsLock extends WaitingError {
  constructor(override readonly cause: unknown) {
    super(`Redis did not take what became of a job, which is left to its lock: ${String(cause)}`);
  }
}

/** A job that is being worked on here, and where that is written down. */
export interface HeldJob {
  readonly job: Job<unknown>;
  readonly token: string;
  readonly redis: RedisClient;
}

/** To the front of the queue. */
export async function giveBack({ job, token, redis }: HeldJob): Promise<WaitingError> {
  try {
    await uncountStart(redis, job.id ?? '', token);
    await job.moveToWait(token);
    return new WaitingError();
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/** A suspect waits this long, up to twice, before it is taken again. Milliseconds. */
const putBackMs = 250;

/** To where delayed jobs wait, for a moment: it may not run beside the jobs that run here now. */
export async function putBack({ job, token, redis }: HeldJob): Promise<DelayedError | LeftToItsLock> {
  try {
    await uncountStart(redis, job.id ?? '', token);
    await job.moveToDelayed(Date.now() + putBackMs * (1 + Math.random()), token);
    return new DelayedError();
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/** Why a job is deferred, and when it may succeed. */
export interface DeferralCause extends DeferralHints {
  readonly tenantId: string;
  readonly reason: string;
  readonly message: string;
}

/** The job waits, and no attempt is counted. Why and until when stands in its progress, where operators see it. */
export class DeferredError extends DelayedError {
  constructor(readonly delayMs: number) {
    super();
  }
}

export async function defer(
  { job, token, redis }: HeldJob,
  { tenantId, reason, message, ...hints }: DeferralCause,
): Promise<DeferredError | LeftToItsLock> {
  const run = readRun(job.progress);
  const before = run.deferral;
  const nowMs = Date.now();
  const waits = waitsBefore(before, nowMs);
  const delayMs = deferralDelayMs(waits, hints);
  const untilMs = nowMs + delayMs;
  const count = (before?.count ?? 0) + 1;
  const deferral = { tenantId, reason, message, sinceMs: before?.sinceMs ?? nowMs, untilMs, count, waits };
  try {
    await uncountStart(redis, job.id ?? '', token);
    await writeRun(redis, job, token, { ...run, deferral }, turnOfReturning(job.priority));
    await job.moveToDelayed(untilMs, token);
    return new DeferredError(delayMs);
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/**
 * A job that is promoted before its time has waited for less than its delay, so that the next one does not grow: a desk
 * that works on and off for half a minute promotes its jobs many times, and would make them wait for five minutes.
 */
function waitsBefore(before: Deferral | undefined, nowMs: number): number {
  if (before === undefined) return 0;
  const { waits = before.count - 1, untilMs } = before;
  return nowMs < untilMs ? waits : waits + 1;
}

/**
 * Whether a failed attempt may be counted. Frozen for a while, this process may fail a job that another one is about to
 * finish. That a job fails for good is written down before it is counted: one that Redis does not let fail runs again, and
 * may succeed. The job is deferred no longer: it waits for a retry, or has ended.
 *
 * @returns false when the lock is lost
 */
export async function mayFail({ job, token, redis }: HeldJob, forGood: boolean): Promise<boolean | LeftToItsLock> {
  const { deferral, ...run } = readRun(job.progress);
  try {
    if (forGood) return await writeRun(redis, job, token, { ...run, failedAttempt: job.attemptsMade + 1 });
    if (deferral !== undefined) return await writeRun(redis, job, token, run);
    return (await redis.get(lockKey(redis, job.id ?? ''))) === token;
  } catch (error) {
    return new LeftToItsLock(error);
  }
}
