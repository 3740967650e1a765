import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Job, type Queue, Worker } from 'bullmq';
import { z } from 'zod';
import type { RedisClient } from '../../../src/redis/connection.js';
import { queuePrefix } from '../../../src/redis/key-prefix.js';
import { jobKey, lockKey, queueKey, queueName } from '../../../src/redis/keys.js';
import { addJob, retryBackoff } from '../../../src/redis/jobs/new-job.js';
import { delayedScore, dueAtMs, firstScore, turnOfScore } from '../../../src/redis/jobs/scores.js';
import { bullQueue, redisOfTest } from '../../support/of-test.js';
import { until } from '../../support/service.js';

/** What src/redis relies on beyond BullMQ's documentation. An update of BullMQ fails here before it fails anywhere else. */

const redis = redisOfTest();
let client: RedisClient;
let queue: Queue<unknown>;
beforeEach(() => {
  ({ client } = redis);
  queue = bullQueue(client);
});

const hash = (field: string) => client.hget(jobKey(client, 'd1'), field);
const add = (options: object = {}) => queue.add('enhance', { ticketId: 'T' }, { jobId: 'd1', ...options });

/** Takes jobs by hand, as BullMQ's documentation shows. */
async function withWorker(work: (worker: Worker<unknown>) => Promise<void>, options: object = {}): Promise<void> {
  const worker = new Worker<unknown>(queueName, null, {
    prefix: queuePrefix,
    connection: client,
    autorun: false,
    ...options,
  });
  worker.on('error', () => undefined);
  try {
    await worker.waitUntilReady();
    await work(worker);
  } finally {
    await worker.close();
  }
}

async function take(worker: Worker<unknown>, token = 't1'): Promise<Job<unknown>> {
  const job = await worker.getNextJob(token, { block: false });
  if (job === undefined) throw new Error('no job waits');
  return job;
}

it('is relied on in one version, which is the one that is installed', () => {
  const ours = z.object({ dependencies: z.object({ bullmq: z.string() }) });
  const wanted = ours.parse(JSON.parse(readFileSync('package.json', 'utf8'))).dependencies.bullmq;
  expect(wanted).toMatch(/^\d+\.\d+\.\d+$/);
  const path = createRequire(import.meta.url)
    .resolve('bullmq')
    .replace(/\/dist\/.*$/, '/package.json');
  expect(z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).version).toBe(wanted);
});

describe('a worker’s protected members', () => {
  it('are called for each job that is taken, in this order', async () => {
    const called: string[] = [];
    class Watched extends Worker<unknown> {
      override get maximumBlockTimeout(): number {
        called.push('maximumBlockTimeout');
        return super.maximumBlockTimeout;
      }
      protected override async moveToActive(...next: Parameters<Worker<unknown>['moveToActive']>) {
        called.push('moveToActive');
        return super.moveToActive(...next);
      }
      protected override async nextJobFromJobData(...taken: Parameters<Worker<unknown>['nextJobFromJobData']>) {
        const job: Job<unknown> | undefined = await super.nextJobFromJobData(...taken);
        if (job !== undefined) called.push(`nextJobFromJobData ${job.id}`);
        return job;
      }
      override async processJob(job: Job<unknown>, token: string, fetchNext = () => true) {
        called.push(`processJob ${job.id}`);
        return super.processJob(job, token, fetchNext);
      }
      protected override async handleCompleted(...end: Parameters<Worker<unknown>['handleCompleted']>) {
        called.push(`handleCompleted ${end[1].id}`);
        return super.handleCompleted(...end);
      }
      protected override async handleFailed(...end: Parameters<Worker<unknown>['handleFailed']>) {
        called.push(`handleFailed ${end[1].id}`);
        return super.handleFailed(...end);
      }
      endRenewal(): Promise<void> {
        return this.lockManager.close();
      }
    }
    await queue.add('enhance', {}, { jobId: 'good', priority: 1 });
    await queue.add('enhance', {}, { jobId: 'bad', priority: 2 });
    await queue.add('enhance', {}, { jobId: 'later', delay: 600_000 });
    const process = async ({ id }: Job<unknown>) => {
      if (id === 'bad') throw new Error('it fails');
    };
    const worker = new Watched(queueName, process, { prefix: queuePrefix, connection: client });
    await until('it waits for the delayed job', () => called.includes('maximumBlockTimeout'));
    await worker.close();
    await worker.endRenewal();
    expect(called.filter((call) => / (?:good|bad)$/.test(call))).toEqual([
      'nextJobFromJobData good',
      'processJob good',
      'handleCompleted good',
      'nextJobFromJobData bad',
      'processJob bad',
      'handleFailed bad',
    ]);
    expect(called[0]).toBe('moveToActive');
  });

  it('let the concurrency change while it runs, and its loop look again when it is paused and resumed', async () => {
    const held: (() => void)[] = [];
    const process = () => new Promise<void>((resolve) => void held.push(resolve));
    const worker = new Worker<unknown>(queueName, process, { prefix: queuePrefix, connection: client, concurrency: 1 });
    await queue.addBulk([1, 2].map((n) => ({ name: 'enhance', data: {}, opts: { jobId: `d${n}` } })));
    await until('one runs', () => held.length === 1);
    worker.concurrency = 2;
    await worker.pause(true);
    await worker.resume();
    await until('both run', () => held.length === 2);
    for (const end of held) end();
    await worker.close();
  });
});

