import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisClient } from '../queue/connection.js';
import { QueueUnavailableError } from '../queue/errors.js';
import { wordsOf } from '../queue/redis-words.js';
import type { Tenant } from '../tenants/index.js';
import { Rejection } from './problem.js';

const windowSeconds = 60;

function lastsTooLong({ msBeforeNext }: RateLimiterRes): boolean {
  return msBeforeNext > 2 * windowSeconds * 1000;
}

/** Counts the requests of each tenant, over all children and all instances on one Redis, to within a hundredth. */
export interface RateLimiter {
  /** @throws {Rejection} `rate_limited`, or `queue_unavailable` when Redis cannot be asked */
  admit(tenant: Tenant): Promise<void>;
}

/** Requests that were counted in Redis already and may be admitted without asking again. */
interface Allowance {
  left: number;
  /** Milliseconds of a monotonic clock: the window's end. */
  untilMs: number;
}

/**
 * A child takes its allowance in portions of a hundredth of the limit, so that Redis is asked, and writes to its disk,
 * once for many requests. A limit below 200 is counted one by one.
 *
 * @param redis prompt: a limiter that waits for Redis holds the answer up
 */
export function createRateLimiter(redis: RedisClient): RateLimiter {
  const limiters = new Map<string, RateLimiterRedis>();
  const allowances = new Map<string, Allowance>();
  const asking = new Map<string, Promise<void>>();

  const limiterOf = ({ id, limits }: Tenant): RateLimiterRedis => {
    let limiter = limiters.get(id);
    if (limiter === undefined) {
      limiter = new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: 'enhancement:limit',
        points: limits.requestsPerMinute,
        duration: windowSeconds,
        // A flood is refused from memory once it is over the limit.
        inMemoryBlockOnConsumed: limits.requestsPerMinute + 1,
      });
      limiters.set(id, limiter);
    }
    return limiter;
  };

  /** When Redis' clock was set back, a window lasts until it has caught up: the tenant would be shut out meanwhile. */
  const consume = async (limiter: RateLimiterRedis, tenantId: string, portion: number): Promise<RateLimiterRes> => {
    try {
      const counted = await limiter.consume(tenantId, portion);
      if (!lastsTooLong(counted)) return counted;
    } catch (error) {
      if (!(error instanceof RateLimiterRes && lastsTooLong(error))) throw error;
    }
    await limiter.delete(tenantId);
    return limiter.consume(tenantId, portion);
  };

  const take = async (tenant: Tenant): Promise<void> => {
    const portion = Math.max(1, Math.floor(tenant.limits.requestsPerMinute / 100));
    try {
      const { msBeforeNext } = await consume(limiterOf(tenant), tenant.id, portion);
      allowances.set(tenant.id, { left: portion, untilMs: performance.now() + msBeforeNext });
    } catch (error) {
      if (error instanceof RateLimiterRes) {
        throw new Rejection('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
      }
      // Where the limit cannot be counted, nothing can be queued either.
      const unavailable = new QueueUnavailableError(wordsOf(redis, error), true, { cause: error });
      throw new Rejection('queue_unavailable', { retryAfterSeconds: 1, cause: unavailable });
    }
  };

  return {
    async admit(tenant) {
      const { id } = tenant;
      for (;;) {
        const allowance = allowances.get(id);
        if (allowance !== undefined && allowance.left > 0 && performance.now() < allowance.untilMs) {
          allowance.left -= 1;
          return;
        }
        // Those who come meanwhile wait for the same portion; if it is gone before their turn, the next is asked for.
        let portion = asking.get(id);
        if (portion === undefined) {
          portion = take(tenant).finally(() => asking.delete(id));
          asking.set(id, portion);
        }
        await portion;
      }
    },
  };
}
