import type { DeferredGroup } from '../../queue/deferred-jobs.js';
import type { ModelFailure } from '../../queue/model-failure.js';
import type { QueueState } from '../../queue/queue-reader.js';
import type { ChildStatus } from '../children/child-status.js';
import type { FailedReload } from '../reload/rolling-reload.js';
import { createChildFacts } from './child-facts.js';
import { createConditionAges, withProblem } from './condition-ages.js';
import { createNoteFacts } from './note-facts.js';
import type { StateFacts } from './state-facts.js';
import { createWebhookFacts, type WebhookFactSources } from './webhook-facts.js';

export interface FactSources extends WebhookFactSources {
  readonly children: () => readonly ChildStatus[];
  /** Undefined: the queue cannot be read. */
  readonly queue: () => Promise<QueueState | undefined>;
  readonly isRedisEmbedded: () => boolean;
  /** Why Redis accepts no write; undefined: it does. Current once `queue` has resolved. */
  readonly redisProblem: () => string | undefined;
  /** The policy under which Redis would remove jobs; undefined: none is known. */
  readonly evictionPolicy: () => Promise<string | undefined>;
  readonly embeddedRedisProblem: () => string | undefined;
  readonly deferredJobs: () => Promise<readonly DeferredGroup[] | undefined>;
  /** The latest; undefined: none is known, or it cannot be read. */
  readonly modelFailure: () => Promise<ModelFailure | undefined>;
  readonly failedReload: () => FailedReload | undefined;
}

/** Reads the facts that determine the service's state, from the primary's own state and Redis: no child is asked. */
export function createFactReader(sources: FactSources): () => Promise<StateFacts> {
  const childFacts = createChildFacts(sources.children);
  const webhookFacts = createWebhookFacts(sources);
  const noteFacts = createNoteFacts(sources);
  const redis = createConditionAges();
  const deferrals = createConditionAges();

  return async () => {
    const [queue, deferred = [], evictionPolicy, modelFailure] = await Promise.all([
      sources.queue(),
      sources.deferredJobs(),
      sources.evictionPolicy(),
      sources.modelFailure(),
    ]);
    const nowMs = performance.now();
    const redisProblem = sources.redisProblem();
    const redisAges = redis.note(redisProblem === undefined ? [] : ['redis']);
    const deferralAges = deferrals.note(deferred.map(keyOf));
    return {
      children: childFacts(nowMs),
      ...webhookFacts(nowMs),
      ...noteFacts(nowMs),
      isRedisEmbedded: sources.isRedisEmbedded(),
      redis: withProblem(redisAges.get('redis'), redisProblem),
      evictionPolicy,
      embeddedRedisProblem: sources.embeddedRedisProblem(),
      failedReload: sources.failedReload(),
      isQueuePaused: queue?.isPaused ?? false,
      oldestJobAgeSeconds: queue?.oldestJobAgeSeconds,
      deferred: deferred.flatMap((group) => {
        const held = deferralAges.get(keyOf(group));
        return held === undefined ? [] : [{ ...group, held }];
      }),
      modelFailure,
    };
  };
}

function keyOf({ tenantId, reason }: DeferredGroup): string {
  return `${tenantId} ${reason}`;
}
