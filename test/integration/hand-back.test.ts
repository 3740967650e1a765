import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RedisClient, patientConnection } from '../../src/queue/connection.js';
import { jobIdFor } from '../../src/queue/job.js';
import { createJobRecovery } from '../../src/queue/job-recovery.js';
import { openPromptQueue } from '../../src/queue/prompt-queue.js';
import { type DeskServer, startDeskServer } from '../support/desk-server.js';
import { type LlmServer, startLlmServer } from '../support/llm-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { until } from '../support/service.js';
import { contextFolder, deskTenant, type RunningWorker, startWorker, tenantsOf, ticketJob } from '../support/worker.js';

/** A job that has to go back to the queue in the very time in which Redis takes no writes. Each has one attempt, no more. */

let redis: TestRedis;
let client: RedisClient;
let desk: DeskServer;
let model: LlmServer | undefined;
let files: Awaited<ReturnType<typeof contextFolder>> | undefined;
let running: RunningWorker | undefined;
beforeEach(async () => {
  redis = await startRedis();
  client = patientConnection(redis.url);
  desk = await startDeskServer();
});
afterEach(async () => {
  await running?.stop();
  await model?.close();
  await files?.remove();
  running = model = files = undefined;
  client.disconnect();
  await desk.close();
  await redis.stop();
});

const refusals = [
  { name: 'full', setting: 'maxmemory', refusing: '1', usual: '0', says: /^OOM / },
  { name: 'read-only', setting: 'min-replicas-to-write', refusing: '1', usual: '0', says: /^NOREPLICAS / },
] as const;
type Refusal = (typeof refusals)[number];

async function refuse({ setting, refusing, says }: Refusal): Promise<void> {
  await client.config('SET', setting, refusing);
  await expect(client.set('probe', '1')).rejects.toThrow(says);
}

const takeWrites = ({ setting, usual }: Refusal) => client.config('SET', setting, usual);

async function start(overrides: Parameters<typeof deskTenant>[1] = {}, config: Parameters<typeof startWorker>[2] = {}) {
  const acme = deskTenant(desk, overrides);
  running = await startWorker(redis, tenantsOf(acme), config, { threshold: 2, restMs: 1000 });
  return running;
}

const leftToItsLock = ({ logLines }: RunningWorker) =>
  logLines.some(({ msg }) => msg === 'Redis did not take what became of the job, which is left to its lock');

const hashOf = (jobId: string) => `enhancement:queue:${jobId}`;
/** As the primary does for a child that has ended and left a lease behind. */
async function recover({ leases }: RunningWorker, jobId: string): Promise<void> {
  const queue = openPromptQueue(redis.url);
  await queue.ready(5000);
  const { token = '' } = leases.started.find((lease) => lease.jobId === jobId) ?? {};
  expect(await createJobRecovery(queue).giveBack(jobId, token)).toBe(true);
  await queue.close();
}

function expectNothingOfItCounted(worker: RunningWorker, jobId: string): void {
  expect(worker.events.finished.filter((one) => one.jobId === jobId)).toEqual([]);
  expect(worker.events.attemptFailed.filter((one) => one.jobId === jobId)).toEqual([]);
  // Its lease stands, so that the primary gives it back when this process has ended.
  expect(worker.leases.ended).not.toContain(jobId);
}

