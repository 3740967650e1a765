import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { jobKey, type RedisClient } from '../queue/connection.js';
import { readRun } from '../queue/job-run.js';

/**
 * Starts that ended without an attempt, and that their worker lived through: it gave the job back, or lost its lock while
 * one of the two stood still, or Redis did not take the job's end. All other starts without an attempt are deaths.
 *
 * Kept in the job's own hash, beside the fields of BullMQ, and not in its `progress`: a worker that lost the lock counts
 * while another one may be writing that.
 */
export interface SurvivedStarts {
  /**
   * Once for each start, however often it is called.
   *
   * @throws whatever Redis says when it takes no writes
   */
  count(job: Job<unknown>): Promise<void>;
  /** As soon as Redis takes it, unless this process ends before. */
  countEventually(job: Job<unknown>): void;
  /** Of the job's present run. */
  read(job: Job<unknown>): Promise<number>;
}

/** Milliseconds. */
const retryPauseMs = 500;

/** A job that is gone must not come back as a hash with this one field. */
const incrementIfJobExists = `
  if redis.call('EXISTS', KEYS[1]) == 1 then
    return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
  end
  return 0`;

export function createSurvivedStarts(redis: RedisClient): SurvivedStarts {
  const counted = new WeakSet<Job<unknown>>(); // each start has a Job of its own

  const keyOf = ({ id = '' }: Job<unknown>) => jobKey(redis, id);

  async function count(job: Job<unknown>): Promise<void> {
    if (counted.has(job)) return;
    counted.add(job); // before the answer, for who asks meanwhile
    try {
      await redis.eval(incrementIfJobExists, 1, keyOf(job), fieldOf(job));
    } catch (error) {
      counted.delete(job);
      throw error;
    }
  }

  async function countEventually(job: Job<unknown>): Promise<void> {
    while (redis.status !== 'end') {
      try {
        return await count(job);
      } catch {
        await sleep(retryPauseMs, undefined, { ref: false });
      }
    }
  }

  return {
    count,
    countEventually: (job) => void countEventually(job),
    read: async (job) => Number(await redis.hget(keyOf(job), fieldOf(job))),
  };
}

function fieldOf(job: Job<unknown>): string {
  return `survived:${readRun(job.progress).number}`;
}
