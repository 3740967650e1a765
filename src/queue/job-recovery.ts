import type { PromptQueue } from './prompt-queue.js';

/** What becomes of the jobs that a dead worker held. */
export interface JobRecovery {
  /**
   * Puts a job back to the front of the queue.
   *
   * @param token of the lock under which the dead worker held it
   * @returns false when it was no longer that worker's
   * @throws {QueueUnavailableError}
   */
  giveBack(jobId: string, token: string): Promise<boolean>;
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
  };
}
