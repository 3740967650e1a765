import { beforeEach, describe, expect, it } from '@jest/globals';
import { dueAtMs } from '../../../src/redis/jobs/scores.js';
import type { DeskFault } from '../../support/desk-server.js';
import { redisOfFile } from '../../support/of-file.js';
import { deskOfTest } from '../../support/of-test.js';
import { until } from '../../support/service.js';
import {
  deskTenant,
  type RunningWorker,
  serviceDeskPlus,
  startWorker,
  tenant,
  tenantsOf,
  ticketJob,
} from '../../support/worker.js';

/** What a desk that is down, hangs, throttles or refuses does to its own tenant's jobs, and that it does nothing to another's. */

const redis = redisOfFile();
const desk = deskOfTest();
beforeEach(() => redis.client.flushall());

/** In a row, and the desk is not asked for a while. */
const failures = 3;

async function start(openMs: number, config: Parameters<typeof startWorker>[2] = {}): Promise<RunningWorker> {
  const breaker = { threshold: failures, openMs, credentialOpenMs: openMs };
  return startWorker(redis, tenantsOf(deskTenant(desk), tenant('globex')), config, breaker);
}

const faults = (count: number, fault: DeskFault): DeskFault[] => Array.from({ length: count }, () => fault);

const delayed = ['delayed', 'completed', 'failed'] as const;

async function addAll(worker: RunningWorker, ...ticketIds: string[]): Promise<string[]> {
  return Promise.all(ticketIds.map((ticketId) => worker.add(ticketJob({ ticketId, acceptedAtMs: Date.now() }))));
}

async function breakDesk(worker: RunningWorker): Promise<string[]> {
  desk.failNext(faults(failures, { kind: 'error', status: 503 }), 'GET');
  const jobIds = await addAll(worker, 'BREAKS-1', 'BREAKS-2', 'BREAKS-3');
  for (const jobId of jobIds) expect(await worker.ended(jobId, delayed)).toBe('delayed');
  return jobIds;
}

/** As if its time had come. */
async function runNow(worker: RunningWorker, jobId: string): Promise<void> {
  await (await worker.queue.getJob(jobId))?.promote();
}

const dueMs = async (jobId: string) => dueAtMs(Number(await redis.client.zscore('enhancement:queue:delayed', jobId)));

describe('a desk that is down', () => {
  it('holds back its own tenant’s jobs, without an attempt, until it is back; another’s run', async () => {
    const worker = await start(60_000);
    await breakDesk(worker);
    const asked = desk.requests.length;
    const held = await addAll(worker, 'A', 'B', 'C');
    for (const jobId of held) expect(await worker.ended(jobId, delayed)).toBe('delayed');
    const other = await worker.run(ticketJob({ tenantId: 'globex', ticketId: 'G' }));
    expect(await worker.ended(other)).toBe('completed');
    expect(desk.requests).toHaveLength(asked); // nothing was sent to it meanwhile
    for (const jobId of held) {
      expect(await worker.queue.getJob(jobId)).toMatchObject({
        attemptsMade: 0,
        progress: {
          deferral: {
            tenantId: 'acme',
            reason: 'desk_unavailable',
            // The desk's last words, though this job never asked it.
            message: expect.stringContaining('HTTP 503'),
            count: 1,
          },
        },
      });
      expect(worker.leases.ended).toContain(jobId);
    }
    expect(worker.events.deferred).toEqual(
      Array.from({ length: failures + held.length }, () => ({ tenantId: 'acme', reason: 'desk_unavailable' })),
    );
    expect(worker.events.attemptFailed).toEqual([]);
    expect(worker.events.finished.map(({ tenantId, outcome }) => `${tenantId} ${outcome}`)).toEqual(['globex success']);
  });

  it('has its jobs run as soon as one request finds it back, before their time', async () => {
    const worker = await start(500);
    const broken = await breakDesk(worker);
    const held = await addAll(worker, 'A', 'B');
    for (const jobId of held) expect(await worker.ended(jobId, delayed)).toBe('delayed');
    const due = Math.min(...(await Promise.all(held.map(dueMs))));
    // A new ticket comes when the desk may be asked again, and finds it working.
    await until('its breaker is half-open', async () => {
      const jobId = await worker.add(ticketJob({ ticketId: `NEW-${Date.now()}` }), { delivery: String(Date.now()) });
      return (await worker.ended(jobId, delayed)) === 'completed';
    });
    for (const jobId of [...broken, ...held]) expect(await worker.ended(jobId)).toBe('completed');
    expect(Date.now()).toBeLessThan(due);
    for (const ticketId of ['A', 'B']) expect(desk.notes(ticketId)).toHaveLength(1);
    expect(worker.events.attemptFailed).toEqual([]);
  });

  it('has jobs fail, visibly, in its last words, when they are older than JOB_MAX_AGE_HOURS', async () => {
    const worker = await start(60_000, { jobMaxAgeHours: 24 });
    await breakDesk(worker);
    const oneHourMs = 3_600_000;
    const ages = { YOUNG: 23.9, OLD: 24 };
    const [young = '', old = ''] = await Promise.all(
      Object.entries(ages).map(([ticketId, hours]) =>
        worker.add(ticketJob({ ticketId, acceptedAtMs: Date.now() - hours * oneHourMs }), { attempts: 4 }),
      ),
    );
    expect(await worker.ended(old, delayed)).toBe('failed');
    expect((await worker.queue.getJob(old))?.failedReason).toMatch(/^DESK_UNAVAILABLE: .*HTTP 503/);
    expect(worker.events.finished).toMatchObject([{ jobId: old, outcome: 'failure' }]);
    expect(await worker.ended(young, delayed)).toBe('delayed');
    expect(worker.events.attemptFailed).toEqual([]);
  });

  it('counts a retryable failure after a deferral as an attempt, and no longer shows the job as deferred', async () => {
    const worker = await start(1, {});
    desk.failNext([{ kind: 'error', status: 503 }], 'GET');
    const jobId = await worker.add(ticketJob({ ticketId: 'A' }), {
      attempts: 2,
      backoff: { type: 'fixed', delay: 60_000 },
    });
    expect(await worker.ended(jobId, delayed)).toBe('delayed');
    desk.failNext([{ kind: 'error', status: 412 }], 'GET');
    const failed = worker.event('attemptFailed');
    await runNow(worker, jobId);
    await failed;
    expect(await worker.ended(jobId, delayed)).toBe('delayed');
    const job = await worker.queue.getJob(jobId);
    expect(job?.attemptsMade).toBe(1);
    expect(job?.progress).not.toHaveProperty('deferral');
  });
});

