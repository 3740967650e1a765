import { longestDelayMs, retryDelayMs, scoreOf } from './delay.js';
import { type DeferralFilter, promoteDeferred, promoteDelayed, untilPromoted } from './deferred-jobs.js';
import type { PromptQueue } from './prompt-queue.js';
import { noteDeath } from './suspicion.js';

/** What becomes of jobs that nobody else would come back to: a dead worker's, and those that wait for a wrong clock. */
export interface JobRecovery {
  /**
   * Puts a job back to the front of the queue; one whose workers have died more than once waits for some seconds, in which
   * workers get on with other jobs.
   *
   * @param token of the lock under which the worker held it
   * @param died jobs that the worker ran when it died, this one included; undefined: the job is not a suspect of its end
   * @returns false when it was no longer that worker's
   * @throws {QueueUnavailableError}
   */
  giveBack(jobId: string, token: string, died?: number): Promise<boolean>;
  /**
   * The clock was set back. Delayed jobs, which are due at a time of that clock, run at once; and so does the next
   * check for stalled jobs: BullMQ keeps a second one away with a key that would live until the clock has caught up.
   *
   * @throws {QueueUnavailableError}
   */
  clockSetBack(): Promise<void>;
  /**
   * Has delayed jobs run at once that are due later than any job may be: a clock was ahead when they were delayed, and
   * nobody here saw it being set back, as when the primary died meanwhile or it is another machine's.
   *
   * @returns how many
   * @throws {QueueUnavailableError}
   */
  hurryMisdated(): Promise<number>;
  /**
   * Has deferred jobs run at once: what they wait for may be there, as after a reload.
   *
   * @returns how many
   * @throws {QueueUnavailableError}
   */
  promoteDeferred(which?: DeferralFilter): Promise<number>;
}

/** Jobs promoted in one go. */
const atOnce = 1000;

export function createJobRecovery(promptQueue: PromptQueue): JobRecovery {
  return {
    giveBack: (jobId, token, died) =>
      promptQueue.use(async (queue, redis) => {
        const job = await queue.getJob(jobId);
        if (job === undefined || (await redis.get(`${queue.toKey(jobId)}:lock`)) !== token) return false;
        const deaths = died === undefined ? 0 : await noteDeath(redis, jobId, token, died);
        if (deaths > 1) await job.moveToDelayed(Date.now() + retryDelayMs(deaths - 1), token);
        else await job.moveToWait(token);
        return true;
      }),
    clockSetBack: () =>
      promptQueue.use(async (queue, redis) => {
        await redis.del(queue.toKey('stalled-check'));
        const delayedKey = queue.toKey('delayed');
        // No more than there are now: some may be delayed anew meanwhile, by the clock as it is.
        for (let left = await redis.zcard(delayedKey); left > 0; left -= atOnce) {
          await promoteDelayed(queue, await redis.zrange(delayedKey, 0, String(atOnce - 1)));
        }
      }),
    hurryMisdated: () =>
      promptQueue.use(async (queue, redis) => {
        const latest = scoreOf(Date.now() + longestDelayMs);
        const ids = await redis.zrangebyscore(queue.toKey('delayed'), `(${latest}`, '+inf', 'LIMIT', 0, atOnce);
        await promoteDelayed(queue, ids);
        return ids.length;
      }),
    promoteDeferred: (which) =>
      untilPromoted(() => promptQueue.use((queue, redis) => promoteDeferred(queue, redis, which))),
  };
}
