import { DelayedError, type Job, WaitingError } from 'bullmq';
import { lockKey, type RedisClient } from '../queue/connection.js';
import { readRun, writeRun } from '../queue/job-run.js';
import type { SurvivedStarts } from './survived-starts.js';

/**
 * Ways of a job back to the queue that are no failed attempt, and no death of its worker. They give what is to be thrown,
 * which tells BullMQ that it has nothing more to do with the job.
 */

/** A run is put off so long, all in all; then it uses up its attempts and fails, visibly. Milliseconds. */
const longestDeferralMs = 120_000;
/** Of the first time; doubled for the second, and again for all after that. Milliseconds. */
const shortestDeferralMs = 1000;

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
  readonly survivedStarts: SurvivedStarts;
}

/** To the front of the queue. */
export async function giveBack({ job, token, survivedStarts }: HeldJob): Promise<WaitingError> {
  await survivedStarts.tell(job);
  try {
    await job.moveToWait(token);
    return new WaitingError();
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/** Whether a job may still be put off. By the delays given so far and not by a clock, which may be set. */
export function mayBeDeferred(job: Job<unknown>): boolean {
  return readRun(job.progress).deferredMs < longestDeferralMs;
}

/**
 * Until its desk may be asked again, or Redis is likely to work again. The delay is spread up to its double, so that a long
 * queue does not come back in one moment, and not in that at which another job asks the desk whether it works.
 *
 * @param deferMs for which the desk is left alone, milliseconds; 0 when nobody knows for how long
 */
export async function defer(held: HeldJob, deferMs: number): Promise<DelayedError | LeftToItsLock> {
  const { job, token, redis, survivedStarts } = held;
  const run = readRun(job.progress);
  const shortestMs = shortestDeferralMs * 2 ** Math.min(run.deferrals, 2);
  const delayMs = Math.round(Math.max(deferMs, shortestMs) * (1 + Math.random()));
  await survivedStarts.tell(job);
  try {
    const next = { ...run, deferrals: run.deferrals + 1, deferredMs: run.deferredMs + delayMs };
    await writeRun(redis, job, token, next);
    await job.moveToDelayed(Date.now() + delayMs, token);
    return new DelayedError();
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/**
 * Whether a failed attempt may be counted. Frozen for a while, this process may fail a job that another one is about to
 * finish. That a job fails for good is written down before it is counted: one that Redis does not let fail runs again, and
 * may succeed.
 *
 * @returns false when the lock is lost
 */
export async function mayFail({ job, token, redis }: HeldJob, forGood: boolean): Promise<boolean | LeftToItsLock> {
  try {
    if (!forGood) return (await redis.get(lockKey(redis, job.id ?? ''))) === token;
    return await writeRun(redis, job, token, { ...readRun(job.progress), failedAttempt: job.attemptsMade + 1 });
  } catch (error) {
    return new LeftToItsLock(error);
  }
}
