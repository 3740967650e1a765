import type { Tenants } from './tenant.js';

export interface HeldBackTenants {
  /** The tenants, without those that are held back. */
  readonly tenants: Tenants;
  /** @param atMs time of the given clock at which the held-back tenants become known */
  open(atMs: number): void;
}

/**
 * Holds back tenants that are new. While a reload replaces the http children one by one, a tenant that it adds would be
 * accepted by some and refused by others; so all refuse it until all can accept it, and begin at the same moment.
 *
 * @param nowMs a clock that all processes share
 */
export function holdBack(all: Tenants, heldBack: ReadonlySet<string>, nowMs: () => number): HeldBackTenants {
  let openAtMs = heldBack.size === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const isHeldBack = (id: string): boolean => heldBack.has(id) && nowMs() < openAtMs;
  return {
    tenants: {
      get: (id) => (isHeldBack(id) ? undefined : all.get(id)),
      all: all.all,
      label: (id) => (isHeldBack(id) ? unknown : all.label(id)),
    },
    open(atMs) {
      openAtMs = Math.min(openAtMs, atMs);
    },
  };
}

const unknown = 'unknown';
