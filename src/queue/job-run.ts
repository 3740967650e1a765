import type { Job } from 'bullmq';
import { z } from 'zod';
import { jobKey, lockKey, type RedisClient } from './connection.js';

/**
 * A job that has failed for good may be run again: by `ticket-enhancer jobs retry`, or by any other tool that knows
 * BullMQ. That begins a new run of the same job. Each run is counted as queued and, at its end, as success or failure, so
 * that nothing is lost or counted twice; BullMQ itself knows no runs, so the number is kept in the job's `progress`.
 */
export interface JobRun {
  /** 0 as the webhook queued it, one more for each time that it was run again. */
  readonly number: number;
  /** When it was asked for again, epoch milliseconds; undefined in the first run, which begins with the webhook. */
  readonly beganAtMs?: number | undefined;
  /** Starts of earlier runs that were no attempts, where whoever asked for the job again did not set BullMQ's count to 0. */
  readonly writtenOff: number;
  /** How often it was held back for its desk, or for Redis. */
  readonly deferrals: number;
  /** For how long, all in all. */
  readonly deferredMs: number;
  /** The attempt, counted from 1, with which this run failed; written before BullMQ is told. */
  readonly failedAttempt?: number | undefined;
}

const count = z.number().int().nonnegative();
const firstRun = { number: 0, writtenOff: 0, deferrals: 0, deferredMs: 0 };
const runSchema: z.ZodType<JobRun> = z
  .object({
    number: count.default(0),
    beganAtMs: z.number().optional(),
    writtenOff: count.default(0),
    deferrals: count.default(0),
    deferredMs: z.number().nonnegative().default(0),
    failedAttempt: count.optional(),
  })
  .catch(firstRun);

/** @param progress as BullMQ keeps it: nothing yet, or what was written of an earlier start */
export function readRun(progress: unknown): JobRun {
  return runSchema.parse(progress);
}

/**
 * KEYS job, lock; ARGV the lock's token, the run. Redis takes a whole script, though it is full, if its first write is one
 * that takes no memory.
 */
const writeScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'progress')
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 1`;

/**
 * @param token of the lock under which the job is held
 * @returns false, and nothing is written, when it is held by somebody else by now
 */
export async function writeRun(redis: RedisClient, job: Job<unknown>, token: string, run: JobRun): Promise<boolean> {
  job.progress = { ...run };
  const { id = '' } = job;
  return (await redis.eval(writeScript, 2, jobKey(redis, id), lockKey(redis, id), token, JSON.stringify(run))) === 1;
}

export function nextRun({ number }: JobRun, beganAtMs: number, writtenOff = 0): JobRun {
  return { number: number + 1, beganAtMs, writtenOff, deferrals: 0, deferredMs: 0 };
}

/**
 * Whether somebody had a job run again and left its attempts as they were. BullMQ counts the last attempt in the moment
 * in which it takes the job's failure, so this tells it from a start after a worker that died between the two.
 */
export function wasRunAgain({ failedAttempt }: JobRun, attemptsMade: number): boolean {
  return failedAttempt !== undefined && attemptsMade >= failedAttempt;
}

/** Names a run, for counting each of its events once. */
export function runId(jobId: string, { number }: JobRun): string {
  return number === 0 ? jobId : `${jobId}:${number}`;
}
