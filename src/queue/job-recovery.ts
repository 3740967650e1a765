import type { PromptQueue } from './prompt-queue.js';

/** What becomes of jobs that nobody else would come back to: a dead worker's, and those that wait for a wrong clock. */
export interface JobRecovery {
  /**
   * Puts a job back to the front of the queue.
   *
   * @param token of the lock under which the dead worker held it
   * @returns false when it was no longer that worker's
   * @throws {QueueUnavailableError}
   */
  giveBack(jobId: string, token: string): Promise<boolean>;
  /**
   * The clock was set back. Delayed jobs, which are due at a time of that clock, run at once; and so does the next
   * check for stalled jobs: BullMQ keeps a second one away with a key that would live until the clock has caught up.
   *
   * @throws {QueueUnavailableError}
   */
  clockSetBack(): Promise<void>;
}

export function createJobRecovery(promptQueue: PromptQueue): JobRecovery {
  return {
    giveBack: (jobId, token) =>
      promptQueue.use(async (queue, redis) => {
        const job = await queue.getJob(jobId);
        if (job === undefined || (await redis.get(`${queue.toKey(jobId)}:lock`)) !== token) return false;
        await job.moveToWait(token);
        return true;
      }),
    clockSetBack: () =>
      promptQueue.use(async (queue, redis) => {
        await redis.del(queue.toKey('stalled-check'));
        const jobs = await queue.getDelayed();
        await Promise.allSettled(jobs.map((job) => job.promote())); // one may just have come up by itself
      }),
  };
}
