import { beforeEach, describe, expect, it } from '@jest/globals';
import { jobIdFor } from '../../../src/queue/job.js';
import { createProducer, type EnhancementProducer } from '../../../src/queue/producer.js';
import { redisOfFile } from '../../support/of-file.js';
import { deskOfTest } from '../../support/of-test.js';
import { afterTest } from '../../support/opened.js';
import { until } from '../../support/service.js';
import {
  type RunningWorker,
  serviceDeskPlus,
  startWorker,
  tenant,
  tenantsOf,
  ticketJob,
} from '../../support/worker.js';

/** A tenant that floods and one that does not, through real producers, a real Redis and a real worker. */

const redis = redisOfFile();
const desk = deskOfTest();
let producers: EnhancementProducer[];
beforeEach(async () => {
  await redis.client.flushall();
  producers = [0, 1].map(() => createProducer({ redisUrl: redis.url, attempts: 1 }));
  afterTest(() => producers.forEach((producer) => producer.close()));
});

/** @param floods the tenants whose desk is `desk`; others have the local one */
async function start(workerConcurrency: number, floods: readonly string[] = ['flood']): Promise<RunningWorker> {
  const flooding = floods.map((id) => tenant(id, { desk: serviceDeskPlus(desk.baseUrl) }));
  const tenants = tenantsOf(...flooding, tenant('calm'), tenant('calm-too'));
  const worker = await startWorker(redis, tenants, { workerConcurrency });
  afterTest(() => worker.drain(0));
  return worker;
}

/** @param child which http child's producer it comes through */
async function enqueue(tenantId: string, ticketId: string, child = 0): Promise<string> {
  const jobId = jobIdFor(tenantId, ticketId);
  const job = ticketJob({ tenantId, ticketId });
  await until('the producer is connected', async () => {
    try {
      await producers[child]?.enqueue(jobId, job);
      return true;
    } catch {
      return false;
    }
  });
  return jobId;
}

const flood = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await enqueue('flood', `F${i}`, i % 2);
};

describe('beside a tenant that floods', () => {
  it('another’s job is the next to be run', async () => {
    await flood(60);
    await enqueue('calm', 'C1');
    await enqueue('calm-too', 'C2', 1);
    await enqueue('calm', 'C3');
    const worker = await start(1);
    await until('all have ended', () => worker.events.finished.length === 63);
    const order = worker.events.finished.map(({ tenantId }) => tenantId);
    // Producers look at the queue every 10 ms: what they know of a flood that began just now is so old.
    expect(order.indexOf('calm')).toBeLessThanOrEqual(8);
    expect(order.indexOf('calm-too')).toBeLessThanOrEqual(8);
    expect(order.lastIndexOf('calm')).toBeLessThanOrEqual(12);
  });

  it('another’s jobs are run, though the flood’s desk hangs and its jobs are as many as a worker runs', async () => {
    const worker = await start(4);
    desk.behave(() => ({ kind: 'no-answer' }));
    await flood(20);
    await until('the worker is full', () => desk.requests.length === 4);
    for (const ticketId of ['C1', 'C2', 'C3']) {
      const jobId = await enqueue('calm', ticketId);
      expect(await worker.ended(jobId)).toBe('completed');
    }
    // None of the flood's has ended meanwhile, and no more of them were begun.
    expect(worker.events.finished.map(({ tenantId }) => tenantId)).toEqual(['calm', 'calm', 'calm']);
    expect(worker.events.deferred).toEqual([]);
    expect(desk.requests.length).toBe(4);
  });

  it('another’s jobs are run, though the desks of five tenants hang and their jobs are more than a worker runs', async () => {
    const floods = ['bad-1', 'bad-2', 'bad-3', 'bad-4', 'bad-5'];
    const worker = await start(4, floods);
    desk.behave(() => ({ kind: 'no-answer' }));
    for (let i = 0; i < 6; i++) for (const id of floods) await enqueue(id, `${id}-${i}`);
    await until('the worker is full', () => desk.requests.length >= 4);
    const jobIds: string[] = [];
    for (let i = 0; i < 12; i++) jobIds.push(await enqueue('calm', `C${i}`));
    for (const jobId of jobIds) expect(await worker.ended(jobId)).toBe('completed');
    // All of it before the first of theirs has timed out.
    expect(worker.events.deferred).toEqual([]);
    expect(desk.requests.length).toBeLessThanOrEqual(4 * 4);
  });

  it('jobs of a tenant whose desk was slow are run beside others as soon as it answers in time', async () => {
    const worker = await start(1);
    desk.failNext([{ kind: 'slow', delayMs: 700 }], 'GET');
    desk.failNext([{ kind: 'slow', delayMs: 700 }]);
    await flood(3);
    for (const ticketId of ['F0', 'F1', 'F2']) {
      expect(await worker.ended(jobIdFor('flood', ticketId))).toBe('completed');
    }
    expect(worker.events.deferred).toEqual([]);
  });

  it('another’s job is run before hundreds that were deferred and come back at the same time', async () => {
    const worker = await start(1);
    desk.behave(() => ({ kind: 'error', status: 503 }));
    await flood(100);
    await until('all are deferred', async () => (await worker.queue.getDelayedCount()) === 100);
    await worker.drain(0);
    const delayed = await worker.queue.getDelayed();
    await Promise.all(delayed.map((job) => job.promote()));
    desk.behave(() => undefined);
    const calm = await enqueue('calm', 'C1');
    expect((await worker.queue.getPrioritized(0, 0)).map(({ id }) => id)).toEqual([calm]);
  });

  it('a drain waits for all jobs, and gives back what is late', async () => {
    const worker = await start(2);
    desk.behave(() => ({ kind: 'no-answer' }));
    await flood(4);
    await until('the worker is full', () => desk.requests.length === 2);
    const done = await worker.ended(await enqueue('calm', 'C1'));
    expect(done).toBe('completed');
    await worker.drain(200);
    expect(await worker.queue.getActiveCount()).toBe(0);
    expect(worker.events.finished.map(({ tenantId }) => tenantId)).toEqual(['calm']);
  });
});
