import { z } from 'zod';
import type { RedisClient } from '../connection.js';
import { jobKey, lockKey } from '../keys.js';

/**
 * What is known about workers that disappeared while they held a job. Stored in the job's hash, beside the fields of BullMQ:
 *
 * - `stc`, BullMQ's stalled counter: BullMQ increments it when the job's lock has expired, and the primary when it returns the
 *   jobs of a dead child. So each disappearance is counted once, by the process that detects it.
 * - `survivals`: disappearances of a worker that lives. The worker reports them: it lost the lock while it or Redis was
 *   stopped, or Redis did not accept the job's end.
 * - `together`: how many suspects may be in one worker, written by the primary, which knows how many jobs died with it.
 * - `alone:<token>`: a start in which the job was its worker's only job. Written before the start, or by the primary
 *   after the death, and removed by a worker that survives the start: each remaining field is a death.
 *
 * Not in the job's `progress`, because a worker that lost the lock writes here while another one may write `progress`.
 */
export interface Suspicion {
  /** How often a worker with the job disappeared, survivals included. */
  readonly stalls: number;
  /** Those that no worker has reported as survivals, since the job last survived a run alone. */
  readonly deaths: number;
  /** Workers that died while the job was their only one. */
  readonly deathsAlone: number;
  /** Most suspects in one worker, 1 or more; undefined: it is not known how many jobs died with the job. */
  readonly together: number | undefined;
}

/** All methods reject with the error of Redis. */
export interface Suspicions {
  of(jobId: string): Promise<Suspicion>;
  /** To be called before a start in which the job is its worker's only one. */
  startsAlone(jobId: string, token: string): Promise<void>;
  /** The start that `startsAlone` announced has ended, and its worker lives: the job is no longer a suspect. */
  survivedAlone(jobId: string, token: string): Promise<void>;
  /** The job's lock is lost, or will expire, and its worker lives. */
  survived(jobId: string, token: string): Promise<void>;
}

/** Share of the jobs of a dead worker that may run together in the next: two workers then run all of them without a wait. */
const shareTogether = 1 / 2;

/** @param jobs in the worker that died */
export function togetherAfter(jobs: number): number {
  return Math.ceil(jobs * shareTogether);
}

/**
 * The first write of each script takes no memory, because a full Redis then accepts the whole script. A job that no longer
 * exists must not be recreated as a hash with these fields.
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
 * @param jobs that the worker ran when it died, this one included
 * @returns the number of deaths; -1: another worker holds the lock, and nothing was written
 */
export async function noteDeath(redis: RedisClient, jobId: string, token: string, jobs: number): Promise<number> {
  const keys = [jobKey(redis, jobId), lockKey(redis, jobId)];
  return z.number().parse(await redis.eval(scripts.died, 2, ...keys, token, jobs, togetherAfter(jobs)));
}

/** To be called when an operator retries a job: its earlier deaths no longer count. */
export async function forgetDeaths(redis: RedisClient, jobId: string): Promise<void> {
  await redis.eval(scripts.forget, 1, jobKey(redis, jobId));
}
