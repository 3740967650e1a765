import type { ChildRole } from '../../ipc/protocol.js';
import type { DeferredGroup } from '../../queue/deferred-jobs.js';
import type { ChildState } from '../../telemetry/metrics.js';
import type { ConditionAge } from './condition-ages.js';

export interface ChildFact {
  readonly role: ChildRole;
  readonly slot: number;
  readonly state: ChildState;
  /** How the previous process ended; undefined: there was none. */
  readonly lastEnding: string | undefined;
  /** Undefined while it is ready. */
  readonly missing: ConditionAge | undefined;
  /** Why it has no connection to Redis, in the words of Redis or the network; undefined: it has one. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  readonly recentRestarts: number;
}

/** The facts that determine the state of the service. `recent` covers the last five minutes. */
export interface StateFacts {
  readonly children: readonly ChildFact[];
  /** Why Redis takes no write, in its own words; undefined: it does. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  /** Under which Redis would remove jobs; undefined: none is known. */
  readonly evictionPolicy: string | undefined;
  /** What is wrong with the embedded Redis although it may take writes. */
  readonly embeddedRedisProblem: string | undefined;
  /** All recent webhooks that reached Redis were answered 503. */
  readonly acceptsNoWebhook: boolean;
  /** Webhooks answered 503 in the last half minute. */
  readonly refusedWebhooks: number;
  /** Of the latest reload, if it could not be finished. */
  readonly failedReload: { readonly since: string; readonly problem: string } | undefined;
  /** No job is started, by an operator's order. */
  readonly isQueuePaused: boolean;
  /** Undefined: the queue cannot be read. */
  readonly oldestJobAgeSeconds: number | undefined;
  /** Tenants with jobs that ended recently. */
  readonly recentJobs: readonly { readonly tenantId: string; readonly ended: number; readonly failed: number }[];
  readonly deferred: readonly (DeferredGroup & { readonly held: ConditionAge })[];
  /** Context sources that failed recently, and the number of notes written for their tenant meanwhile. */
  readonly recentContextFailures: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly failures: number;
    readonly notes: number;
  }[];
  /** Documents of a source that are not used, or not whole, although the source can be read. */
  readonly contextLeftOut: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly documents: number;
  }[];
  /** Recent notes that a model wrote, and that fell back to quotation because it failed. */
  readonly recentNotes: { readonly byModel: number; readonly fallback: number };
}
