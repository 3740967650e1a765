import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { type StateReason, stateReasons } from '../../../../src/telemetry/catalog.js';
import { neverShow } from '../../../../src/logging/known-secrets.js';
import { readinessOf } from '../../../../src/primary/state/readiness.js';
import { serviceState } from '../../../../src/primary/state/service-state.js';
import type { ChildFact, StateFacts } from '../../../../src/primary/state/state-facts.js';

const since = '2026-11-28T10:03:11.120Z';
const held = { since, forMs: 60_000 };

function child(fields: Partial<ChildFact> = {}): ChildFact {
  return {
    role: 'http',
    slot: 0,
    state: 'ready',
    lastEnding: undefined,
    missing: undefined,
    redis: undefined,
    recentRestarts: 0,
    ...fields,
  };
}

const worker = (slot: number, fields: Partial<ChildFact> = {}) => child({ role: 'worker', slot, ...fields });

function facts(fields: Partial<StateFacts> = {}): StateFacts {
  return {
    children: [child(), worker(0), worker(1)],
    isRedisEmbedded: false,
    redis: undefined,
    evictionPolicy: undefined,
    embeddedRedisProblem: undefined,
    acceptsNoWebhook: false,
    refusedWebhooks: 0,
    rejectedTenants: [],
    failedReload: undefined,
    isQueuePaused: false,
    oldestJobAgeSeconds: 0,
    recentJobs: [],
    deferred: [],
    recentContextFailures: [],
    contextLeftOut: [],
    recentNotes: { byModel: 0, fallback: 0 },
    modelFailure: undefined,
    ...fields,
  };
}

