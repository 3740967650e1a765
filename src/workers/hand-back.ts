import type { Job } from 'bullmq';
import { storeUnavailable } from '../connectors/index.js';
import type { EnhancementError } from '../enhancement/index.js';
import { readRun } from '../queue/job-run.js';

/** Ways of a job back to the queue that are no failed attempt. Its run remembers how often, for the count of deaths. */

/** A run is held back for its desk so long, all in all; then it uses up its attempts and fails, visibly. Milliseconds. */
const longestDeferralMs = 120_000;
/** Not the very moment at which the desk may be asked again: another job may be asking it just then. Milliseconds. */
const shortestDeferralMs = 1000;

/**
 * Both tell why Redis (full, read-only) did not take the job back; undefined: it did. Such an attempt is one that failed,
 * like any other: BullMQ would fail the job by itself otherwise, and nobody would count its end.
 */
export type Refusal = EnhancementError | undefined;

/** To the front of the queue. */
export function giveBack(job: Job<unknown>, token: string): Promise<Refusal> {
  return refusalOf(async () => {
    const run = readRun(job.progress);
    await job.updateProgress({ ...run, givenBack: run.givenBack + 1 });
    await job.moveToWait(token);
  });
}

/** Whether a job may still wait for its desk. By the delays given so far and not by a clock, which may be set. */
export function mayWaitForDesk(job: Job<unknown>): boolean {
  return readRun(job.progress).deferredMs < longestDeferralMs;
}

/**
 * Until its desk may be asked again. The delay grows and is spread, so that a long queue does not come back in one moment.
 *
 * @param deferMs for which the desk is left alone, milliseconds
 */
export function defer(job: Job<unknown>, token: string, deferMs: number): Promise<Refusal> {
  return refusalOf(async () => {
    const run = readRun(job.progress);
    const growth = 2 ** Math.min(run.givenBack, 2);
    const delayMs = Math.round(Math.max(deferMs, shortestDeferralMs) * growth * (1 + Math.random()));
    await job.updateProgress({ ...run, givenBack: run.givenBack + 1, deferredMs: run.deferredMs + delayMs });
    await job.moveToDelayed(Date.now() + delayMs, token);
  });
}

async function refusalOf(handBack: () => Promise<void>): Promise<Refusal> {
  try {
    await handBack();
    return undefined;
  } catch (error) {
    return storeUnavailable(error);
  }
}