describe('a job’s hash', () => {
  it('has its data, the time when it was queued, and its progress', async () => {
    const job = await add();
    await job.updateProgress({ number: 1 });
    expect(JSON.parse((await hash('data')) ?? '')).toEqual({ ticketId: 'T' });
    expect(Number(await hash('timestamp'))).toBe(job.timestamp);
    expect(JSON.parse((await hash('progress')) ?? '')).toEqual({ number: 1 });
  });

  it('counts starts, attempts and stalls in ats, atm and stc', async () => {
    await add({ attempts: 3 });
    await withWorker(async (worker) => {
      await (await take(worker)).moveToFailed(new Error('it fails'), 't1', false);
      expect([await hash('ats'), await hash('atm'), await hash('stc')]).toEqual(['1', '1', null]);
      expect(await hash('failedReason')).toBe('it fails');
      await client.hset(jobKey(client, 'd1'), 'stc', 4);
      expect(await take(worker)).toMatchObject({ attemptsStarted: 2, attemptsMade: 1, stalledCounter: 4 });
    });
  });

  it('has its turn in priority, which a job that is delayed comes back with', async () => {
    await add({ priority: 5 });
    await withWorker(async (worker) => {
      const job = await take(worker);
      expect([await hash('priority'), job.priority]).toEqual(['5', 5]);
      await client.hset(jobKey(client, 'd1'), 'priority', 7);
      await job.moveToDelayed(Date.now() + 600_000, 't1');
      await (await queue.getJob('d1'))?.promote();
      expect(turnOfScore((await client.zscore(queueKey(client, 'prioritized'), 'd1')) ?? undefined)).toBe(7);
    });
  });

  it('keeps fields that are not BullMQ’s', async () => {
    await add({ attempts: 2 });
    await client.hset(jobKey(client, 'd1'), 'together', 3);
    await withWorker(async (worker) => {
      await (await take(worker)).moveToFailed(new Error('it fails'), 't1', false);
      await (await take(worker)).moveToCompleted({}, 't1', false);
    });
    expect(await hash('together')).toBe('3');
  });
});

describe('the queue’s keys', () => {
  it('keep a job in the state that it is in, and its lock while it is active', async () => {
    await add({ priority: 1 });
    expect(await client.zrange(queueKey(client, 'prioritized'), 0, '-1')).toEqual(['d1']);
    await withWorker(async (worker) => {
      const job = await take(worker);
      expect(await client.lrange(queueKey(client, 'active'), 0, -1)).toEqual(['d1']);
      expect(await client.get(lockKey(client, 'd1'))).toBe('t1');
      await job.moveToDelayed(Date.now() + 600_000, 't1');
      expect(await client.zrange(queueKey(client, 'delayed'), 0, '-1')).toEqual(['d1']);
      await job.promote();
      await (await take(worker)).moveToFailed(new Error('it fails'), 't1', false);
      expect(await client.zrange(queueKey(client, 'failed'), 0, '-1')).toEqual(['d1']);
      await job.retry('failed');
      await (await take(worker)).moveToCompleted({}, 't1', false);
      expect(await client.zrange(queueKey(client, 'completed'), 0, '-1')).toEqual(['d1']);
    });
  });

  it('have a job without a priority, and one that stalled, in wait, before all turns', async () => {
    await add();
    expect(await client.lrange(queueKey(client, 'wait'), 0, -1)).toEqual(['d1']);
    await withWorker(
      async (worker) => {
        await take(worker);
        await client.del(lockKey(client, 'd1'));
        await worker.startStalledCheckTimer();
        await until('the check has found it', async () => (await hash('stc')) === '1');
        expect(await client.lrange(queueKey(client, 'wait'), 0, -1)).toEqual(['d1']);
        const key = queueKey(client, 'stalled-check');
        await until('a check suppresses others for a moment', async () => (await client.exists(key)) === 1);
      },
      { stalledInterval: 100, maxStalledCount: Number.MAX_SAFE_INTEGER },
    );
  });
});