describe('a desk', () => {
  it.each([409, 423])(
    'that has the ticket locked is asked again later, and other jobs go on: HTTP %d',
    async (status) => {
      const worker = await start(60_000);
      desk.failNext(faults(2 * failures, { kind: 'error', status }), 'GET');
      const locked = Array.from({ length: 2 * failures }, (_, i) => `LOCKED-${i}`);
      const jobIds = await addAll(worker, ...locked);
      for (const jobId of jobIds) expect(await worker.ended(jobId, delayed)).toBe('delayed');
      expect(await worker.ended(await worker.add(ticketJob({ ticketId: 'OTHER' })))).toBe('completed');
      for (const jobId of jobIds) await runNow(worker, jobId);
      for (const jobId of jobIds) expect(await worker.ended(jobId)).toBe('completed');
      expect(worker.events.attemptFailed).toEqual([]);
    },
  );
});

describe('a desk that throttles', () => {
  it('is asked by one job when the pause is over that it asked for, and no ticket fails', async () => {
    const worker = await start(20);
    const pauseMs = 30_000; // longer than an attempt waits by itself
    desk.failNext([{ kind: 'rate-limited', retryAfterSeconds: pauseMs / 1000 }], 'GET');
    const [first = ''] = await addAll(worker, 'A');
    expect(await worker.ended(first, delayed)).toBe('delayed');
    const due = await dueMs(first);
    expect(due).toBeGreaterThanOrEqual(Date.now() + pauseMs - 2000);
    const others = await addAll(worker, 'B', 'C');
    for (const jobId of others) expect(await worker.ended(jobId, delayed)).toBe('delayed');
    expect(desk.requests).toHaveLength(1);
    for (const { reason } of worker.events.deferred) expect(reason).toBe('desk_throttled');
    for (const jobId of others) expect(await dueMs(jobId)).toBeGreaterThanOrEqual(Date.now() + pauseMs - 3000);
  });

  it('for longer than all attempts of a job take fails nothing', async () => {
    const worker = await start(20);
    let throttling = true;
    desk.behave(() => (throttling ? { kind: 'rate-limited', asBadRequest: true } : undefined));
    const jobIds = await addAll(worker, 'A', 'B', 'C');
    // Six times over, where four attempts were the end before.
    for (let round = 0; round < 6; round++) {
      for (const jobId of jobIds) expect(await worker.ended(jobId, delayed)).toBe('delayed');
      for (const jobId of jobIds) await runNow(worker, jobId);
    }
    for (const jobId of jobIds) expect(await worker.ended(jobId, delayed)).toBe('delayed');
    throttling = false;
    await until('all have their notes', async () => {
      for (const jobId of jobIds) await runNow(worker, jobId).catch(() => undefined);
      return jobIds.length === (await worker.queue.getCompletedCount());
    });
    for (const ticketId of ['A', 'B', 'C']) expect(desk.notes(ticketId)).toHaveLength(1);
    expect(worker.events.attemptFailed).toEqual([]);
    expect(worker.events.finished.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
  });
});

describe('a desk that refuses the credential', () => {
  it('fails nothing, gets one probe each time the breaker is half-open, and gets its notes when the credential is renewed', async () => {
    let credential = 'expired';
    const renewed = tenant('acme', { desk: serviceDeskPlus(desk.baseUrl, () => ({ ok: true, value: credential })) });
    const worker = await startWorker(redis, tenantsOf(renewed), {}, { credentialOpenMs: 60_000 });
    const [first = ''] = await addAll(worker, 'A');
    expect(await worker.ended(first, delayed)).toBe('delayed');
    const asked = desk.requests.length;
    const others = await addAll(worker, 'B', 'C', 'D', 'E', 'F', 'G', 'H');
    for (const jobId of others) expect(await worker.ended(jobId, delayed)).toBe('delayed');
    expect(desk.requests).toHaveLength(asked); // accounts get locked
    expect(await worker.queue.getJob(first)).toMatchObject({
      progress: { deferral: { reason: 'credential_refused', message: expect.stringContaining('Renew the desk') } },
    });
    await worker.stop();

    // The breaker is half-open soon; that of a worker that starts is closed.
    const running = await startWorker(redis, tenantsOf(renewed), {}, { credentialOpenMs: 20 });
    credential = 'desk-secret';
    for (const jobId of [first, ...others]) await runNow(running, jobId);
    for (const jobId of [first, ...others]) expect(await running.ended(jobId)).toBe('completed');
    for (const ticketId of ['A', 'B', 'H']) expect(desk.notes(ticketId)).toHaveLength(1);
    expect(running.events.finished.every(({ outcome }) => outcome === 'success')).toBe(true);
  });
});