describe.each(refusals)('while Redis is $name', (refusal) => {
  it('a job that a stopping worker cannot give back is not failed, and is run by the next one', async () => {
    const stopping = await start();
    desk.failNext([{ kind: 'no-answer' }], 'GET');
    const jobId = await stopping.add(ticketJob());
    await until('the desk has been asked', () => desk.requests.length === 1);
    await refuse(refusal);
    await stopping.drain(50);
    expectNothingOfItCounted(stopping, jobId);
    expect(await stopping.queue.getJobState(jobId)).toBe('active');
    expect(leftToItsLock(stopping)).toBe(true);
    await stopping.stop();

    await takeWrites(refusal);
    const next = await start();
    await recover(stopping, jobId);
    expect(await next.ended(jobId)).toBe('completed');
    expect(await next.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1, attemptsStarted: 2 });
    expect(next.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
    expect(next.events.attemptFailed).toEqual([]);
    expect(desk.notes('TKT-1001')).toHaveLength(1);
  });

  it('a job whose desk rests waits, unfailed, until Redis takes writes, though it cannot be put off', async () => {
    model = await startLlmServer('key-of-the-model');
    files = await contextFolder({ 'vpn.md': '# VPN drops\n\nSince the update the VPN tunnel disconnects.\n' });
    const worker = await start(
      { knowledge: { path: files.path('') } },
      { llmBaseUrl: model.baseUrl, llmApiKey: 'key-of-the-model', llmModel: 'm' },
    );
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    model.behaveNext([{ kind: 'held', until: held }]);
    const jobId = await worker.add(ticketJob({ ticketId: 'HELD' }));
    await until('the model has been asked', () => model?.requests.length === 1);
    desk.failNext(
      [
        { kind: 'error', status: 503 },
        { kind: 'error', status: 503 },
      ],
      'GET',
    );
    for (const ticketId of ['BREAKS-1', 'BREAKS-2']) await worker.run(ticketJob({ ticketId }));
    await refuse(refusal);
    release();
    await until('its attempt has ended', () => leftToItsLock(worker) || worker.leases.ended.includes(jobId));
    expectNothingOfItCounted(worker, jobId);
    expect(await worker.queue.getJobState(jobId)).toBe('active');

    await takeWrites(refusal);
    await until('its start is no death', async () => (await client.hget(hashOf(jobId), 'survived:0')) === '1');
    await recover(worker, jobId);
    expect(await worker.ended(jobId)).toBe('completed');
    expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1 });
    expect(worker.events.finished.filter((one) => one.jobId === jobId)).toMatchObject([{ outcome: 'success' }]);
    expect(worker.events.attemptFailed).toEqual([]);
    expect(desk.notes('HELD')).toHaveLength(1);
  });

  it('a job whose last attempt fails is not failed, nor counted, for it runs again and may succeed', async () => {
    const worker = await start();
    let fail = (): void => undefined;
    const held = new Promise<void>((resolve) => (fail = resolve));
    desk.failNext([{ kind: 'held', until: held, status: 500 }], 'GET');
    const jobId = await worker.add(ticketJob());
    await until('the desk has been asked', () => desk.requests.length === 1);
    await refuse(refusal);
    fail();
    await until('its attempt has ended', () => leftToItsLock(worker) || worker.events.finished.length > 0);
    expectNothingOfItCounted(worker, jobId);
    expect(await worker.queue.getJobState(jobId)).toBe('active');

    await takeWrites(refusal);
    await until('its start is no death', async () => (await client.hget(hashOf(jobId), 'survived:0')) === '1');
    await recover(worker, jobId);
    expect(await worker.ended(jobId)).toBe('completed');
    expect(worker.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
    expect(desk.notes('TKT-1001')).toHaveLength(1);
  });
});

it('a success that Redis refuses is no failed attempt: it was counted, and its note is there', async () => {
  const worker = await start();
  const delivery = 'd';
  const job = ticketJob();
  const hash = hashOf(jobIdFor(job.tenantId, `${delivery}${job.ticketId}`));
  // BullMQ looks there before it completes a job, and not before it fails one.
  await client.set(`${hash}:dependencies`, 'of another type than a set of child jobs');
  const jobId = await worker.add(job, { delivery });
  await until('its start has ended', async () => (await client.hget(hash, 'survived:0')) === '1');
  expect(await worker.queue.getJobState(jobId)).toBe('active');

  await client.del(`${hash}:dependencies`);
  await recover(worker, jobId);
  expect(await worker.ended(jobId)).toBe('completed');
  expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1 });
  const success = { jobId, outcome: 'success' };
  expect(worker.events.finished).toMatchObject([success, success]); // counted once, by its id
  expect(desk.notes(job.ticketId)).toHaveLength(1);
});

it('a job for which Redis does not do what it is asked is put off, and uses up no attempt', async () => {
  const worker = await start();
  const job = ticketJob();
  const delivery = 'd';
  const ledger = `enhancement:note:${jobIdFor(job.tenantId, `${delivery}${job.ticketId}`)}`;
  await client.set(ledger, 'of another type than the ledger');
  const jobId = await worker.add(job, { delivery });
  await until('it is delayed', async () => (await worker.queue.getJobState(jobId)) === 'delayed');
  expect(await worker.queue.getJob(jobId)).toMatchObject({ attemptsMade: 0 });

  await client.del(ledger);
  expect(await worker.ended(jobId)).toBe('completed');
  expect(worker.events.attemptFailed).toEqual([]);
  expect(worker.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
  expect(desk.notes(job.ticketId)).toHaveLength(1);
});
