import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import supertest from 'supertest';
import { createLogger } from '../../src/logging/logger.js';
import { roles, stateReasons } from '../../src/telemetry/catalog.js';
import { createMetricsPort, type MetricsPortDependencies } from '../../src/admin/metrics-port.js';
import { createQueueWatcher } from '../../src/primary/watchers/queue-watcher.js';
import { createProducer, type EnhancementProducer } from '../../src/queue/producer.js';
import { createQueueReader } from '../../src/queue/queue-reader.js';
import { type Exposition, parseExposition, valueOf } from '../support/exposition.js';
import { listenOnFreePort } from '../support/http-server.js';
import {
  type MonitoredChild,
  monitoredChild,
  openPrimaryMonitoring,
  primaryMonitoringOfTest,
} from '../support/monitoring.js';
import { queueOfFile, redisOfFile } from '../support/of-file.js';
import { afterFile, afterTest } from '../support/opened.js';
import { until } from '../support/service.js';

/** `/metrics` as the primary serves it, over a real queue; the children report from this process. */

const redis = redisOfFile();
const queue = queueOfFile(redis);
let producer: EnhancementProducer;
let watcher: ReturnType<typeof createQueueWatcher>;
beforeAll(async () => {
  producer = createProducer({ redisUrl: redis.url, attempts: 4 });
  afterFile(() => producer.close());
  watcher = createQueueWatcher(createQueueReader(queue));
  afterFile(() => watcher.stop());
  await until('Redis is connected', async () => (await watcher.current()) !== undefined);
});

/** Any moment that a commit to a primary that reads is not late for. */
const inTime = (): number => performance.now() + 5000;

const primary = primaryMonitoringOfTest({ readQueue: () => watcher.current() });
let children: MonitoredChild[];
beforeEach(() => {
  const tenants = ['acme', 'globex'];
  children = [
    monitoredChild('http', 0, tenants),
    monitoredChild('worker', 0, tenants),
    monitoredChild('worker', 1, tenants),
  ];
  for (const child of children) afterTest(() => child.end());
});

function app(overrides: Partial<MetricsPortDependencies> = {}) {
  return createMetricsPort({
    metrics: primary.scrape,
    metricsBearerToken: undefined,
    publicHosts: [],
    readiness: async () => ({ ready: false, state: 'unready', reasons: ['Redis is away.'] }),
    status: () => Promise.reject(new Error('broken')),
    events: { handle: () => undefined },
    assets: { version: 'none', get: () => undefined },
    queuePage: undefined,
    readTicket: async (tenant, id) => (tenant === 'acme' && id === 'T-1' ? { ticket_id: id } : undefined),
    openApi: async () => ({ openapi: '3.1.1' }),
    log: createLogger({ level: 'silent', role: 'primary', slot: 0 }),
    ...overrides,
  });
}

