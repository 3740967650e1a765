import { beforeEach, describe, expect, it } from '@jest/globals';
import { createDeferredJobs, mostRead, promoteDeferred } from '../../../src/queue/deferred-jobs.js';
import { createJobOperations } from '../../../src/queue/job-operations.js';
import { createJobRecovery } from '../../../src/queue/job-recovery.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { until } from '../../support/service.js';
import { type RunningWorker, startWorker, tenant, tenantsOf, ticketJob } from '../../support/worker.js';

/** Deferred jobs as operators see them, and how they run before their time. */

const redis = redisOfFile();
const queue = queueOfFile(redis);
beforeEach(() => redis.client.flushall());

const jobId = (n: number) => `d${String(n).padStart(40, '0')}`;

/** A delayed job that has been deferred, or waits for a retry. */
async function addDelayed(n: number, deferral?: { tenantId: string; reason: string; message?: string }): Promise<void> {
  await queue.use(async ({ queue: bull }) => {
    const job = await bull.add('enhance', ticketJob({ ticketId: `T-${n}` }), {
      jobId: jobId(n),
      delay: 60_000 + n * 1000,
      priority: 1,
    });
    if (deferral === undefined) return;
    const record = { message: 'why', sinceMs: 1000 + n, untilMs: 0, count: 2, ...deferral };
    await job.updateProgress({ number: 0, deferral: record });
  });
}

const waiting = (): Promise<string[]> => redis.client.zrange('enhancement:queue:prioritized', 0, '-1');

describe('deferred jobs', () => {
  it('are grouped by tenant and reason, without the jobs that wait for a retry', async () => {
    await addDelayed(1, { tenantId: 'acme', reason: 'desk_unavailable', message: 'the first' });
    await addDelayed(2, { tenantId: 'acme', reason: 'desk_unavailable' });
    await addDelayed(3, { tenantId: 'globex', reason: 'of another release' });
    await addDelayed(4);
    const { groups, isLowerBound } = await createDeferredJobs(queue).summary();
    expect(groups).toEqual([
      {
        tenantId: 'acme',
        reason: 'desk_unavailable',
        jobs: 2,
        nextAtMs: expect.any(Number),
        sinceMs: 1001,
        message: 'the first',
      },
      {
        tenantId: 'globex',
        reason: 'of another release',
        jobs: 1,
        nextAtMs: expect.any(Number),
        sinceMs: 1003,
        message: 'why',
      },
    ]);
    expect(groups[0]?.nextAtMs).toBeGreaterThan(Date.now() + 50_000);
    expect(isLowerBound).toBe(false);
  });

  it('are listed one by one, with their tickets, and shown with their reason', async () => {
    await addDelayed(2, { tenantId: 'acme', reason: 'desk_throttled' });
    await addDelayed(1, { tenantId: 'acme', reason: 'desk_throttled' });
    await addDelayed(3, { tenantId: 'globex', reason: 'desk_throttled' });
    const deferred = createDeferredJobs(queue);
    const ids = async (options: Parameters<typeof deferred.list>[0]) =>
      (await deferred.list(options)).map(({ id, ticketId }) => `${id.slice(-1)} ${ticketId}`);
    expect(await ids({ limit: 10 })).toEqual(['1 T-1', '2 T-2', '3 T-3']);
    expect(await ids({ limit: 1, tenantId: 'globex' })).toEqual(['3 T-3']);
    expect(await createJobOperations(queue).find(jobId(1))).toMatchObject({
      state: 'delayed',
      deferred: { reason: 'desk_throttled', message: 'why', times: 2 },
    });
  });

  it('are counted up to a bound, and it is said that there are more', async () => {
    const entries = Array.from({ length: mostRead + 1 }, (_, n) => [n + 1, jobId(n)]).flat();
    await redis.client.zadd('enhancement:queue:delayed', ...entries);
    const record = { tenantId: 'acme', reason: 'desk_throttled', message: '', sinceMs: 1, untilMs: 1, count: 1 };
    const pipeline = redis.client.pipeline();
    for (let n = 0; n <= mostRead; n++) {
      pipeline.hset(`enhancement:queue:${jobId(n)}`, 'progress', JSON.stringify({ deferral: record }));
    }
    await pipeline.exec();
    const { groups, isLowerBound } = await createDeferredJobs(queue).summary();
    expect(groups).toMatchObject([{ jobs: mostRead }]);
    expect(isLowerBound).toBe(true);
  });

  it('run at once when they are promoted, by tenant and reason, and the others keep their time', async () => {
    await addDelayed(1, { tenantId: 'acme', reason: 'desk_unavailable' });
    await addDelayed(2, { tenantId: 'acme', reason: 'redis_unavailable' });
    await addDelayed(3, { tenantId: 'globex', reason: 'desk_unavailable' });
    await addDelayed(4);
    const which = { tenantId: 'acme', reasons: ['desk_unavailable', 'desk_throttled'] };
    const promote = () => queue.use((access) => promoteDeferred(access, which));
    expect(await promote()).toEqual({ promoted: 1, more: false });
    expect(await promote()).toEqual({ promoted: 0, more: false });
    expect(await waiting()).toEqual([jobId(1)]);
    expect(await createJobRecovery(queue).promoteDeferred()).toBe(2);
    expect((await waiting()).sort()).toEqual([1, 2, 3].map(jobId));
    expect(await redis.client.zrange('enhancement:queue:delayed', 0, '-1')).toEqual([jobId(4)]);
  });

  it('are promoted by many at once, and each runs once', async () => {
    for (let n = 0; n < 30; n++) await addDelayed(n, { tenantId: 'acme', reason: 'desk_unavailable' });
    const recovery = createJobRecovery(queue);
    const promoted = await Promise.all(Array.from({ length: 5 }, () => recovery.promoteDeferred({ tenantId: 'acme' })));
    expect(promoted.reduce((sum, one) => sum + one, 0)).toBe(30);
    expect(await waiting()).toHaveLength(30);
  });
});

