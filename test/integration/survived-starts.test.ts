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

/** As a start sees it. */
async function started(): Promise<Job<unknown>> {
  const job = await queue.getJob('d1');
  if (job === undefined) throw new Error('the job is gone');
  return job;
}

it('counts each start once, for the job’s present run alone', async () => {
  const job = await add();
  expect(await survived.read(job)).toBe(0);
  await survived.count(job);
  await survived.count(job);
  expect(await survived.read(job)).toBe(1);
  const second = await started();
  await Promise.all([survived.count(second), survived.count(second)]);
  expect(await survived.read(job)).toBe(2);

  await job.updateProgress({ number: 1 });
  const again = await started();
  expect(await survived.read(again)).toBe(0);
  await survived.count(again);
  expect(await survived.read(again)).toBe(1);
});

it('brings no job back that has been removed', async () => {
  const job = await add();
  await job.remove();
  await survived.count(job);
  expect(await client.exists('enhancement:queue:d1')).toBe(0);
});

it('counts once Redis takes writes again', async () => {
  const job = await add();
  await client.config('SET', 'min-replicas-to-write', '1');
  await expect(survived.count(job)).rejects.toThrow(/NOREPLICAS/);
  survived.countEventually(job);
  survived.countEventually(job);
  await client.config('SET', 'min-replicas-to-write', '0');
  await until('it is counted', async () => (await survived.read(job)) === 1);
  await survived.count(job);
  expect(await survived.read(job)).toBe(1);
});
