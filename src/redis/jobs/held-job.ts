import type { Job } from 'bullmq';
import type { RedisClient } from '../connection.js';
import { jobKey, lockKey } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import type { StoredJob } from './stored-jobs.js';
import { noteDeath } from './suspicion.js';

/** A job that this process holds under a lock. All methods reject with the error of Redis. */
export interface HeldJob extends Pick<StoredJob, 'id' | 'data' | 'attemptsMade' | 'attemptsAllowed' | 'queuedAtMs'> {
  /** Its run (queue/job-run.ts), as of the last {@link HeldJob.writeProgress}. */
  readonly progress: unknown;
  /** Its turn: 1 or more; 0: before all turns. */
  readonly turn: number;
  /** Whether a worker that held it disappeared. */
  readonly hasStalled: boolean;
  /** The lock's key, and the token with which it is held. */
  readonly lock: { readonly key: string; readonly token: string };
  isHeld(): Promise<boolean>;
  /**
   * @param turn the job's new turn. Default: unchanged
   * @returns false: another worker holds the lock, and nothing was written
   */
  writeProgress(progress: object, turn?: number): Promise<boolean>;
  /** Returns the job to the front of its turn. No attempt is counted. */
  toFront(): Promise<void>;
  /** Delays the job until this time, epoch milliseconds. No attempt is counted. */
  toDelayed(untilMs: number): Promise<void>;
}

/**
 * KEYS job, lock; ARGV the lock's token, progress, turn. The first write takes no memory, because a full Redis then accepts the
 * whole script.
 */
const progressScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'progress')
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
if ARGV[3] then redis.call('HSET', KEYS[1], 'priority', ARGV[3]) end
return 1`;

/**
 * Removes a start that ends without an attempt from BullMQ's count of starts (`ats`). A worker of an older release, which may
 * run beside this one, counts such starts as deaths of a worker. KEYS job, lock; ARGV token.
 */
const uncountScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return end
redis.call('HDEL', KEYS[1], 'ats')
redis.call('HSET', KEYS[1], 'ats', redis.call('HGET', KEYS[1], 'atm') or 0)`;

export function holdJob(job: Job<unknown>, token: string, redis: RedisClient): HeldJob {
  const { id = '' } = job;
  const lock = { key: lockKey(redis, id), token };
  const keys = [jobKey(redis, id), lock.key];
  let { progress }: { progress: unknown } = job;
  const uncountStart = () => redis.eval(uncountScript, 2, ...keys, token);
  return {
    id,
    data: job.data,
    get progress() {
      return progress;
    },
    attemptsMade: job.attemptsMade,
    attemptsAllowed: job.opts.attempts ?? 1,
    queuedAtMs: job.timestamp,
    turn: job.priority,
    hasStalled: job.stalledCounter > 0,
    lock,
    isHeld: async () => (await redis.get(lock.key)) === token,
    async writeProgress(next, turn) {
      progress = next;
      const values = [token, JSON.stringify(next), ...(turn === undefined ? [] : [turn])];
      return (await redis.eval(progressScript, 2, ...keys, ...values)) === 1;
    },
    async toFront() {
      await uncountStart();
      await job.moveToWait(token);
    },
    async toDelayed(untilMs) {
      await uncountStart();
      await job.moveToDelayed(untilMs, token);
    },
  };
}

/** A job that a dead child held, as the primary knows it. */
export interface OrphanedJob {
  readonly jobId: string;
  /** The token with which the child held the lock. */
  readonly token: string;
  /** Jobs that the child ran when it died, this one included; undefined: the job is no suspect. */
  readonly died: number | undefined;
  /** Delay of a job after this number of deaths of its workers. Milliseconds. */
  readonly delayMs: (deaths: number) => number;
}

/** Returns an orphaned job to the queue. @returns false: the lock was no longer that child's */
export async function takeBack(
  { queue, redis }: QueueAccess,
  { jobId, token, died, delayMs }: OrphanedJob,
): Promise<boolean> {
  const job = await queue.getJob(jobId);
  if (job === undefined || (await redis.get(lockKey(redis, jobId))) !== token) return false;
  const deaths = died === undefined ? 0 : await noteDeath(redis, jobId, token, died);
  const waitMs = delayMs(deaths);
  if (waitMs > 0) await job.moveToDelayed(Date.now() + waitMs, token);
  else await job.moveToWait(token);
  return true;
}
