import type { LimitWindow } from '../redis/limit-window.js';
import type { Tenant } from '../tenants/index.js';
import { Rejection } from './rejection.js';

/** Counts the requests of each tenant exactly, over all children and all instances on one Redis. */
export interface RateLimiter {
  /**
   * Counts a request.
   *
   * @throws {Rejection} `rate_limited`, or `queue_unavailable` when Redis cannot be asked
   */
  admit(tenant: Tenant): Promise<void>;
  /**
   * Checks the limit without a command to Redis, for a request that the command which queues its job counts.
   *
   * @throws {Rejection} `rate_limited` while the tenant's window is known to be used up
   */
  refuseOverLimit(tenant: Tenant): void;
  /** Records that the command which queues a job found the window used up. */
  usedUp(tenant: Tenant, endsInMs: number): Rejection;
}

interface Waiting {
  readonly admit: () => void;
  readonly refuse: (rejection: Rejection) => void;
}

/** The state of one tenant's limit in this child. */
interface TenantLimit {
  waiting: Waiting[];
  asking: boolean;
  /** Until this time of `performance.now()` the window is used up, and Redis is not asked. */
  usedUpUntilMs: number;
}

/**
 * Sends one command to Redis at a time for each tenant; requests that arrive meanwhile are coalesced into the next one. So a
 * request waits for at most two commands, and a burst causes few writes. No share of the limit is reserved in advance: a
 * child's unused share would be missing in the others.
 */
export function createRateLimiter(window: LimitWindow): RateLimiter {
  const limits = new Map<string, TenantLimit>();

  const limitOf = (tenantId: string): TenantLimit => {
    let limit = limits.get(tenantId);
    if (limit === undefined) {
      limit = { waiting: [], asking: false, usedUpUntilMs: 0 };
      limits.set(tenantId, limit);
    }
    return limit;
  };

  const answerWaiting = async (tenant: Tenant, limit: TenantLimit): Promise<void> => {
    const batch = limit.waiting;
    limit.waiting = [];
    try {
      const { granted, endsInMs } = await window.take(tenant.id, batch.length, tenant.limits.requestsPerMinute);
      if (granted < batch.length) limit.usedUpUntilMs = performance.now() + endsInMs;
      for (const { admit } of batch.slice(0, granted)) admit();
      for (const { refuse } of batch.slice(granted)) refuse(overLimit(endsInMs));
    } catch (cause) {
      // If the limit cannot be counted, the job could not be queued either.
      for (const { refuse } of batch) refuse(new Rejection('queue_unavailable', { retryAfterSeconds: 1, cause }));
    }
  };

  const ask = async (tenant: Tenant, limit: TenantLimit): Promise<void> => {
    limit.asking = true;
    while (limit.waiting.length > 0) await answerWaiting(tenant, limit);
    limit.asking = false;
  };

  const refuseOverLimit = ({ id }: Tenant): void => {
    const leftMs = limitOf(id).usedUpUntilMs - performance.now();
    if (leftMs > 0) throw overLimit(leftMs);
  };

  return {
    async admit(tenant) {
      refuseOverLimit(tenant);
      const limit = limitOf(tenant.id);
      await new Promise<void>((admit, refuse) => {
        limit.waiting.push({ admit, refuse });
        if (!limit.asking) void ask(tenant, limit);
      });
    },
    refuseOverLimit,
    usedUp({ id }, endsInMs) {
      limitOf(id).usedUpUntilMs = performance.now() + endsInMs;
      return overLimit(endsInMs);
    },
  };
}

function overLimit(endsInMs: number): Rejection {
  return new Rejection('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(endsInMs / 1000)) });
}
