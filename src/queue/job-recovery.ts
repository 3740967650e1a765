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
   * Runs all delayed jobs without their delay.
   *
   * @returns how many there were
   * @throws {QueueUnavailableError}
   */
  promoteDelayed(): Promise<number>;
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
    promoteDelayed: () =>
      promptQueue.use(async (queue) => {
        const jobs = await queue.getDelayed();
        const promoted = await Promise.allSettled(jobs.map((job) => job.promote())); // one may just have come up by itself
        return promoted.filter(({ status }) => status === 'fulfilled').length;
      }),
  };
}