describe('the scores of sorted sets', () => {
  it('are the turn and the order of arrival, the first one of its turn where a job is given back, never as low as ours', async () => {
    await queue.add('enhance', {}, { jobId: 'd0', priority: 5 });
    await add({ priority: 5 });
    const scoreOf = async (id: string) => Number(await client.zscore(queueKey(client, 'prioritized'), id));
    expect([turnOfScore(String(await scoreOf('d0'))), turnOfScore(String(await scoreOf('d1')))]).toEqual([5, 5]);
    expect(await scoreOf('d0')).toBeLessThan(await scoreOf('d1'));
    await client.zadd(queueKey(client, 'prioritized'), 'XX', String(firstScore), 'd1');
    await withWorker(async (worker) => {
      const job = await take(worker);
      expect(job.id).toBe('d1');
      await job.moveToWait('t1');
    });
    expect(await scoreOf('d1')).toBeLessThan(await scoreOf('d0'));
    expect(await scoreOf('d1')).toBeGreaterThan(firstScore);
  });

  it('are the time at which a delayed job is due', async () => {
    const job = await add({ delay: 600_000 });
    const score = Number(await client.zscore(queueKey(client, 'delayed'), 'd1'));
    expect(dueAtMs(score)).toBe(job.timestamp + 600_000);
    expect(score).toBeGreaterThanOrEqual(delayedScore(job.timestamp + 600_000));
    expect(score).toBeLessThan(delayedScore(job.timestamp + 600_001));
  });
});

describe('the script that adds a job', () => {
  const turn = 7;
  const attempts = 4;
  const keepCompleted = { seconds: 60, count: 100 };
  const data = { ticketId: 'T', text: 'é' };

  /** What is in Redis of a job, without what is of its moment. */
  const stored = async (id: string) => {
    const { opts, timestamp, ...fields } = await client.hgetall(jobKey(client, id));
    expect(Number(timestamp)).toBeGreaterThan(Date.now() - 60_000);
    const { jobId, ...options } = z.record(z.string(), z.unknown()).parse(JSON.parse(opts ?? ''));
    expect(jobId).toBe(id);
    return {
      fields,
      options,
      turn: turnOfScore((await client.zscore(queueKey(client, 'prioritized'), id)) ?? undefined),
    };
  };

  it('stores within ours what Queue.add stores, and wakes a worker', async () => {
    await queue.add('enhance', data, {
      jobId: 'theirs',
      priority: turn,
      attempts,
      backoff: { type: retryBackoff },
      removeOnComplete: { age: keepCompleted.seconds, count: keepCompleted.count },
      removeOnFail: false,
    });
    const theirKeys = (await client.keys('*')).sort();
    const theirEvents = await client.xlen(queueKey(client, 'events'));
    await client.del(queueKey(client, 'marker'));
    const ours = { id: 'ours', data, turn, attempts, keepCompleted };
    expect(await addJob(client, ours)).toEqual({ kind: 'added' });
    expect(await stored('ours')).toEqual(await stored('theirs'));
    expect((await client.keys('*')).sort()).toEqual([...theirKeys, jobKey(client, 'ours')].sort());
    expect(await client.xlen(queueKey(client, 'events'))).toBe(2 * theirEvents);
    await withWorker(async (worker) => {
      const [first, second] = [await take(worker), await take(worker, 't2')];
      expect([first.id, second.id]).toEqual(['theirs', 'ours']);
      expect(second.data).toEqual(data);
      expect(second.opts).toEqual({ ...first.opts, jobId: 'ours' });
    });
  });

  it('changes nothing where a job has the id', async () => {
    await add();
    const before = await client.hgetall(jobKey(client, 'd1'));
    const again = { id: 'd1', data, turn, attempts, keepCompleted };
    expect(await addJob(client, again)).toEqual({
      kind: 'present',
      data: { ticketId: 'T' },
    });
    expect(await client.hgetall(jobKey(client, 'd1'))).toEqual(before);
    expect(await client.exists(queueKey(client, 'prioritized'))).toBe(0);
  });
});

it('promotes a job of which the id alone is known', async () => {
  await add({ delay: 600_000 });
  const { Job: BullJob } = await import('bullmq');
  await new BullJob(queue, '', {}, {}, 'd1').promote();
  expect(await queue.getJobState('d1')).toBe('waiting');
});
