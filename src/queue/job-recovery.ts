import { allowStalledCheck, countDelayed, delayedIds, delayedIdsAfter, runNow } from '../redis/jobs/delayed-jobs.js';
import type { FailFastQueue } from '../redis/fail-fast-queue.js';
import { takeBack } from '../redis/jobs/held-job.js';
import { longestDelayMs, retryDelayMs } from './delay.js';
import { type DeferralFilter, promoteDeferred, untilPromoted } from './deferred-jobs.js';

/** Recovers jobs that no worker would take soon: jobs of a dead worker, and jobs that a wrong clock delays. */
export interface JobRecovery {
  /**
   * Puts a job back to the front of the queue. One whose workers have died more than once is delayed for some seconds, so that
   * workers can run other jobs first.
   *
   * @param token of the lock under which the worker held it
   * @param died jobs that the worker ran when it died, this one included; undefined: the job is not a suspect
   * @returns false if that worker no longer held it
   * @throws {QueueUnavailableError}
   */
  giveBack(jobId: string, token: string, died?: number): Promise<boolean>;
  /**
   * Called when the clock was set back. Runs delayed jobs at once, which are due at a time of that clock, and allows the next
   * check for stalled jobs, which would wait until the clock has caught up.
   *
   * @throws {QueueUnavailableError}
   */
  clockSetBack(): Promise<void>;
  /**
   * Runs delayed jobs at once that are due later than the longest delay allows: a clock was ahead when they were delayed. Covers
   * clocks that this process did not see being set back, such as those of another machine.
   *
   * @returns how many
   * @throws {QueueUnavailableError}
   */
  hurryMisdated(): Promise<number>;
  /**
   * Runs deferred jobs at once, for example after a reload: their reasons may have passed.
   *
   * @returns how many
   * @throws {QueueUnavailableError}
   */
  promoteDeferred(which?: DeferralFilter): Promise<number>;
}

/** Jobs that one step promotes at most. */
const atOnce = 1000;

export function createJobRecovery(queue: FailFastQueue): JobRecovery {
  return {
    giveBack: (jobId, token, died) =>
      queue.use((access) =>
        takeBack(access, { jobId, token, died, delayMs: (deaths) => (deaths > 1 ? retryDelayMs(deaths - 1) : 0) }),
      ),
    clockSetBack: () =>
      queue.use(async (access) => {
        await allowStalledCheck(access.redis);
        // Bounded by the current number: jobs that are delayed from now on have correct times.
        for (let left = await countDelayed(access.redis); left > 0; left -= atOnce) {
          await runNow(access, await delayedIds(access.redis, atOnce));
        }
      }),
    hurryMisdated: () =>
      queue.use(async (access) => {
        const ids = await delayedIdsAfter(access.redis, Date.now() + longestDelayMs, atOnce);
        await runNow(access, ids);
        return ids.length;
      }),
    promoteDeferred: (which) => untilPromoted(() => queue.use((access) => promoteDeferred(access, which))),
  };
}
