import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Tenant } from '../tenants/index.js';
import { Rejection } from './problem.js';

const windowSeconds = 60;

/** Counts the requests of each tenant, over all children and all instances on one Redis. */
export interface RateLimiter {
  /** @throws {Rejection} `rate_limited`, or `queue_unavailable` when Redis cannot be asked */
  admit(tenant: Tenant): Promise<void>;
}

/** @param redis prompt: a limiter that waits for Redis holds the answer up */
export function createRateLimiter(redis: Redis): RateLimiter {
  const limiters = new Map<string, RateLimiterRedis>();
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
  return {
    async admit(tenant) {
      try {
        await limiterOf(tenant).consume(tenant.id);
      } catch (error) {
        if (error instanceof RateLimiterRes) {
          throw new Rejection('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
        }
        // Where the limit cannot be counted, nothing can be queued either.
        throw new Rejection('queue_unavailable', { retryAfterSeconds: 1, cause: error });
      }
    },
  };
}
