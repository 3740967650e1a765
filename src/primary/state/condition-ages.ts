/** How long a condition has held. */
export interface ConditionAge {
  /** RFC 3339, for display. */
  readonly since: string;
  /** Milliseconds, by a monotonic clock. */
  readonly forMs: number;
}

/** Tracks since when each of a set of conditions has held without interruption. */
export interface ConditionAges {
  /** @param holding the conditions that hold now; all others have ended */
  note(holding: readonly string[]): ReadonlyMap<string, ConditionAge>;
}

export function createConditionAges(): ConditionAges {
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

/** @returns undefined: there is no problem */
export function withProblem(age: ConditionAge | undefined, problem: string | undefined) {
  return age === undefined || problem === undefined ? undefined : { ...age, problem };
}