async function scrape(): Promise<Exposition> {
  const { text } = await supertest(app())
    .get('/metrics')
    .expect(200)
    .expect('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(text);
}

const end = {
  tenantId: 'acme',
  jobId: 'd1',
  instance: 'this run',
  outcome: 'success',
  seconds: 0.3,
  correlationId: 'c1',
} as const;

describe('GET /metrics', () => {
  it('adds up what http and worker children report, and what is in the queue', async () => {
    const [http, first, second] = children;
    http?.webhooks.queued('acme', 'd1', 'c1');
    http?.webhooks.duplicate('acme');
    http?.webhooks.rejected('unknown', 'unauthorized');
    http?.webhooks.answered('acme', 'success', 0.01);
    http?.webhooks.httpAnswered('POST', '/webhook/servicedesk', 202, 0.01);
    http?.webhooks.httpAnswered('BREW', 'unmatched', 404, 0.01);
    first?.jobs.attemptFailed('acme', 'd1', 1);
    first?.jobs.attemptFailed('acme', 'd1', 1);
    first?.jobs.operation({
      tenantId: 'acme',
      operation: 'llm_synthesis',
      status: 'success',
      seconds: 0.2,
      correlationId: 'c1',
    });
    first?.jobs.synthesized('acme', 'llm');
    first?.jobs.contextFailed('acme', 'inventory');
    first?.jobs.tokensUsed('acme', 'small', 100, 20);
    // The job runs again in another child, because the first died before Redis had its end.
    first?.jobs.finished(end);
    second?.jobs.finished(end);
    await Promise.all(children.map(({ webhooks }) => webhooks.committed(inTime())));
    await producer.enqueue('d9', {
      version: 1,
      tenantId: 'acme',
      ticketId: 'T',
      subject: '',
      description: 'x',
      priority: 'low',
      createdAt: '2026-01-01T00:00:00Z',
      correlationId: 'c',
      acceptedAtMs: Date.now(),
      nonce: 'n',
    });
    let answer = await scrape();
    // A scrape does not wait for long for Redis: it has the reading before this one then.
    await until('the queue is read', async () => {
      answer = await scrape();
      return valueOf(answer, 'queue_depth', { queue_name: 'enhancement:queue' }) === 1;
    });
    const requests = (status: string, tenant_id = 'acme') =>
      valueOf(answer, 'enhancement_requests_total', { tenant_id, status });
    expect(
      ['received', 'queued', 'rejected', 'pending', 'success', 'failure'].map((status) => requests(status)),
    ).toEqual([2, 1, 0, 1, 1, 0]);
    expect(requests('received', 'unknown')).toBe(1);
    expect(requests('received', 'globex')).toBe(0);
    expect(valueOf(answer, 'webhook_duplicates_total', { tenant_id: 'acme' })).toBe(1);
    expect(valueOf(answer, 'webhook_rejections_total', { reason: 'unauthorized' })).toBe(1);
    expect(
      valueOf(answer, 'enhancement_duration_seconds_bucket', { tenant_id: 'acme', status: 'success', le: '0.25' }),
    ).toBe(0);
    expect(
      valueOf(answer, 'enhancement_duration_seconds_bucket', { tenant_id: 'acme', status: 'success', le: '0.5' }),
    ).toBe(1);
    expect(valueOf(answer, 'enhancement_success_rate', { tenant_id: 'acme' })).toBe(100);
    expect(primary.registry.values('enhancement_success_rate')).toEqual([
      { labels: { tenant_id: 'acme' }, value: 100, trials: 1 },
    ]);
    expect(valueOf(answer, 'llm_tokens_total', { model: 'small', type: 'completion' })).toBe(20);
    expect(valueOf(answer, 'http_request_duration_seconds_count', { method: 'other', route: 'unmatched' })).toBe(1);
    expect(valueOf(answer, 'queue_jobs', { state: 'prioritized' })).toBe(1);
    expect(valueOf(answer, 'worker_active_count', { worker_type: 'bullmq_enhancement' })).toBe(2);
    expect(valueOf(answer, 'cluster_children', { role: 'worker', state: 'ready' })).toBe(2);
  });

  it('counts a job as queued that its http child could not count any more, but not another run’s', async () => {
    const [, worker] = children;
    worker?.jobs.finished({ ...end, jobId: 'd2' });
    worker?.jobs.finished({ ...end, jobId: 'd3', instance: 'an earlier run' });
    await worker?.jobs.committed();
    const answer = await scrape();
    expect(valueOf(answer, 'enhancement_requests_total', { tenant_id: 'acme', status: 'queued' })).toBe(1);
    expect(valueOf(answer, 'enhancement_requests_total', { tenant_id: 'acme', status: 'success' })).toBe(2);
  });

  it('carries the correlation id as an exemplar in OpenMetrics', async () => {
    children[1]?.jobs.finished(end);
    await children[1]?.jobs.committed();
    const { text } = await supertest(app())
      .get('/metrics')
      .set('accept', 'application/openmetrics-text; version=1.0.0')
      .expect(200);
    const bucket = parseExposition(text).samples.find(
      ({ name, exemplar }) => name === 'enhancement_duration_seconds_bucket' && exemplar,
    );
    expect(bucket?.exemplar).toEqual({ labels: { correlation_id: 'c1' }, value: 0.3 });
  });

  it('shows every process’s own metrics under its role and slot, and none that promtool refuses', async () => {
    const answer = await scrape();
    const seen = answer.samples
      .filter(({ name }) => name === 'process_resident_memory_bytes')
      .map(({ labels }) => labels['role']);
    expect(new Set(seen)).toEqual(new Set(roles));
    expect(answer.samples.some(({ name }) => name === 'nodejs_active_handles_total')).toBe(false);
  });

  it('counts restarts', async () => {
    primary.childRestarted('worker', 'hung');
    expect(valueOf(await scrape(), 'cluster_child_restarts_total', { role: 'worker', reason: 'hung' })).toBe(1);
  });

  it('lets the queue’s figures go when Redis cannot be read, rather than lie', async () => {
    await scrape();
    const failing = await openPrimaryMonitoring({
      activeWorkers: () => 0,
      stateReasons: () => new Set(['redis_not_writable']),
    });
    const { text } = await supertest(app({ metrics: failing.scrape }))
      .get('/metrics')
      .expect(200);
    const answer = parseExposition(text);
    expect(valueOf(answer, 'queue_depth')).toBeUndefined();
    expect(valueOf(answer, 'worker_active_count')).toBe(0);
    for (const reason of stateReasons) {
      const expected = reason === 'redis_not_writable' ? 1 : 0;
      expect([reason, valueOf(answer, 'service_degraded', { reason })]).toEqual([reason, expected]);
    }
  });

  it('wants the bearer token when one is set', async () => {
    const guarded = app({ metricsBearerToken: 'right' });
    await supertest(guarded)
      .get('/metrics')
      .expect(401)
      .expect('www-authenticate', /Bearer/);
    await supertest(guarded).get('/metrics').set('authorization', 'Bearer wrong').expect(401);
    await supertest(guarded).get('/metrics').set('authorization', 'Bearer right').expect(200);
    await supertest(guarded).get('/healthz').expect(200);
  });

  it('is found by a whole URL too, as some proxies send it, and with the same token', async () => {
    const { port, close } = await listenOnFreePort(createServer(app({ metricsBearerToken: 'right' })));
    afterTest(close);
    const ask = async (headers: Record<string, string>): Promise<unknown> => {
      const [response] = await once(
        get({ port, path: 'http://tickets.example/metrics', headers, agent: false }),
        'response',
      );
      return (response as IncomingMessage).resume().statusCode;
    };
    expect([await ask({}), await ask({ authorization: 'Bearer right' })]).toEqual([401, 200]);
  });
});

describe('the other addresses of the metrics port', () => {
  it('tell readiness with its reasons', async () => {
    await supertest(app())
      .get('/readyz')
      .expect(503, { ready: false, state: 'unready', reasons: ['Redis is away.'] });
  });

  it('show a ticket of the local desk to its tenant only', async () => {
    await supertest(app()).get('/desk/acme/tickets/T-1').expect(200, { ticket_id: 'T-1' });
    await supertest(app())
      .get('/desk/globex/tickets/T-1')
      .expect(404)
      .expect('content-type', /problem\+json/);
  });

  it('answer a failure without its details', async () => {
    const { text } = await supertest(app()).get('/status').expect(503);
    expect(text).not.toContain('broken');
    await supertest(app()).get('/nothing').expect(404);
  });
});