describe('a job that this process does not understand yet', () => {
  /** Once it is counted, which is a moment after Redis has it. */
  async function deferred(worker: RunningWorker, id: string) {
    const state = await worker.ended(id, ['delayed', 'completed', 'failed']);
    if (state === 'delayed') await until('it is counted', () => worker.events.deferred.length > 0);
    return state;
  }

  it('of a tenant that it does not know is deferred, and run by a worker that knows it', async () => {
    const older = await startWorker(redis, tenantsOf(tenant('acme')));
    const id = await older.add(ticketJob({ tenantId: 'added' }), { attempts: 1, priority: 1 });
    expect(await deferred(older, id)).toBe('delayed');
    expect(await redis.client.hget(`enhancement:queue:${id}`, 'priority')).toBe('2'); // behind tenants with nothing waiting
    // Under its own name, as it was counted when it was queued.
    expect(older.events.deferred).toEqual([{ tenantId: 'added', reason: 'tenant_unknown' }]);
    expect(older.events.finished).toEqual([]);
    await older.stop();

    const running = await startWorker(redis, tenantsOf(tenant('acme'), tenant('added')));
    await createJobRecovery(queue).promoteDeferred({ reasons: ['tenant_unknown'] });
    expect(await running.ended(id)).toBe('completed');
    expect(running.events.finished).toMatchObject([{ tenantId: 'added', outcome: 'success' }]);
    expect((await running.localDesk.readTicket('added', 'TKT-1001'))?.notes).toHaveLength(1);
  });

  it('of a tenant that has another desk now is deferred, so that no ticket of that desk gets its note', async () => {
    const running = await startWorker(redis, tenantsOf(tenant('acme')));
    const id = await running.add(ticketJob({ desk: 'zendesk', ticketId: '42' }), { attempts: 1 });
    expect(await deferred(running, id)).toBe('delayed');
    expect(running.events.deferred).toEqual([{ tenantId: 'acme', reason: 'tenant_unknown' }]);
    expect(await running.localDesk.readTicket('acme', '42')).toBeUndefined();
    const same = await running.add(ticketJob({ desk: 'local', ticketId: '43' }));
    expect(await running.ended(same)).toBe('completed');
  });

  it('of a newer release is deferred, whatever else is in it, and ages from when it was queued', async () => {
    const running = await startWorker(redis, tenantsOf(tenant('acme')));
    const newer = { version: 99, tenantId: 'acme', payload: { of: 'another form' } };
    const id = jobId(9);
    await running.queue.add('enhance', newer, { jobId: id, attempts: 1 });
    expect(await deferred(running, id)).toBe('delayed');
    expect(running.events.deferred).toEqual([{ tenantId: 'acme', reason: 'job_version' }]);

    const old = jobId(10);
    await running.queue.add('enhance', newer, { jobId: old, attempts: 1, timestamp: Date.now() - 25 * 3_600_000 });
    expect(await deferred(running, old)).toBe('failed');
    expect((await running.queue.getJob(old))?.failedReason).toMatch(/^JOB_VERSION_UNKNOWN: /);
  });

  it('has a field that is unknown here: it is ignored', async () => {
    const running = await startWorker(redis, tenantsOf(tenant('acme')));
    const id = await running.run({ ...ticketJob(), added: 'by a later release of the same version' } as never);
    expect(await running.ended(id)).toBe('completed');
  });

  it('under a tenant that no tenant can be called counts as unknown', async () => {
    const running = await startWorker(redis, tenantsOf(tenant('acme')));
    const id = await running.add(ticketJob({ tenantId: 'Not A Tenant\n' }));
    expect(await deferred(running, id)).toBe('delayed');
    expect(running.events.deferred).toEqual([{ tenantId: 'unknown', reason: 'tenant_unknown' }]);
  });
});

it('the jobs of a tenant that is not active finish', async () => {
  const worker = await startWorker(redis, tenantsOf(tenant('acme', { active: false })));
  const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => worker.add(ticketJob({ ticketId: `T-${i}` }))));
  for (const id of ids) expect(await worker.ended(id)).toBe('completed');
  expect(worker.events.finished.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'success'));
});
