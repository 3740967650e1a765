import { expect, it } from '@jest/globals';
import type { Distribution, Reading } from '../../../../src/cluster-metrics/index.js';
import type { MetricName } from '../../../../src/telemetry/catalog.js';
import { createFactReader, type FactSources } from '../../../../src/primary/state/fact-reader.js';
import { createWebhookFacts } from '../../../../src/primary/state/webhook-facts.js';
import type { ChildStatus } from '../../../../src/primary/children/child-status.js';

const child: ChildStatus = {
  role: 'worker',
  slot: 1,
  pid: 7,
  state: 'ready',
  uptime: 1,
  restarts: 0,
  lastRestart: undefined,
  reportAgeSeconds: 0,
  redisProblem: undefined,
  configuration: '3f2a91c0',
};

function sources(fields: Partial<FactSources> = {}, totals: Partial<Record<MetricName, Reading[]>> = {}): FactSources {
  return {
    children: () => [child],
    queue: async () => undefined,
    isRedisEmbedded: () => false,
    redisProblem: () => undefined,
    evictionPolicy: async () => undefined,
    embeddedRedisProblem: () => undefined,
    deferredJobs: async () => undefined,
    modelFailure: async () => undefined,
    failedReload: () => undefined,
    tenants: () => [],
    values: (name) => totals[name] ?? [],
    distributions: () => [],
    ...fields,
  };
}

it('are read from the totals: what counters grew by, and how many jobs a success rate is of', async () => {
  const read = createFactReader(
    sources(
      {},
      {
        webhook_rejections_total: [
          { labels: { reason: 'queue_unavailable' }, value: 3 },
          { labels: { reason: 'unauthorized' }, value: 50 },
        ],
        enhancement_success_rate: [
          { labels: { tenant_id: 'acme' }, value: 75, trials: 8 },
          { labels: { tenant_id: 'globex' }, value: 100, trials: 8 },
        ],
        enhancement_synthesis_total: [
          { labels: { tenant_id: 'acme', mode: 'llm' }, value: 4 },
          { labels: { tenant_id: 'acme', mode: 'fallback' }, value: 2 },
          { labels: { tenant_id: 'globex', mode: 'extractive' }, value: 9 },
        ],
        enhancement_context_failures_total: [{ labels: { tenant_id: 'acme', source: 'ticket_history' }, value: 2 }],
      },
    ),
  );
  expect(await read()).toMatchObject({
    refusedWebhooks: 3,
    recentJobs: [{ tenantId: 'acme', ended: 8, failed: 2 }],
    recentNotes: { byModel: 4, fallback: 2 },
    recentContextFailures: [{ tenantId: 'acme', source: 'ticket_history', failures: 2, notes: 6 }],
  });
});

it('have the documents of each source that are not used whole', async () => {
  const of = (source: string, state: string, value: number): Reading => ({
    labels: { tenant_id: 'acme', source, state },
    value,
  });
  const documents = [
    of('knowledge_base', 'used', 9),
    of('knowledge_base', 'truncated', 1),
    of('knowledge_base', 'skipped', 2),
    of('inventory', 'used', 3),
    of('inventory', 'skipped', 0),
  ];
  const { contextLeftOut } = await createFactReader(sources({}, { context_documents: documents }))();
  expect(contextLeftOut).toEqual([{ tenantId: 'acme', source: 'knowledge_base', documents: 3 }]);
});

it('say since when something has held, without a break', async () => {
  let state: ChildStatus['state'] = 'backoff';
  let problem: string | undefined = 'READONLY';
  const deferred = { tenantId: 'acme', reason: 'desk_throttled', jobs: 2, nextAtMs: 5, sinceMs: 1, message: 'm' };
  const read = createFactReader(
    sources({
      children: () => [{ ...child, state, restarts: 4, redisProblem: problem }],
      redisProblem: () => problem,
      deferredJobs: async () => [deferred],
    }),
  );
  const first = await read();
  const second = await read();
  expect(first.children).toMatchObject([{ state: 'backoff', recentRestarts: 4 }]);
  expect(second.children[0]?.missing?.since).toBe(first.children[0]?.missing?.since);
  expect(second.children[0]?.redis).toEqual({ ...first.children[0]?.redis, forMs: expect.any(Number) });
  expect(second.children[0]?.redis).toMatchObject({ problem: 'READONLY' });
  expect(second.redis).toMatchObject({ problem: 'READONLY', since: first.redis?.since });
  expect(second.deferred).toMatchObject([{ ...deferred, held: { since: first.deferred[0]?.held.since } }]);
  state = 'ready';
  problem = undefined;
  const third = await read();
  expect([third.children[0]?.missing, third.children[0]?.redis, third.redis]).toEqual(Array(3).fill(undefined));
});

it('count the webhooks of each tenant every five seconds only, because there may be ten thousand tenants', () => {
  let looks = 0;
  const facts = createWebhookFacts(sources({ tenants: () => [{ id: `${++looks}`, active: true }] }));
  for (const atMs of [0, 1000, 4999, 5000, 9000]) facts(atMs);
  expect(looks).toBe(2);
});

it('tell that no webhook is accepted from the last moments', async () => {
  const answered = (status_code: string, count: number) => ({
    labels: { method: 'POST', route: '/webhook/servicedesk', status_code },
    count,
    sum: 0,
    bounds: [],
    buckets: [],
  });
  const refusals = { webhook_rejections_total: [{ labels: { reason: 'queue_unavailable' }, value: 2 }] };
  const found = (answers: Distribution[]) =>
    createFactReader(sources({ distributions: () => answers }, refusals))().then((facts) => facts.acceptsNoWebhook);
  expect(await found([answered('503', 2), answered('401', 7)])).toBe(true);
  expect(await found([answered('503', 2), answered('202', 1)])).toBe(false);
  expect((await createFactReader(sources())()).acceptsNoWebhook).toBe(false);
});
