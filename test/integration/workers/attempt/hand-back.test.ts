import { describe, expect, it } from '@jest/globals';
import { jobIdFor } from '../../../../src/queue/job.js';
import { createJobRecovery } from '../../../../src/queue/job-recovery.js';
import { openFailFastQueue } from '../../../../src/redis/fail-fast-queue.js';
import { startLlmServer } from '../../../support/llm-server.js';
import { deskOfTest, redisOfTest } from '../../../support/of-test.js';
import { forTest } from '../../../support/opened.js';
import { until } from '../../../support/service.js';
import {
  contextFolder,
  deskTenant,
  type RunningWorker,
  startWorker,
  tenantsOf,
  ticketJob,
} from '../../../support/worker.js';

/** A job that ends, or has to go back to the queue, in the very time in which Redis takes no writes. Each has one attempt, no more. */

const redis = redisOfTest();
const desk = deskOfTest();

const readOnly = { setting: 'min-replicas-to-write', refusing: '1', usual: '0', says: /^NOREPLICAS / };
/** It still takes scripts that begin with a write that takes no memory. */
const full = { setting: 'maxmemory', refusing: '1', usual: '0', says: /^OOM / };

async function refuse({ setting, refusing, says }: typeof full): Promise<void> {
  await redis.client.config('SET', setting, refusing);
  await expect(redis.client.set('probe', '1')).rejects.toThrow(says);
}

const takeWrites = ({ setting, usual }: typeof full) => redis.client.config('SET', setting, usual);

async function start(overrides: Parameters<typeof deskTenant>[1] = {}, config: Parameters<typeof startWorker>[2] = {}) {
  const acme = deskTenant(desk, overrides);
  return startWorker(redis, tenantsOf(acme), config, { threshold: 2, openMs: 1000 });
}

const leftToItsLock = ({ logLines }: RunningWorker) =>
  logLines.some(
    ({ msg }) => msg === 'Redis did not accept the end of the job, which stays under its lock until that expires',
  );

const hashOf = (jobId: string) => `enhancement:queue:${jobId}`;
const isNoDeath = async (jobId: string) => (await redis.client.hget(hashOf(jobId), 'survivals')) === '1';

/** As the primary does for a child that has ended and left a lease behind. */
async function recover({ leases }: RunningWorker, jobId: string): Promise<void> {
  const queue = openFailFastQueue(redis.url);
  await queue.ready(5000);
  const { token = '' } = leases.started.find((lease) => lease.jobId === jobId) ?? {};
  expect(await createJobRecovery(queue).giveBack(jobId, token)).toBe(true);
  await queue.close();
}

/** A job that waits for its desk, which hangs, or fails it when it is told to. */
async function jobAtDesk(worker: RunningWorker): Promise<{ jobId: string; fail: () => void }> {
  let fail = (): void => undefined;
  const held = new Promise<void>((resolve) => (fail = resolve));
  desk.failNext([{ kind: 'held', until: held, status: 412 }], 'GET');
  const jobId = await worker.add(ticketJob());
  await until('the desk has been asked', () => desk.requests.length === 1);
  return { jobId, fail };
}

/** A job that waits for the model while its desk fails others so often that it finds the breaker open. */
async function jobAtModel(): Promise<{ worker: RunningWorker; jobId: string; release: () => void }> {
  const model = await forTest(startLlmServer('key-of-the-model'), (server) => server.close());
  const files = await contextFolder({ 'vpn.md': '# VPN drops\n\nSince the update the VPN tunnel disconnects.\n' });
  const worker = await start(
    { knowledge: { path: files.path('') } },
    { llmBaseUrl: model.baseUrl, llmApiKey: 'key-of-the-model', llmModel: 'm' },
  );
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  model.behaveNext([{ kind: 'held', until: held }]);
  const jobId = await worker.add(ticketJob());
  await until('the model has been asked', () => model.requests.length === 1);
  const down = { kind: 'error', status: 503 } as const;
  desk.failNext([down, down], 'GET');
  for (const ticketId of ['BREAKS-1', 'BREAKS-2']) {
    expect(await worker.ended(await worker.add(ticketJob({ ticketId })), ['delayed', 'failed'])).toBe('delayed');
  }
  return { worker, jobId, release };
}

const ofJob = <Event extends { jobId: string }>(events: readonly Event[], jobId: string) =>
  events.filter((one) => one.jobId === jobId);

async function expectLeftToItsLock(worker: RunningWorker, jobId: string): Promise<void> {
  await until('its attempt has ended', () => leftToItsLock(worker) || worker.leases.ended.includes(jobId));
  expect(ofJob(worker.events.finished, jobId)).toEqual([]);
  expect(ofJob(worker.events.attemptFailed, jobId)).toEqual([]);
  // Its lease stands, so that the primary gives it back when this process has ended.
  expect(worker.leases.ended).not.toContain(jobId);
  await until('it is no job of the worker any more', () => worker.leases.left.includes(jobId));
  expect(await worker.queue.getJobState(jobId)).toBe('active');
}

