/** Tenants whose desk, model or context is unusually slow, so that each of their jobs occupies a worker for long. */
export interface SlowTenants {
  has(tenantId: string): boolean;
  /** Runs a call for a tenant's job, and measures its duration. */
  timed<T>(tenantId: string, kind: CallKind, call: () => Promise<T>): Promise<T>;
}

/**
 * A call that takes longer is slow. Models normally take seconds; the context of a tenant takes long while its index is built.
 * Milliseconds.
 */
const slowAfterMs = { desk: 500, model: 10_000, context: 500 } as const;

export type CallKind = keyof typeof slowAfterMs;

/**
 * A tenant is slow while one of its calls is, and afterwards until a call of that kind has ended in time.
 *
 * @param onSlow called when a call of a tenant has become slow
 */
export function createSlowTenants(onSlow: () => void): SlowTenants {
  /** For each kind the slow tenants, with the number of their slow calls in progress. */
  const slow: Readonly<Record<CallKind, Map<string, number>>> = {
    desk: new Map(),
    model: new Map(),
    context: new Map(),
  };

  return {
    has: (tenantId) => Object.values(slow).some((tenants) => tenants.has(tenantId)),
    async timed(tenantId, kind, call) {
      const tenants = slow[kind];
      let isSlow = false;
      const timer = setTimeout(() => {
        isSlow = true;
        tenants.set(tenantId, (tenants.get(tenantId) ?? 0) + 1);
        onSlow();
      }, slowAfterMs[kind]);
      try {
        return await call();
      } finally {
        clearTimeout(timer);
        const calls = tenants.get(tenantId);
        if (isSlow) tenants.set(tenantId, (calls ?? 1) - 1);
        else if (calls === 0) tenants.delete(tenantId);
      }
    },
  };
}
