/** What faults measure beside the ledger, for the findings of the drill that injects them. */
export interface Sightings {
  readonly stops: Stop[];
  readonly addedTenants: AddedTenant[];
}

/** One stop of the whole service by a signal. */
export interface Stop {
  readonly what: string;
  /** From the signal to the end of the primary. */
  readonly tookMs: number;
  /** `exit 0`, `SIGKILL`, or `never`: it did not end within the runner's own bound. */
  readonly end: string;
}

/** A tenant that was added to a running service while its desk was already sending. */
export interface AddedTenant {
  readonly tenantId: string;
  /** From its first 202 to its last 401 so far, milliseconds; 0: none came after the first 202. */
  mixedMs(): number;
  /** Resolves when all its deliveries have been accepted. */
  readonly served: Promise<void>;
}

export function createSightings(): Sightings {
  return { stops: [], addedTenants: [] };
}
