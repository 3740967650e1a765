/** A condition that holds: since when, to be shown, and for how long, which no jump of the wall clock changes. */
export interface Held {
  /** RFC 3339 */
  readonly since: string;
  readonly forMs: number;
}

/** Remembers since when each of some conditions has held without a break. */
export interface HeldConditions {
  /** @param holding the conditions that hold now; all others have ended */
  note(holding: readonly string[]): ReadonlyMap<string, Held>;
}

export function createHeldConditions(): HeldConditions {
  let held = new Map<string, { readonly since: string; readonly sinceMs: number }>();
  return {
    note(holding) {
      const nowMs = performance.now();
      const start = { since: new Date().toISOString(), sinceMs: nowMs };
      held = new Map(holding.map((key) => [key, held.get(key) ?? start]));
      return new Map([...held].map(([key, { since, sinceMs }]) => [key, { since, forMs: nowMs - sinceMs }]));
    },
  };
}