describe('the state of the service', () => {
  it('quotes no configured secret, whatever a problem quotes', () => {
    neverShow(['a-configured-secret']);
    const problem = 'The file cannot be read: a-configured-secret';
    const { reasons } = serviceState(facts({ failedReload: { since, problem }, embeddedRedisProblem: problem }));
    expect(reasons).toHaveLength(2);
    expect(JSON.stringify(reasons)).not.toContain('a-configured-secret');
  });

  it('is ready without a reason', () => {
    expect(serviceState(facts())).toEqual({ state: 'ready', reasons: [] });
  });

  const crashed = { state: 'backoff', lastEnding: 'signal SIGKILL', missing: held } as const;
  it.each<[StateReason, 'degraded' | 'unready', Partial<StateFacts>, string]>([
    [
      'role_not_ready',
      'unready',
      { children: [child(), worker(0, crashed), worker(1, { ...crashed, state: 'starting' })] },
      'No worker child is ready: slot 0 is in backoff since 2026-11-28 10:03:11 UTC (last ended: signal SIGKILL); slot 1 is starting since 2026-11-28 10:03:11 UTC (last ended: signal SIGKILL); the log says why.',
    ],
    [
      'role_not_ready',
      'unready',
      {
        children: [
          child(),
          worker(0, {
            state: 'starting',
            missing: held,
            redis: { ...held, problem: 'ERR max number of clients reached' },
          }),
        ],
      },
      'No worker child is ready: slot 0 is starting since 2026-11-28 10:03:11 UTC and cannot use Redis since 2026-11-28 10:03:11 UTC, “ERR max number of clients reached”.',
    ],
    [
      'redis_not_writable',
      'unready',
      { redis: { ...held, problem: "OOM command not allowed when used memory > 'maxmemory'." } },
      "Redis takes no write since 2026-11-28 10:03:11 UTC: OOM command not allowed when used memory > 'maxmemory'. Correct that at Redis, which needs no restart of the service; after a change of REDIS_URL restart it.",
    ],
    [
      'redis_not_writable',
      'unready',
      { redis: { ...held, problem: 'connect ENOENT /data/redis.sock' }, isRedisEmbedded: true },
      'Redis takes no write since 2026-11-28 10:03:11 UTC: connect ENOENT /data/redis.sock. See the disk of DATA_DIR, and redis.log in it.',
    ],
    [
      'workers_without_redis',
      'unready',
      { children: [child(), worker(0, { redis: { ...held, problem: 'connect ECONNREFUSED 10.0.0.7:6379' } })] },
      'No worker can use Redis, although the primary can, so no job is started: worker 0 cannot use Redis since 2026-11-28 10:03:11 UTC, “connect ECONNREFUSED 10.0.0.7:6379”; see that workers can open connections (maxclients, open files, network policies), and that their user may do what docs/running.md names.',
    ],
    [
      'no_webhook_accepted',
      'unready',
      { acceptsNoWebhook: true },
      'All webhooks are answered 503, although Redis takes a write of the primary; see that new connections to Redis are possible (maxclients) and that its user may use all keys that begin with enhancement:.',
    ],
    [
      'webhooks_refused',
      'degraded',
      { refusedWebhooks: 3 },
      '3 webhooks were answered 503 in the last 30 s because Redis did not take the job in time; see that Redis is reachable, quick and not full.',
    ],
    [
      'webhooks_rejected',
      'degraded',
      {
        rejectedTenants: [
          { tenantId: 'acme', webhooks: 5 },
          { tenantId: 'globex', webhooks: 4 },
          { tenantId: 'initech', webhooks: 40 },
        ],
      },
      'All webhooks are rejected: 5 of acme in 5 minutes; 40 of initech in 5 minutes; the log line “rejected” of each says why: correct the secret or the clock (401), or the fields that the desk sends (422).',
    ],
    [
      'redis_may_evict',
      'degraded',
      { evictionPolicy: 'allkeys-lru' },
      'Redis removes accepted jobs when its memory is full (maxmemory-policy allkeys-lru); set its maxmemory-policy to noeviction.',
    ],
    [
      'embedded_redis_failing',
      'degraded',
      { embeddedRedisProblem: 'The embedded Redis ended (SIGKILL) and is started again. See redis.log' },
      'The embedded Redis ended (SIGKILL) and is started again. See redis.log.',
    ],
    [
      'queue_paused',
      'degraded',
      { isQueuePaused: true, oldestJobAgeSeconds: 3600 },
      'The queue is paused, by an order on the queue page or with another tool: webhooks are accepted, and no job is started. Resume it on the queue page (/queues).',
    ],
    [
      'reload_failed',
      'degraded',
      { failedReload: { since, problem: 'the new http child for slot 1 did not start: exit code 1' } },
      'The reload of 2026-11-28 10:03:11 UTC could not be finished: the new http child for slot 1 did not start: exit code 1. Correct that and send SIGHUP again.',
    ],
    [
      'child_crash_looping',
      'degraded',
      { children: [child(), worker(0), worker(1, { lastEnding: 'exit code 1', recentRestarts: 3 })] },
      'Children end again and again: worker 1 3 times in 5 minutes (last ended: exit code 1); the log has the reason of each end.',
    ],
    [
      'child_missing',
      'degraded',
      { children: [child(), worker(0), worker(1, crashed)] },
      'Children are missing: worker 1 is in backoff since 2026-11-28 10:03:11 UTC (last ended: signal SIGKILL); the log says why, and the others do the work.',
    ],
    [
      'queue_late',
      'degraded',
      { oldestJobAgeSeconds: 61.9 },
      'The oldest job has waited for 61 s, and the objective for a whole ticket is 60 s; see whether workers are missing or too few.',
    ],
    [
      'tenant_failing',
      'degraded',
      { recentJobs: [{ tenantId: 'acme', ended: 40, failed: 7 }] },
      'Jobs fail: 7 of 40 of acme in 5 minutes; each failed job shows its reason.',
    ],
    [
      'tenant_deferred',
      'degraded',
      {
        deferred: [
          { tenantId: 'acme', reason: 'desk_throttled', jobs: 2, nextAtMs: 0, sinceMs: 0, message: '', held },
          {
            tenantId: 'globex',
            reason: 'credential_refused',
            jobs: 5,
            nextAtMs: 0,
            sinceMs: 0,
            message: "desk.globex.example refuses the credential (HTTP 401). Renew the desk's token.",
            held,
          },
        ],
      },
      "Jobs are deferred: 5 of globex (credential_refused) since 2026-11-28 10:03:11 UTC, “desk.globex.example refuses the credential (HTTP 401). Renew the desk's token”; 2 of acme (desk_throttled) since 2026-11-28 10:03:11 UTC; they run when the reason has passed.",
    ],
    [
      'context_unreadable',
      'degraded',
      { recentContextFailures: [{ tenantId: 'acme', source: 'knowledge_base', failures: 1, notes: 4 }] },
      'Context sources fail: knowledge_base of acme 1 time in 5 minutes; notes are written without it; the log says why.',
    ],
    [
      'context_incomplete',
      'degraded',
      { contextLeftOut: [{ tenantId: 'acme', source: 'knowledge_base', documents: 2 }] },
      'Context is incomplete: 2 documents in knowledge_base of acme left out, in whole or in part; `ticket-enhancer check` names those in files; others are over a limit of docs/tenants.md.',
    ],
    [
      'model_fallback',
      'degraded',
      { recentNotes: { byModel: 7, fallback: 3 } },
      'The language model failed for 3 of 10 notes in 5 minutes, which quote what was found instead; the log has each failure.',
    ],
    [
      'model_fallback',
      'degraded',
      {
        recentNotes: { byModel: 7, fallback: 3 },
        modelFailure: {
          model: 'gpt-5-mini',
          tenantId: 'acme',
          message: 'The endpoint answered 401: Incorrect API key.',
        },
      },
      'The language model failed for 3 of 10 notes in 5 minutes, which quote what was found instead; the latest failure: gpt-5-mini for acme, “The endpoint answered 401: Incorrect API key”; the log has the others.',
    ],
  ])('%s makes it %s, in a sentence', (reason, severity, found, message) => {
    expect(serviceState(facts(found))).toEqual({ state: severity, reasons: [{ reason, severity, message }] });
  });

  it.each<[string, Partial<StateFacts>]>([
    [
      'a child that is just restarted',
      { children: [child(), worker(0), worker(1, { missing: { since, forMs: 900 } })] },
    ],
    [
      'a child that has been starting for 29 seconds since the service was started',
      { children: [child(), worker(0), worker(1, { state: 'starting', missing: { since, forMs: 29_000 } })] },
    ],
    ['a few rejected webhooks', { rejectedTenants: [{ tenantId: 'acme', webhooks: 4 }] }],
    ['two failures beside a success', { recentJobs: [{ tenantId: 'acme', ended: 3, failed: 2 }] }],
    ['failures within the objective', { recentJobs: [{ tenantId: 'acme', ended: 1000, failed: 5 }] }],
    ['two fallbacks', { recentNotes: { byModel: 0, fallback: 2 } }],
    ['few fallbacks among many notes', { recentNotes: { byModel: 97, fallback: 3 } }],
    [
      'a slow source now and then',
      { recentContextFailures: [{ tenantId: 'acme', source: 'x', failures: 2, notes: 50 }] },
    ],
    ['a job as old as the objective', { oldestJobAgeSeconds: 60 }],
    ['a queue that cannot be read, which Redis’ problem tells', { oldestJobAgeSeconds: undefined }],
    ['a role that is not configured', { children: [worker(0)] }],
  ])('is ready with %s', (_what, found) => {
    expect(serviceState(facts(found)).state).toBe('ready');
  });

  it('is degraded by a worker without Redis while another can work, and not within three seconds or while no process has Redis', () => {
    const cut = { ...held, problem: 'ERR max number of clients reached' };
    const reasons = (found: Partial<StateFacts>) => serviceState(facts(found)).reasons.map(({ reason }) => reason);
    const [reason] = serviceState(facts({ children: [child(), worker(0), worker(1, { redis: cut })] })).reasons;
    expect(reason).toMatchObject({ reason: 'child_missing', severity: 'degraded' });
    expect(reason?.message).toContain('worker 1 cannot use Redis since 2026-11-28 10:03:11 UTC, “ERR max');
    expect(reasons({ children: [child(), worker(0, { redis: { ...cut, forMs: 900 } })] })).toEqual([]);
    expect(reasons({ children: [child(), worker(0, { redis: cut })], redis: cut })).toEqual(['redis_not_writable']);
  });

  it.each<[string, Partial<ChildFact>]>([
    [
      'that starts again after it has died',
      { state: 'starting', lastEnding: 'signal SIGKILL', missing: { since, forMs: 3000 } },
    ],
    ['whose first start takes 30 seconds', { state: 'starting', missing: { since, forMs: 30_000 } }],
    ['that has been stale for three seconds', { state: 'stale', missing: { since, forMs: 3000 } }],
  ])('is degraded by a child %s', (_what, missing) => {
    const { reasons } = serviceState(facts({ children: [child(), worker(0), worker(1, missing)] }));
    expect(reasons).toMatchObject([{ reason: 'child_missing', severity: 'degraded' }]);
  });

  it('is degraded by a tenant whose only job of late failed', () => {
    const { reasons } = serviceState(facts({ recentJobs: [{ tenantId: 'quiet', ended: 1, failed: 1 }] }));
    expect(reasons.map(({ message }) => message)).toEqual([
      'Jobs fail: 1 of 1 of quiet in 5 minutes; each failed job shows its reason.',
    ]);
  });

  it('has the worst reason first, each once, and is as bad as the worst', () => {
    const all = serviceState(
      facts({
        children: [child(crashed), worker(0), worker(1, { ...crashed, recentRestarts: 9 })],
        redis: { ...held, problem: 'READONLY' },
        acceptsNoWebhook: true,
        refusedWebhooks: 1,
        oldestJobAgeSeconds: 100,
        recentNotes: { byModel: 0, fallback: 9 },
      }),
    );
    expect(all.state).toBe('unready');
    expect(all.reasons.map(({ reason }) => reason)).toEqual([
      'role_not_ready',
      'redis_not_writable',
      'webhooks_refused',
      'child_crash_looping',
      'child_missing',
      'queue_late',
      'model_fallback',
    ]);
    expect(readinessOf(all)).toMatchObject({ ready: false, state: 'unready', reasons: { length: 2 } });
  });

  it('names three of ten thousand tenants, and how many more', () => {
    const recentJobs = Array.from({ length: 10_000 }, (_, i) => ({ tenantId: `t${i}`, ended: 3, failed: 3 }));
    const [reason] = serviceState(facts({ recentJobs })).reasons;
    expect(reason?.message).toMatch(/^Jobs fail: 3 of 3 of t0 .*; and 9997 more; each/);
  });

  it('cuts the last words of deferred jobs between words', () => {
    const group = { tenantId: 'acme', reason: 'desk_unavailable', jobs: 1, nextAtMs: 0, sinceMs: 0, held };
    const [reason] = serviceState(
      facts({ deferred: [{ ...group, message: 'The desk said word\n'.repeat(99) }] }),
    ).reasons;
    expect(reason?.message.length).toBeLessThan(350);
    expect(reason?.message).toMatch(/UTC, “The desk said word The desk .* …”; they run when the reason has passed\.$/);
  });

  it('does not tell a probe without a token whom it degrades', () => {
    const state = serviceState(facts({ recentJobs: [{ tenantId: 'acme', ended: 4, failed: 4 }] }));
    expect(readinessOf(state)).toEqual({ ready: true, state: 'degraded', reasons: [] });
  });

  it('has a section of the runbook for each reason', () => {
    const path = 'docs/operations/runbooks/EnhancementServiceDegraded.md';
    const runbook = existsSync(path) ? readFileSync(path, 'utf8') : '';
    expect(stateReasons.filter((reason) => !runbook.includes(`### \`${reason}\``))).toEqual([]);
  });
});
