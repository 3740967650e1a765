import type { Job } from 'bullmq';
import type { RedisClient } from './connection.js';
import { jobKey, lockKey } from './keys.js';
import type { QueueAccess } from './queue-access.js';
import { noteDeath } from './suspicion.js';

/** A job that this process holds under a lock. What it does fails with what Redis says. */
export interface HeldJob {
  readonly id: string;
  readonly data: unknown;
  /** What is kept of its run (queue/job-run.ts); as it is after the last {@link HeldJob.writeProgress}. */
  readonly progress: unknown;
  readonly attemptsMade: number;
  readonly attemptsAllowed: number;
  /** Epoch milliseconds. */
  readonly queuedAtMs: number;
  /** Its place in the queue: 1 or more; 0: before all turns. */
  readonly turn: number;
  /** Whether a worker that held it disappeared. */
  readonly hasStalled: boolean;
  /** The lock's key, and the token under which it is held. */
  readonly lock: { readonly key: string; readonly token: string };
  isHeld(): Promise<boolean>;
  /**
   * @param turn from now on; default: as it is
   * @returns false, and nothing is written, when the lock is another's by now
   */
  writeProgress(progress: object, turn?: number): Promise<boolean>;
  /** Back to the front of its turn. No attempt is counted. */
  toFront(): Promise<void>;
  /** To the delayed jobs, until this time, epoch milliseconds. No attempt is counted. */
  toDelayed(untilMs: number): Promise<void>;
}

/**
 * KEYS job, lock; ARGV the lock's token, progress, turn. Redis takes a whole script, though it is full, if its first write is
 * one that takes no memory.
 */
const progressScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'progress')
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
if ARGV[3] then redis.call('HSET', KEYS[1], 'priority', ARGV[3]) end
return 1`;

/**
 * Takes a start that ends without an attempt out of BullMQ's count of starts. A worker of an older build, which may run
 * beside this one, takes such starts for deaths of a worker. KEYS job, lock; ARGV token.
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

/** What the primary knows of a job that a child left behind. */
export interface LeftBehind {
  readonly jobId: string;
  /** Of the lock under which the child held it. */
  readonly token: string;
  /** Jobs that the child ran when it died, this one included; undefined: the job is no suspect of its end. */
  readonly died: number | undefined;
  /** How long it waits after its worker has died so often, milliseconds; 0: not at all. */
  readonly delayMs: (deaths: number) => number;
}

/** @returns false when the lock was no longer that child's */
export async function takeBack(
  { queue, redis }: QueueAccess,
  { jobId, token, died, delayMs }: LeftBehind,
): Promise<boolean> {
  const job = await queue.getJob(jobId);
  if (job === undefined || (await redis.get(lockKey(redis, jobId))) !== token) return false;
  const deaths = died === undefined ? 0 : await noteDeath(redis, jobId, token, died);
  const waitMs = delayMs(deaths);
  if (waitMs > 0) await job.moveToDelayed(Date.now() + waitMs, token);
  else await job.moveToWait(token);
  return true;
}
