import type { SlowTenants } from './slow-tenants.js';

/**
 * The concurrency of a worker. Slow tenants (slow-tenants.ts) share one limit, and all others share another of the same size:
 * jobs that wait for a hanging desk never occupy the places of other tenants, however many desks hang.
 */
export interface TenantConcurrency {
  /** Counts a job that begins. @returns a function to call when it has ended; further calls do nothing */
  taken(tenantId: string): () => void;
  /** How many jobs may run now. */
  limit(): number;
  /** Whether no further job of a slow tenant may begin. */
  slowAreAtLimit(): boolean;
  hasRoomFor(tenantId: string): boolean;
}

/**
 * Bound on all jobs of a worker, as a multiple of the limit of each group. The jobs of a tenant that becomes slow move to the
 * slow group, which can then exceed its limit.
 */
const mostTimes = 4;

/** @param each the limit of each of the two groups, jobs */
export function createTenantConcurrency(each: number, slow: Pick<SlowTenants, 'has'>): TenantConcurrency {
  const running = new Map<string, number>();

  function count(): { readonly slow: number; readonly others: number } {
    const counts = { slow: 0, others: 0 };
    for (const [tenantId, jobs] of running) counts[slow.has(tenantId) ? 'slow' : 'others'] += jobs;
    return counts;
  }

  return {
    taken(tenantId) {
      running.set(tenantId, (running.get(tenantId) ?? 0) + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        const left = (running.get(tenantId) ?? 1) - 1;
        if (left === 0) running.delete(tenantId);
        else running.set(tenantId, left);
      };
    },
    limit() {
      const { slow, others } = count();
      return others < each ? each * mostTimes : others + slow;
    },
    slowAreAtLimit: () => count().slow >= each,
    hasRoomFor: (tenantId) => count()[slow.has(tenantId) ? 'slow' : 'others'] < each,
  };
}
