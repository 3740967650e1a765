/** Tenants whose desk or model takes unusually long to answer, so that their jobs occupy a worker for long. */
export interface SlowTenants {
  has(tenantId: string): boolean;
  /** Makes a call to a tenant's desk or model, and learns from how long it takes. */
  timed<T>(tenantId: string, kind: CallKind, call: () => Promise<T>): Promise<T>;
}

export type CallKind = 'desk' | 'model';

/** A call that takes longer is slow, milliseconds. Models take seconds where nothing is wrong. */
const slowAfterMs: Readonly<Record<CallKind, number>> = { desk: 500, model: 10_000 };

/**
 * A tenant is slow while one of its calls is, and afterwards until a call has ended in time.
 *
 * @param onSlow called when a call of a tenant has become slow
 */
export function createSlowTenants(onSlow: () => void): SlowTenants {
  /** For each slow tenant its slow calls that have not ended. */
  const slow = new Map<string, number>();

  return {
    has: (tenantId) => slow.has(tenantId),
    async timed(tenantId, kind, call) {
      let isSlow = false;
      const timer = setTimeout(() => {
        isSlow = true;
        slow.set(tenantId, (slow.get(tenantId) ?? 0) + 1);
        onSlow();
      }, slowAfterMs[kind]);
      try {
        return await call();
      } finally {
        clearTimeout(timer);
        const calls = slow.get(tenantId);
        if (isSlow) slow.set(tenantId, (calls ?? 1) - 1);
        else if (calls === 0) slow.delete(tenantId);
      }
    },
  };
}
