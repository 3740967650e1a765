import type { SlowTenants } from './slow-tenants.js';

/**
 * How many jobs a worker runs at the same time, and whose. Slow tenants (slow-tenants.ts) share one limit, and all others
 * another of the same size: so jobs that wait for a desk which hangs take no place from those of other tenants, however many
 * tenants have such desks.
 */
export interface TenantConcurrency {
  /** @returns to be called when the job has ended; once more does nothing */
  taken(tenantId: string): () => void;
  /** How many jobs may run now. */
  limit(): number;
  /** Whether the next job must not be one of a slow tenant. */
  slowAreAtLimit(): boolean;
  hasRoomFor(tenantId: string): boolean;
}

/**
 * Times the limit of each group. A tenant that becomes slow brings its jobs over to the slow ones, which are then more than
 * their limit: what all of them take of the memory is bounded here.
 */
const mostTimes = 4;

/** @param each the limit of each of the two groups */
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
