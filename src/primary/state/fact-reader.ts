import type { Distribution, Reading } from '../../cluster-metrics/index.js';
import type { MetricName } from '../../telemetry/metrics.js';
import type { QueueState } from '../../queue/queue-reader.js';
import type { DeferredGroup } from '../../queue/deferred-jobs.js';
import type { ModelFailure } from '../../queue/model-failure.js';
import { type ConditionAge, createConditionAges } from './condition-ages.js';
import { createRecentIncreases } from './recent-increases.js';
import type { FailedReload } from '../reload/rolling-reload.js';
import type { StateFacts } from './state-facts.js';
import type { ChildStatus } from '../children/child-status.js';

export interface FactSources {
  readonly children: () => readonly ChildStatus[];
  /** Undefined: the queue cannot be read. */
  readonly queue: () => Promise<QueueState | undefined>;
  /** Why Redis accepts no write; undefined: it does. Current once `queue` has resolved. */
  readonly redisProblem: () => string | undefined;
  /** The policy under which Redis would remove jobs; undefined: none is known. */
  readonly evictionPolicy: () => Promise<string | undefined>;
  readonly embeddedRedisProblem: () => string | undefined;
  readonly deferredJobs: () => Promise<readonly DeferredGroup[] | undefined>;
  /** The latest; undefined: none is known, or it cannot be read. */
  readonly modelFailure: () => Promise<ModelFailure | undefined>;
  readonly failedReload: () => FailedReload | undefined;
  /** The series of a metric in the current totals. */
  readonly values: (name: MetricName) => readonly Reading[];
  /** The series of a histogram in the current totals. */
  readonly distributions: (name: MetricName) => readonly Distribution[];
}

/** Interval at which counters are sampled. Milliseconds. */
const stepMs = 2000;
/** Span of the facts named recent. Milliseconds. */
const recentMs = 5 * 60_000;
/** Span in which refused webhooks degrade the service. Milliseconds. */
const refusedMs = 30_000;
/** Span in which the service is unready if it accepts no webhook: `/readyz` must be 503 within 3 s. Milliseconds. */
const acceptedMs = 1500;
const acceptedStepMs = 500;

