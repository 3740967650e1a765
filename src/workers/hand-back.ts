import { DelayedError, type Job, WaitingError } from 'bullmq';
import { readRun } from '../queue/job-run.js';
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
 * Redis, full or read-only, did not take the job back, or its end. It is left to the lock that it is held under and that
 * nobody renews any more: when the lock has expired, or its primary has ended it, and Redis takes writes, the job is in the
 * queue again. Until then no other job can be started either, for that is a write too.
 */
export class LeftToItsLock extends WaitingError {
  constructor(override readonly cause: unknown) {
    super(`Redis did not take what became of a job, which is left to its lock: ${String(cause)}`);
  }
}

/** To the front of the queue. */
export async function giveBack(job: Job<unknown>, token: string, survived: SurvivedStarts): Promise<WaitingError> {
  try {
    await survived.count(job);
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
export async function defer(
  job: Job<unknown>,
  token: string,
  deferMs: number,
  survived: SurvivedStarts,
): Promise<DelayedError | LeftToItsLock> {
  const run = readRun(job.progress);
  const shortestMs = shortestDeferralMs * 2 ** Math.min(run.deferrals, 2);
  const delayMs = Math.round(Math.max(deferMs, shortestMs) * (1 + Math.random()));
  try {
    await survived.count(job);
    await job.updateProgress({ ...run, deferrals: run.deferrals + 1, deferredMs: run.deferredMs + delayMs });
    await job.moveToDelayed(Date.now() + delayMs, token);
    return new DelayedError();
  } catch (error) {
    return new LeftToItsLock(error);
  }
}

/**
 * Writes down that this attempt fails the job for good, before anybody counts it: should Redis take no writes, the job
 * cannot fail either.
 *
 * @returns what is to be thrown instead then
 */
export async function announceFailure(job: Job<unknown>, attempt: number): Promise<LeftToItsLock | undefined> {
  try {
    await job.updateProgress({ ...readRun(job.progress), failedAttempt: attempt });
    return undefined;
  } catch (error) {
    return new LeftToItsLock(error);
  }
}
