import { z } from 'zod';
import type { RedisClient } from './connection.js';
import { jobKey, lockKey } from './keys.js';

/**
 * What is known of the workers that disappeared while they had a job. Kept in the job's own hash, beside the fields of
 * BullMQ:
 *
 * - `stc`, BullMQ's stalled counter: it counts a job whose lock expired, and the primary that gives a dead child's jobs
 *   back counts there, too. So each disappearance is counted once, by the process that sees it.
 * - `survivals`: disappearances that were none. The worker lives and says so: it lost the lock while it or Redis was
 *   stopped, or Redis did not take the job's end.
 * - `together`: how many suspects may be in one worker, written by the primary that knows how many jobs died with it.
 * - `alone:<token>`: a start in which the job was its worker's only job. Written before the start, or by the primary
 *   after the death, and removed by the worker if it lives on: what is left are deaths.
 *
 * Not in the job's `progress`: a worker that lost the lock writes while another one may be writing that.
 */
export interface Suspicion {
  /** How often a worker with the job disappeared, whatever was found later. */
  readonly stalls: number;
  /** Those of them that no worker has explained, since the job was last run alone. */
  readonly deaths: number;
  /** Workers that died while this was their only job. */
  readonly deathsAlone: number;
  /** Most suspects in one worker, 1 or more; undefined: nobody knows how many jobs died with it. */
  readonly together: number | undefined;
}

export interface Suspicions {
  /** @throws what Redis says */
  of(jobId: string): Promise<Suspicion>;
  /** Before a start in which the job is its worker's only one. @throws what Redis says */
  startsAlone(jobId: string, token: string): Promise<void>;
  /** The start that was told by `startsAlone` has ended, and its worker lives: the job is a suspect no longer. */
  survivedAlone(jobId: string, token: string): Promise<void>;
  /** The job's lock is lost, or will be, and its worker lives. */
  survived(jobId: string, token: string): Promise<void>;
}

/** Half of the jobs of a dead worker may be together in the next: two workers run all of them at once, without a wait. */
const shareTogether = 1 / 2;

/** @param jobs in the worker that died */
export function togetherAfter(jobs: number): number {
  return Math.ceil(jobs * shareTogether);
}

/**
 * Redis takes a whole script, though it is full, if its first write is one that takes no memory. A job that is gone must not
 * come back as a hash with these fields.
 */
const scripts = {
  /** KEYS job; ARGV token. */
  startsAlone: `
redis.call('HDEL', KEYS[1], 'alone:' .. ARGV[1])
return redis.call('HSET', KEYS[1], 'alone:' .. ARGV[1], 1)`,
  /** KEYS job; ARGV token. */
  survivedAlone: `
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HDEL', KEYS[1], 'alone:' .. ARGV[1], 'together', 'survivals')
redis.call('HSET', KEYS[1], 'survivals', redis.call('HGET', KEYS[1], 'stc') or 0)`,
  /** KEYS job; ARGV token. */
  survived: `
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HDEL', KEYS[1], 'alone:' .. ARGV[1])
redis.call('HINCRBY', KEYS[1], 'survivals', 1)`,
  /** KEYS job, lock; ARGV token, jobs in the worker, how many of them may be together from now on. */
  died: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
redis.call('HDEL', KEYS[1], 'together')
redis.call('HSET', KEYS[1], 'together', ARGV[3])
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'alone:' .. ARGV[1], 1) end
return redis.call('HINCRBY', KEYS[1], 'stc', 1) - (redis.call('HGET', KEYS[1], 'survivals') or 0)`,
  /** KEYS job. */
  forget: `
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if field == 'together' or field == 'survivals' or string.sub(field, 1, 6) == 'alone:' then
    redis.call('HDEL', KEYS[1], field)
  end
end
redis.call('HSET', KEYS[1], 'stc', 0)`,
} as const;

const fieldsSchema = z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()]);

export function createSuspicions(redis: RedisClient): Suspicions {
  return {
    async of(jobId) {
      const key = jobKey(redis, jobId);
      const [values, names] = await Promise.all([redis.hmget(key, 'stc', 'survivals', 'together'), redis.hkeys(key)]);
      const [stalls, survivals, together] = fieldsSchema.parse(values);
      return {
        stalls: Number(stalls ?? 0),
        deaths: Math.max(0, Number(stalls ?? 0) - Number(survivals ?? 0)),
        deathsAlone: names.filter((name) => name.startsWith('alone:')).length,
        together: together === null ? undefined : Number(together),
      };
    },
    async startsAlone(jobId, token) {
      await redis.eval(scripts.startsAlone, 1, jobKey(redis, jobId), token);
    },
    async survivedAlone(jobId, token) {
      await redis.eval(scripts.survivedAlone, 1, jobKey(redis, jobId), token);
    },
    async survived(jobId, token) {
      await redis.eval(scripts.survived, 1, jobKey(redis, jobId), token);
    },
  };
}

/**
 * The worker that held a job under this token has died.
 *
 * @param jobs that it ran when it died, this one included
 * @returns how many deaths that makes; -1: the lock is another's, and nothing was written
 */
export async function noteDeath(redis: RedisClient, jobId: string, token: string, jobs: number): Promise<number> {
  const keys = [jobKey(redis, jobId), lockKey(redis, jobId)];
  return z.number().parse(await redis.eval(scripts.died, 2, ...keys, token, jobs, togetherAfter(jobs)));
}

/** To be called when an operator retries a job: the retry is run whatever its earlier deaths. */
export async function forgetDeaths(redis: RedisClient, jobId: string): Promise<void> {
  await redis.eval(scripts.forget, 1, jobKey(redis, jobId));
}