/** Reads the facts that determine the service's state, from the primary's own state and Redis: no child is asked. */
export function createFactReader(sources: FactSources): () => Promise<StateFacts> {
  const refused = createRecentIncreases({ spanMs: refusedMs, stepMs: 1000 });
  const refusedNow = createRecentIncreases({ spanMs: acceptedMs, stepMs: acceptedStepMs });
  const acceptedNow = createRecentIncreases({ spanMs: acceptedMs, stepMs: acceptedStepMs });
  const notes = createRecentIncreases({ spanMs: recentMs, stepMs });
  const contextFailures = createRecentIncreases({ spanMs: recentMs, stepMs });
  const restarts = createRecentIncreases({ spanMs: recentMs, stepMs: 1000 });
  const missing = createConditionAges();
  const redis = createConditionAges();
  const cutOff = createConditionAges();
  const deferrals = createConditionAges();
  let jobs: { readonly atMs: number; readonly recent: StateFacts['recentJobs'] } | undefined;

  const recentJobs = (nowMs: number): StateFacts['recentJobs'] => {
    if (jobs === undefined || nowMs - jobs.atMs >= stepMs) {
      jobs = { atMs: nowMs, recent: sources.values('enhancement_success_rate').flatMap(jobsOfTenant) };
    }
    return jobs.recent;
  };

  const childFacts = (nowMs: number): StateFacts['children'] => {
    const children = sources.children();
    const held = missing.note(children.filter(({ state }) => state !== 'ready').map(nameOf));
    const withoutRedis = cutOff.note(children.filter(({ redisProblem }) => redisProblem !== undefined).map(nameOf));
    restarts.sample(() => children.map(restartsOf), nowMs);
    const recent = new Map(restarts.increases(nowMs).map(({ labels, value }) => [labels['child'], value]));
    return children.map((child) => ({
      role: child.role,
      slot: child.slot,
      state: child.state,
      lastEnding: child.lastRestart?.detail,
      missing: held.get(nameOf(child)),
      redis: withProblem(withoutRedis.get(nameOf(child)), child.redisProblem),
      recentRestarts: recent.get(nameOf(child)) ?? 0,
    }));
  };

  return async () => {
    const [queue, deferred = [], evictionPolicy, modelFailure] = await Promise.all([
      sources.queue(),
      sources.deferredJobs(),
      sources.evictionPolicy(),
      sources.modelFailure(),
    ]);
    const nowMs = performance.now();
    const refusals = () =>
      sources.values('webhook_rejections_total').filter(({ labels }) => labels['reason'] === 'queue_unavailable');
    refused.sample(refusals, nowMs);
    refusedNow.sample(refusals, nowMs);
    acceptedNow.sample(() => sources.distributions('http_request_duration_seconds').flatMap(acceptedOnRoute), nowMs);
    notes.sample(() => sources.values('enhancement_synthesis_total'), nowMs);
    contextFailures.sample(() => sources.values('enhancement_context_failures_total'), nowMs);
    const problem = sources.redisProblem();
    const redisHeld = redis.note(problem === undefined ? [] : ['redis']).get('redis');
    const deferralHeld = deferrals.note(deferred.map(deferralKey));
    const recentNotes = notes.increases(nowMs);
    return {
      children: childFacts(nowMs),
      redis: withProblem(redisHeld, problem),
      evictionPolicy,
      embeddedRedisProblem: sources.embeddedRedisProblem(),
      acceptsNoWebhook: sum(refusedNow.increases(nowMs)) > 0 && sum(acceptedNow.increases(nowMs)) === 0,
      refusedWebhooks: sum(refused.increases(nowMs)),
      failedReload: sources.failedReload(),
      isQueuePaused: queue?.isPaused ?? false,
      oldestJobAgeSeconds: queue?.oldestJobAgeSeconds,
      recentJobs: recentJobs(nowMs),
      deferred: deferred.flatMap((group) => {
        const held = deferralHeld.get(deferralKey(group));
        return held === undefined ? [] : [{ ...group, held }];
      }),
      recentContextFailures: contextFailures.increases(nowMs).map(({ labels, value }) => ({
        tenantId: labels['tenant_id'] ?? 'unknown',
        source: labels['source'] ?? 'unknown',
        failures: value,
        notes: sum(recentNotes.filter((note) => note.labels['tenant_id'] === labels['tenant_id'])),
      })),
      contextLeftOut: leftOutOf(sources.values('context_documents')),
      recentNotes: { byModel: sumOf(recentNotes, 'llm'), fallback: sumOf(recentNotes, 'fallback') },
      modelFailure,
    };
  };
}

function withProblem(age: ConditionAge | undefined, problem: string | undefined) {
  return age === undefined || problem === undefined ? undefined : { ...age, problem };
}

/** Documents that are used in part or not at all, by tenant and source. */
function leftOutOf(documents: readonly Reading[]): StateFacts['contextLeftOut'] {
  const found = new Map<string, StateFacts['contextLeftOut'][number]>();
  for (const { labels, value } of documents) {
    if (labels['state'] === 'used' || value === 0) continue;
    const { tenant_id: tenantId = 'unknown', source = 'unknown' } = labels;
    const key = `${tenantId} ${source}`;
    found.set(key, { tenantId, source, documents: (found.get(key)?.documents ?? 0) + value });
  }
  return [...found.values()];
}

/** Reads `enhancement_success_rate`: a percentage, with the number of jobs that ended in its window. */
function jobsOfTenant({ labels, value, trials = 0 }: Reading): StateFacts['recentJobs'] {
  const failed = Math.round(trials * (1 - value / 100));
  return failed === 0 ? [] : [{ tenantId: labels['tenant_id'] ?? 'unknown', ended: trials, failed }];
}

/** Counts 202 answers by route, because counters by tenant may have ten thousand series. */
function acceptedOnRoute({ labels, count }: Distribution): Reading[] {
  const accepted = labels['status_code'] === '202' && labels['route']?.startsWith('/webhook/') === true;
  return accepted ? [{ labels, value: count }] : [];
}

function nameOf({ role, slot }: ChildStatus): string {
  return `${role} ${slot}`;
}

function restartsOf(child: ChildStatus): Reading {
  return { labels: { child: nameOf(child) }, value: child.restarts };
}

function deferralKey({ tenantId, reason }: DeferredGroup): string {
  return `${tenantId} ${reason}`;
}

function sum(readings: readonly Reading[]): number {
  return readings.reduce((total, { value }) => total + value, 0);
}

function sumOf(notes: readonly Reading[], mode: 'llm' | 'fallback'): number {
  return sum(notes.filter(({ labels }) => labels['mode'] === mode));
}
