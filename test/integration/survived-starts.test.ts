import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Job, Queue } from 'bullmq';
import { patientConnection, type RedisClient } from '../../src/queue/connection.js';
import { queueName, queuePrefix } from '../../src/queue/job.js';
import { createSurvivedStarts, type SurvivedStarts } from '../../src/workers/survived-starts.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { until } from '../support/service.js';

let redis: TestRedis;
let client: RedisClient;
let queue: Queue<unknown>;
let survived: SurvivedStarts;
beforeEach(async () => {
  redis = await startRedis();
  client = patientConnection(redis.url);
  queue = new Queue(queueName, { prefix: queuePrefix, connection: client });
  survived = createSurvivedStarts(client);
});
afterEach(async () => {
  await queue.close();
  client.disconnect();
  await redis.stop();
});

const add = () => queue.add('enhance', {}, { jobId: 'd1' });

/** As the start with this number sees it. */
async function started(number: number): Promise<Job<unknown>> {
  await client.hset('enhancement:queue:d1', 'ats', number);
  const job = await queue.getJob('d1');
  if (job === undefined) throw new Error('the job is gone');
  return job;
}

it('counts each start once, however often it is told, for the job’s present run alone', async () => {
  await add();
  const first = await started(1);
  expect(await survived.count(first)).toBe(0);
  await Promise.all([survived.tell(first), survived.tell(first)]);
  expect(await survived.count(first)).toBe(1);
  await survived.tell(await started(2));
  expect(await survived.count(first)).toBe(2);

  await first.updateProgress({ number: 1 });
  const again = await started(3);
  expect(await survived.count(again)).toBe(0);
  await survived.tell(again);
  expect(await survived.count(again)).toBe(1);
});

it('brings no job back that has been removed', async () => {
  const job = await add();
  await job.remove();
  await survived.tell(job);
  expect(await client.exists('enhancement:queue:d1')).toBe(0);
});

it('is told again until Redis takes writes', async () => {
  await add();
  const job = await started(1);
  await client.config('SET', 'min-replicas-to-write', '1');
  await survived.tell(job);
  expect(await survived.count(job)).toBe(0);
  await client.config('SET', 'min-replicas-to-write', '0');
  await until('it is counted', async () => (await survived.count(job)) === 1);
});

it('is told to a Redis that is full', async () => {
  await add();
  const job = await started(1);
  await client.config('SET', 'maxmemory', '1');
  await expect(client.set('probe', '1')).rejects.toThrow(/^OOM /);
  await survived.tell(job);
  expect(await survived.count(job)).toBe(1);
});
