/** Jobs of one tenant that wait because of one reason that passes. */
export interface DeferredGroup {
  readonly tenantId: string;
  readonly reason: string;
  readonly jobs: number;
  /** Epoch milliseconds: when the first of them is tried next. */
  readonly nextAtMs: number;
}

/** What the primary does with deferred jobs. */
export interface DeferredJobs {
  deferredJobs(): Promise<readonly DeferredGroup[]>;
  /** Makes them run now, whatever they wait for. */
  promoteDeferred(): Promise<unknown>;
}

/** For a queue that defers nothing. */
export const noDeferredJobs: DeferredJobs = {
  deferredJobs: async () => [],
  promoteDeferred: async () => undefined,
};