async function expectDoneAtFirstAttempt(worker: RunningWorker, jobId: string, starts: number): Promise<void> {
  expect(await worker.ended(jobId)).toBe('completed');
  expect(await worker.queue.getJob(jobId)).toMatchObject({
    attemptsMade: 1,
    attemptsStarted: starts,
    stalledCounter: 0,
  });
  expect(ofJob(worker.events.finished, jobId)).toMatchObject([{ outcome: 'success' }]);
  expect(ofJob(worker.events.attemptFailed, jobId)).toEqual([]);
  expect(desk.notes('TKT-1001')).toHaveLength(1);
}

describe('while Redis is read-only', () => {
  it('a job that a stopping worker cannot give back is not failed, and is run by the next one', async () => {
    const stopping = await start();
    const { jobId } = await jobAtDesk(stopping);
    await refuse(readOnly);
    await stopping.drain(50);
    await expectLeftToItsLock(stopping, jobId);
    await stopping.stop();

    await takeWrites(readOnly);
    const next = await start();
    await recover(stopping, jobId);
    await expectDoneAtFirstAttempt(next, jobId, 2);
  });

  it('a job whose desk has an open breaker waits, unfailed, until Redis takes writes, though it cannot be deferred', async () => {
    const { worker, jobId, release } = await jobAtModel();
    await refuse(readOnly);
    release();
    await expectLeftToItsLock(worker, jobId);

    await takeWrites(readOnly);
    await until('its start is no death', () => isNoDeath(jobId));
    await recover(worker, jobId);
    expect(await worker.ended(jobId)).toBe('completed');
    expect(ofJob(worker.events.finished, jobId)).toMatchObject([{ outcome: 'success' }]);
  });

  it('a job whose last attempt fails is not failed, nor counted, for it runs again and may succeed', async () => {
    const worker = await start();
    const { jobId, fail } = await jobAtDesk(worker);
    await refuse(readOnly);
    fail();
    await expectLeftToItsLock(worker, jobId);

    await takeWrites(readOnly);
    await until('its start is no death', () => isNoDeath(jobId));
    await recover(worker, jobId);
    await expectDoneAtFirstAttempt(worker, jobId, 2);
  });
});

describe('while Redis is full', () => {
  it('a stopping worker gives its jobs back', async () => {
    const stopping = await start();
    const { jobId } = await jobAtDesk(stopping);
    await refuse(full);
    await stopping.drain(50);
    expect(await stopping.queue.getJobState(jobId)).toBe('waiting');
    expect(stopping.leases.ended).toContain(jobId);
    await stopping.stop();

    await takeWrites(full);
    await expectDoneAtFirstAttempt(await start(), jobId, 1);
  });

  it('a job whose desk has an open breaker is deferred', async () => {
    const { worker, jobId, release } = await jobAtModel();
    await refuse(full);
    release();
    expect(await worker.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
    expect(await worker.queue.getJob(jobId)).toMatchObject({
      attemptsMade: 0,
      progress: { deferral: { reason: 'desk_unavailable', count: 1 } },
    });
  });

  it('a job whose last attempt fails is failed, and counted', async () => {
    const worker = await start();
    const { jobId, fail } = await jobAtDesk(worker);
    await refuse(full);
    fail();
    expect(await worker.ended(jobId)).toBe('failed');
    expect(ofJob(worker.events.finished, jobId)).toMatchObject([{ outcome: 'failure' }]);
  });
});

it('a success that Redis refuses is no failed attempt: it was counted, and its note is there', async () => {
  const worker = await start();
  const delivery = 'd';
  const job = ticketJob();
  const hash = hashOf(jobIdFor(job.tenantId, `${delivery}${job.ticketId}`));
  // BullMQ looks there before it completes a job, and not before it fails one.
  await redis.client.set(`${hash}:dependencies`, 'of another type than a set of child jobs');
  const jobId = await worker.add(job, { delivery });
  await until('its start has ended', () => isNoDeath(jobId));
  expect(await worker.queue.getJobState(jobId)).toBe('active');

  await redis.client.del(`${hash}:dependencies`);
  await recover(worker, jobId);
  expect(await worker.ended(jobId)).toBe('completed');
  expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1 });
  const success = { jobId, outcome: 'success' };
  expect(worker.events.finished).toMatchObject([success, success]); // counted once, by its id
  expect(desk.notes(job.ticketId)).toHaveLength(1);
});

it('a job for which Redis does not do what it is asked is deferred, and uses up no attempt', async () => {
  const worker = await start();
  const job = ticketJob();
  const delivery = 'd';
  const ledger = `enhancement:note:${jobIdFor(job.tenantId, `${delivery}${job.ticketId}`)}`;
  await redis.client.set(ledger, 'of another type than the ledger');
  const jobId = await worker.add(job, { delivery });
  await until('it is delayed', async () => (await worker.queue.getJobState(jobId)) === 'delayed');
  expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 0 });

  expect(worker.events.deferred).toEqual([{ tenantId: 'acme', reason: 'redis_unavailable' }]);
  await redis.client.del(ledger);
  expect(await worker.ended(jobId)).toBe('completed');
  expect(worker.events.attemptFailed).toEqual([]);
  expect(worker.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
  expect(desk.notes(job.ticketId)).toHaveLength(1);
});
