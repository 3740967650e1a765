import type { RedisClient } from '../connection.js';
import { queueKey } from '../keys.js';

/**
 * The permit to run a job alone in its worker. There is one for all workers on this Redis, so that the others continue while
 * the job may kill its own.
 */
export interface AlonePermit {
  /** @returns a function that returns the permit; undefined: another job has it, or its worker died and the pause is not over */
  take(token: string): Promise<(() => Promise<void>) | undefined>;
}

/**
 * Bounds of the pause after a worker died with the permit. The pause is as long as the run was, so that workers run other jobs
 * for at least half of the time. Milliseconds.
 */
const shortestPauseMs = 3000;
const longestPauseMs = 60_000;
const renewEveryMs = 1000;

/** KEYS permit; ARGV token, its life in milliseconds. */
const renewScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end`;
const returnScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

export function createAlonePermit(redis: RedisClient): AlonePermit {
  const key = queueKey(redis, 'runs-alone');
  return {
    async take(token) {
      if ((await redis.set(key, token, 'PX', shortestPauseMs, 'NX')) === null) return undefined;
      const takenMs = performance.now();
      const renewal = setInterval(() => {
        const lifeMs = Math.min(Math.max(performance.now() - takenMs, shortestPauseMs), longestPauseMs);
        redis.eval(renewScript, 1, key, token, Math.round(lifeMs)).catch(() => undefined);
      }, renewEveryMs);
      renewal.unref();
      return async () => {
        clearInterval(renewal);
        await redis.eval(returnScript, 1, key, token);
      };
    },
  };
}
