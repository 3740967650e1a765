/** Which tenants hold how many of one worker's slots. */
export interface FairShare {
  /** @returns to be called when the job has ended */
  began(tenantId: string): () => void;
  /** Whether a further job of this tenant would still be within what is its due among those that have jobs here. */
  isDueMore(tenantId: string): boolean;
}

/** @param slots how many jobs the worker runs at the same time */
export function createFairShare(slots: number): FairShare {
  const held = new Map<string, number>();
  return {
    began(tenantId) {
      held.set(tenantId, (held.get(tenantId) ?? 0) + 1);
      return () => {
        const left = (held.get(tenantId) ?? 1) - 1;
        if (left === 0) held.delete(tenantId);
        else held.set(tenantId, left);
      };
    },
    isDueMore(tenantId) {
      const own = held.get(tenantId) ?? 0;
      const tenants = held.size + (own === 0 ? 1 : 0);
      return own === 0 || own + 1 <= slots / tenants;
    },
  };
}
