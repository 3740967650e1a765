import type { RedisClient } from '../queue/connection.js';
import { QueueUnavailableError } from '../queue/errors.js';
import { wordsOf } from '../queue/redis-words.js';
import type { Tenant } from '../tenants/index.js';
import { createLimitWindow, type LimitWindow } from './limit-window.js';
import { Rejection } from './problem.js';

/** Counts the requests of each tenant exactly, over all children and all instances on one Redis. */
export interface RateLimiter {
  /** @throws {Rejection} `rate_limited`, or `queue_unavailable` when Redis cannot be asked */
  admit(tenant: Tenant): Promise<void>;
}

interface Waiting {
  readonly admit: () => void;
  readonly refuse: (rejection: Rejection) => void;
}

/** What one child knows of one tenant's window. */
interface TenantTurn {
  waiting: Waiting[];
  asking: boolean;
  /** On a monotonic clock: the window is used up until then, and Redis need not be asked. */
  usedUpUntilMs: number;
}

/**
 * One question to Redis at a time for each tenant: all requests that wait are coalesced into the next one. So a request
 * waits for two answers at most, however many come at once, and a burst costs few writes. Nothing is taken in advance:
 * what one child held back would be missing in another.
 *
 * @param redis fail-fast: a limiter that waits for Redis holds the answer up
 */
export function createRateLimiter(redis: RedisClient): RateLimiter {
  return createCoalescingLimiter(createLimitWindow(redis), (error) => wordsOf(redis, error));
}

/** @param words what Redis said of an error */
export function createCoalescingLimiter(window: LimitWindow, words: (error: unknown) => string): RateLimiter {
  const turns = new Map<string, TenantTurn>();

  const turnOf = (tenantId: string): TenantTurn => {
    let turn = turns.get(tenantId);
    if (turn === undefined) {
      turn = { waiting: [], asking: false, usedUpUntilMs: 0 };
      turns.set(tenantId, turn);
    }
    return turn;
  };

  const answerWaiting = async (tenant: Tenant, turn: TenantTurn): Promise<void> => {
    const batch = turn.waiting;
    turn.waiting = [];
    try {
      const { granted, endsInMs } = await window.take(tenant.id, batch.length, tenant.limits.requestsPerMinute);
      if (granted < batch.length) turn.usedUpUntilMs = performance.now() + endsInMs;
      for (const { admit } of batch.slice(0, granted)) admit();
      for (const { refuse } of batch.slice(granted)) refuse(overLimit(endsInMs));
    } catch (error) {
      // Where the limit cannot be counted, nothing can be queued either.
      const cause = new QueueUnavailableError(words(error), true, { cause: error });
      for (const { refuse } of batch) refuse(new Rejection('queue_unavailable', { retryAfterSeconds: 1, cause }));
    }
  };

  const ask = async (tenant: Tenant, turn: TenantTurn): Promise<void> => {
    turn.asking = true;
    while (turn.waiting.length > 0) await answerWaiting(tenant, turn);
    turn.asking = false;
  };

  return {
    admit(tenant) {
      const turn = turnOf(tenant.id);
      const leftMs = turn.usedUpUntilMs - performance.now();
      if (leftMs > 0) return Promise.reject(overLimit(leftMs));
      return new Promise((admit, refuse) => {
        turn.waiting.push({ admit, refuse });
        if (!turn.asking) void ask(tenant, turn);
      });
    },
  };
}

function overLimit(endsInMs: number): Rejection {
  return new Rejection('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(endsInMs / 1000)) });
}
