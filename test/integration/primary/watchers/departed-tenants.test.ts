import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Queue } from 'bullmq';
import { oneWayChannel } from '../../../support/one-way-channel.js';
import { Registry } from 'prom-client';
import { createLogger } from '../../../../src/logging/logger.js';
import { startChildMonitoring } from '../../../../src/telemetry/child-monitoring.js';
import { createDepartedTenants, type DepartedTenants } from '../../../../src/primary/watchers/departed-tenants.js';
import { queuePrefix } from '../../../../src/redis/key-prefix.js';
import { queueName } from '../../../../src/redis/keys.js';
import { createTenantJobs } from '../../../../src/queue/tenant-jobs.js';
import { parseExposition, valueOf } from '../../../support/exposition.js';
import { type MonitoredChild, monitoredChild, primaryMonitoringOfTest } from '../../../support/monitoring.js';
import { queueOfFile, redisOfFile } from '../../../support/of-file.js';
import { bullQueue } from '../../../support/of-test.js';
import { afterFile, afterTest } from '../../../support/opened.js';
import { until } from '../../../support/service.js';
import { watchCounters, type Watcher } from '../../../support/watcher.js';

/** Tenants that leave and come back: real totals and a real queue; the children report from this process. */

const redis = redisOfFile();
const jobs = createTenantJobs(queueOfFile(redis));
let queue: Queue<unknown>;
beforeAll(() => {
  queue = bullQueue(redis.client, afterFile);
});

afterEach(() => queue.obliterate({ force: true }));

/** @param options where it waits; nothing: in the plain list */
const add = (tenantId: string, id: string, options: { delay?: number; priority?: number } = {}) =>
  queue.add('enhance', { version: 1, subject: '"tenantId":"decoy"', tenantId }, { jobId: id, ...options });

describe('tenants with jobs', () => {
  const all = new Set(['one', 'two', 'three', 'four', 'five', 'decoy']);

  it('are those with a job that waits, is delayed or is being worked on', async () => {
    await add('one', 'd1');
    const token = 'held';
    const { Worker } = await import('bullmq');
    const worker = new Worker(queueName, null, { prefix: queuePrefix, connection: redis.client });
    const active = await worker.getNextJob(token);
    expect(active?.id).toBe('d1');
    await add('two', 'd2', { priority: 5 });
    await add('three', 'd3', { delay: 60_000 });
    await add('four', 'd4');
    expect(await jobs.withJobs(all)).toEqual(new Set(['one', 'two', 'three', 'four']));
    expect(await jobs.withJobs(new Set(['five', 'two']))).toEqual(new Set(['two']));
    await active?.moveToCompleted('done', token, false);
    expect(await jobs.withJobs(all)).toEqual(new Set(['two', 'three', 'four']));
    await queue.pause();
    expect(await jobs.withJobs(all)).toEqual(new Set(['two', 'three', 'four']));
    await queue.resume();
    await worker.close();
  });

  it('are found behind more jobs than fit on a page', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => ({
      name: 'enhance',
      data: { tenantId: i === 1199 ? 'two' : 'one' },
      opts: { jobId: `d${i}` },
    }));
    await queue.addBulk(many);
    expect(await jobs.withJobs(all)).toEqual(new Set(['one', 'two']));
  });
});

