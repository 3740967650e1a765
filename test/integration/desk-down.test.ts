import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { patientConnection, type RedisClient } from '../../src/queue/connection.js';
import { dueAtMs, retryBackoff } from '../../src/queue/delay.js';
import { type DeskFault, type DeskServer, startDeskServer } from '../support/desk-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { deskTenant, type RunningWorker, startWorker, tenant, tenantsOf, ticketJob } from '../support/worker.js';

/** What a desk that is down, or hangs, does to its own tenant's jobs, and that it does nothing to another's. */

let redis: TestRedis;
let client: RedisClient;
let desk: DeskServer;
let running: RunningWorker | undefined;
beforeAll(async () => {
  redis = await startRedis();
  client = patientConnection(redis.url);
});
beforeEach(async () => {
  desk = await startDeskServer();
});
afterEach(async () => {
  await running?.stop();
  await desk.close();
  await client.flushall();
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** In a row, and the desk is left alone. */
const failures = 3;

async function start(restMs: number): Promise<RunningWorker> {
  const acme = deskTenant(desk);
  running = await startWorker(redis, tenantsOf(acme, tenant('globex')), {}, { threshold: failures, restMs });
  return running;
}

const faults = (count: number, fault: DeskFault): DeskFault[] => Array.from({ length: count }, () => fault);

async function breakDesk(worker: RunningWorker): Promise<void> {
  desk.failNext(faults(failures, { kind: 'error', status: 503 }), 'GET');
  const jobId = await worker.run(ticketJob({ ticketId: 'BREAKS' }), { attempts: failures });
  expect(await worker.ended(jobId)).toBe('failed');
}

describe('a desk that is down', () => {
  it('holds back its own tenant’s jobs, without an attempt, until it is back; another’s go on', async () => {
    const worker = await start(60_000);
    await breakDesk(worker);
    const asked = desk.requests.length;
    const held = await Promise.all(
      ['A', 'B', 'C'].map((ticketId) => worker.add(ticketJob({ ticketId, acceptedAtMs: Date.now() }))),
    );
    for (const jobId of held) expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    const other = await worker.run(ticketJob({ tenantId: 'globex', ticketId: 'G' }));
    expect(await worker.ended(other)).toBe('completed');
    expect(desk.requests).toHaveLength(asked); // nothing was sent to it meanwhile
    for (const jobId of held) {
      expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 0, progress: { deferrals: 1 } });
      expect(worker.leases.ended).toContain(jobId);
    }
    expect(worker.events.finished.map(({ tenantId, outcome }) => `${tenantId} ${outcome}`)).toEqual([
      'acme failure',
      'globex success',
    ]);
  });

  it('gets the notes when it is back', async () => {
    const worker = await start(500);
    await breakDesk(worker);
    const jobId = await worker.add(ticketJob({ ticketId: 'A', acceptedAtMs: Date.now() }));
    expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    expect(await worker.ended(jobId)).toBe('completed');
    expect(desk.notes('A')).toHaveLength(1);
    expect(worker.events.attemptFailed.filter((one) => one.jobId === jobId)).toEqual([]);
    expect(worker.events.finished.at(-1)).toMatchObject({ jobId, outcome: 'success' });
  });

  it('has jobs fail, visibly, that have been held back for two minutes', async () => {
    const worker = await start(60_000);
    await breakDesk(worker);
    const jobId = await worker.add(ticketJob({ ticketId: 'OLD' }), { attempts: 2 });
    expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    const job = await worker.queue.getJob(jobId);
    await job?.updateProgress({ deferrals: 4, deferredMs: 120_000 });
    await job?.promote();
    expect(await worker.ended(jobId)).toBe('failed');
    expect((await worker.queue.getJob(jobId))?.failedReason).toMatch(/^DESK_RESTING: /);
    expect(worker.events.finished.at(-1)).toMatchObject({ jobId, outcome: 'failure' });
    expect(worker.events.attemptFailed.filter((one) => one.jobId === jobId)).toHaveLength(1);
  });

  it('is what the last attempts of a job wait for, too: none is used up while nothing can come of it', async () => {
    const restMs = 60_000;
    const worker = await start(restMs);
    const brokenAtMs = Date.now();
    await breakDesk(worker);
    const options = { attempts: 2, backoff: { type: retryBackoff } };
    const jobId = await worker.add(ticketJob({ ticketId: 'OLD' }), options);
    expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    const job = await worker.queue.getJob(jobId);
    await job?.updateProgress({ deferrals: 4, deferredMs: 120_000 });
    const failed = worker.event('attemptFailed');
    await job?.promote();
    await failed;
    expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    const score = await client.zscore('enhancement:queue:delayed', jobId);
    expect(dueAtMs(Number(score))).toBeGreaterThanOrEqual(brokenAtMs + restMs);
  });
});
