import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from 'bullmq';
import { jobKey, type RedisClient } from '../queue/connection.js';
import { readRun } from '../queue/job-run.js';

/**
 * Starts that ended without an attempt, and that their worker lived through: it gave the job back, or lost its lock while
 * one of the two stood still, or Redis did not take the job's end. All other starts without an attempt are deaths.
 *
 * Kept in the job's own hash, beside the fields of BullMQ, and not in its `progress`: a worker that lost the lock tells of
 * it while another one may be writing that. A field for each start, so that it does no harm to tell it twice.
 */
export interface SurvivedStarts {
  /** Resolves when Redis has taken or refused it; then it is told again and again, until it is taken or this process ends. */
  tell(job: Job<unknown>): Promise<void>;
  /** Of the job's present run. */
  count(job: Job<unknown>): Promise<number>;
}

/** Milliseconds. */
const retryPauseMs = 500;

/**
 * KEYS job; ARGV field. A job that is gone must not come back as a hash with this one field. Redis takes a whole script,
 * though it is full, if its first write is one that takes no memory.
 */
const tellScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], 1)`;

export function createSurvivedStarts(redis: RedisClient): SurvivedStarts {
  async function tellOnce(job: Job<unknown>): Promise<boolean> {
    try {
      await redis.eval(tellScript, 1, keyOf(job), `${fieldsOf(job)}${job.attemptsStarted}`);
      return true;
    } catch {
      return false;
    }
  }

  async function tellUntilTaken(job: Job<unknown>): Promise<void> {
    while (redis.status !== 'end') {
      await sleep(retryPauseMs, undefined, { ref: false });
      if (await tellOnce(job)) return;
    }
  }

  const keyOf = ({ id = '' }: Job<unknown>) => jobKey(redis, id);

  return {
    async tell(job) {
      if (!(await tellOnce(job))) void tellUntilTaken(job);
    },
    async count(job) {
      const fields = await redis.hkeys(keyOf(job));
      return fields.filter((field) => field.startsWith(fieldsOf(job))).length;
    },
  };
}

function fieldsOf(job: Job<unknown>): string {
  return `survived:${readRun(job.progress).number}:`;
}