describe('the series of a tenant that leaves', () => {
  const primary = primaryMonitoringOfTest();
  let departed: DepartedTenants;
  let watcher: Watcher;
  const children: MonitoredChild[] = [];

  beforeEach(() => {
    const log = createLogger({ level: 'silent', role: 'primary', slot: 0 });
    const configured = ['acme', 'globex'];
    departed = createDepartedTenants({ series: primary, jobs, configured, log, intervalMs: 20, confirmMs: 5 });
    watcher = watchCounters(scrape);
    afterTest(() => replaceChildren([]));
    afterTest(() => departed.stop());
  });

  async function scrape() {
    const { parts } = await primary.registry.scrape();
    return parseExposition(Buffer.concat(parts).toString('utf8'));
  }

  async function replaceChildren(tenantIds: readonly string[]): Promise<readonly MonitoredChild[]> {
    const before = children.splice(0);
    if (tenantIds.length > 0)
      children.push(...(['http', 'worker'] as const).map((role) => monitoredChild(role, 0, tenantIds)));
    for (const child of before) await child.end();
    return [...children];
  }

  /** As `spec` would have it: what came in, and what became of it. Undefined: the tenant has no series. */
  async function requestsOf(tenantId: string): Promise<Record<string, number> | undefined> {
    await watcher.look();
    const { samples } = await scrape();
    const own = samples.filter(({ labels }) => labels['tenant_id'] === tenantId);
    const counts = own.filter(({ name }) => name === 'enhancement_requests_total');
    if (own.length === 0) return undefined;
    const duplicates = own.find(({ name }) => name === 'webhook_duplicates_total')?.value ?? 0;
    const of = Object.fromEntries(counts.map(({ labels, value }) => [labels['status'] ?? '', value]));
    expect(of['received']).toBe((of['queued'] ?? 0) + (of['rejected'] ?? 0) + duplicates);
    return of;
  }

  const gone = (tenantId: string) =>
    until(`${tenantId} has no series`, async () => (await requestsOf(tenantId)) === undefined);

  const finish = (worker: MonitoredChild | undefined, jobId: string, outcome: 'success' | 'failure' = 'success') =>
    worker?.jobs.finished({
      tenantId: 'globex',
      jobId,
      instance: 'this run',
      outcome,
      seconds: 1,
      correlationId: 'c',
    });

  it('go after its last job, come back with it, and add up at every moment', async () => {
    const [http, worker] = await replaceChildren(['acme', 'globex']);
    for (const id of ['d1', 'd2', 'd3']) {
      http?.webhooks.queued('globex', id, 'c');
      await add('globex', id);
    }
    http?.webhooks.duplicate('globex');
    http?.webhooks.rejected('globex', 'rate_limited');
    worker?.jobs.deferred('globex', 'desk_unavailable');
    finish(worker, 'd1');
    await queue.remove('d1');
    await http?.webhooks.committed(performance.now() + 5000);
    await worker?.jobs.committed();
    const before = await requestsOf('globex');
    expect(before).toMatchObject({ received: 5, queued: 3, rejected: 1, success: 1, failure: 0 });

    // It leaves, with two jobs in the queue.
    const [, second] = await replaceChildren(['acme']);
    departed.reloaded(['acme']);
    for (let looks = 0; looks < 5; looks++) expect(await requestsOf('globex')).toEqual(before);
    finish(second, 'd2', 'failure');
    await queue.remove('d2');
    await second?.jobs.committed();
    expect(await requestsOf('globex')).toMatchObject({ queued: 3, success: 1, failure: 1 });
    finish(second, 'd3');
    await second?.jobs.committed();
    await queue.remove('d3');
    await gone('globex');
    expect((await requestsOf('acme'))?.['received']).toBe(0);

    // The last job is reported once more, by a worker that died with it: nothing to add, and the series go again.
    finish(second, 'd3');
    await second?.jobs.committed();
    await gone('globex');

    // It returns.
    const [third, fourth] = await replaceChildren(['acme', 'globex']);
    departed.reloaded(['acme', 'globex']);
    expect(await requestsOf('globex')).toMatchObject({ received: 5, queued: 3, rejected: 1, success: 2, failure: 1 });
    // Also what none of the new children has.
    const deferral = { tenant_id: 'globex', reason: 'desk_unavailable' };
    expect(valueOf(await scrape(), 'enhancement_deferrals_total', deferral)).toBe(1);
    third?.webhooks.queued('globex', 'd4', 'c');
    finish(fourth, 'd4');
    await third?.webhooks.committed(performance.now() + 5000);
    await fourth?.jobs.committed();
    expect(await requestsOf('globex')).toMatchObject({ received: 6, queued: 4, success: 3, failure: 1 });
    expect(watcher.decreases).toEqual([]);
  });

  it('go after its last job when it left before the primary started, and those of strangers stay', async () => {
    const [http, worker] = await replaceChildren(['acme', 'globex']);
    const shown = async (tenantId: string) => {
      const { samples } = await scrape();
      return new Set(samples.flatMap(({ name, labels }) => (labels['tenant_id'] === tenantId ? [name] : [])));
    };
    await add('removed', 'd1');
    worker?.jobs.deferred('removed', 'tenant_unknown');
    http?.webhooks.rejected('unknown', 'unauthorized');
    await worker?.jobs.committed();
    await http?.webhooks.committed(performance.now() + 5000);
    for (let looks = 0; looks < 5; looks++) {
      expect(await shown('removed')).toEqual(new Set(['enhancement_deferrals_total']));
    }
    const end = { tenantId: 'removed', jobId: 'd1', instance: 'an earlier run', correlationId: 'c', seconds: 1 };
    worker?.jobs.finished({ ...end, outcome: 'failure' });
    await worker?.jobs.committed();
    expect(await shown('removed')).toContain('enhancement_requests_total');
    await queue.remove('d1');
    await until('its series have gone', async () => (await shown('removed')).size === 0);
    // One whose jobs were deferred here, and ended on another machine.
    worker?.jobs.deferred('elsewhere', 'tenant_unknown');
    await worker?.jobs.committed();
    await until('its deferrals have gone', async () => (await shown('elsewhere')).size === 0);
    expect(await shown('unknown')).toContain('enhancement_requests_total');
  });

  it('stay when it returns before they have gone', async () => {
    const [http] = await replaceChildren(['acme', 'globex']);
    http?.webhooks.queued('globex', 'd1', 'c');
    await http?.webhooks.committed(performance.now() + 5000);
    departed.reloaded(['acme']);
    departed.reloaded(['acme', 'globex']);
    for (let looks = 0; looks < 20; looks++) expect(await requestsOf('globex')).toMatchObject({ queued: 1 });
  });
});

describe('a job that has ended', () => {
  it('is not counted as queued again when it is older than its key', async () => {
    const counted: string[] = [];
    const { jobs: recorder, stop } = startChildMonitoring({
      role: 'worker',
      slot: 0,
      instance: 'this run',
      tenantIds: [],
      jobMaxAgeHours: 24,
      onError: () => undefined,
      registry: new Registry(),
      channel: oneWayChannel((message, done) => {
        if (message.type === 'cluster-metrics:frame') {
          for (const { once, rememberMs } of message.sections) if (once) counted.push(`${once} ${rememberMs}`);
        }
        setImmediate(() => done(null));
      }),
    });
    const end = { tenantId: 'acme', instance: 'this run', outcome: 'success', correlationId: 'c' } as const;
    recorder.finished({ ...end, jobId: 'young', seconds: 24.5 * 3600 });
    recorder.finished({ ...end, jobId: 'old', seconds: 24.5 * 3600 + 1 });
    await recorder.committed();
    await stop();
    expect(counted).toEqual(['queued:young 90000000', 'finished:young 90000000', 'finished:old 90000000']);
  });
});
