import type { Tenants } from './tenants.js';

export interface HeldBackTenants {
  /** Does not know those that are held back, until they are open. */
  readonly tenants: Tenants;
  /** @param atMs from when on all are known, by the clock that was given */
  open(atMs: number): void;
}

/**
 * Some tenants are not served yet. While a reload replaces the http children one by one, a tenant that it adds would be
 * accepted by some and refused by others; so all of them refuse it until all can accept it, and begin in one moment.
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
