import type { ChildRole } from '../../ipc/control-protocol.js';
import type { DeferredGroup } from '../../queue/deferred-jobs.js';
import type { ModelFailure } from '../../queue/model-failure.js';
import type { ChildState } from '../../telemetry/catalog.js';
import type { ConditionAge } from './condition-ages.js';

export interface ChildFact {
  readonly role: ChildRole;
  readonly slot: number;
  readonly state: ChildState;
  /** How the previous process ended; undefined: there was none. */
  readonly lastEnding: string | undefined;
  /** How long it has not been ready; undefined while it is ready. */
  readonly missing: ConditionAge | undefined;
  /** Why it cannot use Redis, with the message of Redis or the network; undefined: it can. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  /** In the last five minutes. */
  readonly recentRestarts: number;
}

/** The facts that determine the state of the service. `recent` covers the last five minutes. */
export interface StateFacts {
  readonly children: readonly ChildFact[];
  readonly isRedisEmbedded: boolean;
  /** Why Redis accepts no write, with its message; undefined: it does. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  /** The policy under which Redis would remove jobs; undefined: none is known. */
  readonly evictionPolicy: string | undefined;
  /** A problem of the embedded Redis, which may accept writes all the same; undefined: none. */
  readonly embeddedRedisProblem: string | undefined;
  /** All recent webhooks that reached Redis were answered 503. */
  readonly acceptsNoWebhook: boolean;
  /** Webhooks answered 503 in the last half minute. */
  readonly refusedWebhooks: number;
  /** Active tenants of whose recent webhooks some were rejected, for another reason than Redis, and none was accepted. */
  readonly rejectedTenants: readonly { readonly tenantId: string; readonly webhooks: number }[];
  /** The latest reload, if it failed. */
  readonly failedReload: { readonly since: string; readonly problem: string } | undefined;
  /** An operator has paused the queue: no job is started. */
  readonly isQueuePaused: boolean;
  /** Undefined: the queue cannot be read. */
  readonly oldestJobAgeSeconds: number | undefined;
  /** Tenants with jobs that failed recently. */
  readonly recentJobs: readonly { readonly tenantId: string; readonly ended: number; readonly failed: number }[];
  readonly deferred: readonly (DeferredGroup & { readonly held: ConditionAge })[];
  /** Context sources that failed recently, with the number of their tenant's notes in the same time. */
  readonly recentContextFailures: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly failures: number;
    readonly notes: number;
  }[];
  /** Documents that are left out, in whole or in part, of a source that can be read. */
  readonly contextLeftOut: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly documents: number;
  }[];
  /** Recent notes that a model wrote, and that fell back to quotation because it failed. */
  readonly recentNotes: { readonly byModel: number; readonly fallback: number };
  /** The latest failure of a language model, with the endpoint's message; undefined: none is known. */
  readonly modelFailure: Pick<ModelFailure, 'model' | 'tenantId' | 'message'> | undefined;
}
