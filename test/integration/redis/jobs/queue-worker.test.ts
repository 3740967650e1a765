import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { patientConnection, type RedisClient } from '../../../../src/redis/connection.js';
import { queuePrefix } from '../../../../src/redis/key-prefix.js';
import { queueName } from '../../../../src/redis/keys.js';
import { createQueueWorker } from '../../../../src/redis/jobs/queue-worker.js';
import { startRedis, type TestRedis } from '../../../support/redis.js';

let redis: TestRedis;
let clients: RedisClient[];
beforeEach(async () => {
  redis = await startRedis();
  clients = [1, 2, 3].map(() => patientConnection(redis.url));
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await redis.stop();
});

it('tells when it takes no more jobs although nobody ended it: a process that idles is not replaced', async () => {
  const [connection, single, third] = clients as [RedisClient, RedisClient, RedisClient];
  const queue = new Queue(queueName, { prefix: queuePrefix, connection: third });
  let isDefect = false;
  let stopped: (error: unknown) => void = () => undefined;
  const told = new Promise<unknown>((resolve) => {
    stopped = resolve;
  });
  const worker = createQueueWorker({
    connection,
    redis: single,
    concurrency: 1,
    selection: {
      limit() {
        if (isDefect) throw new Error('a defect');
        return 1;
      },
      makeRoom: async () => true,
      takesAny: () => true,
      taken: () => () => {
        isDefect = true;
      },
    },
    process: async () => ({ kind: 'completed', result: null }),
    onEnded: () => undefined,
    onEndRefused: async () => undefined,
    onLocksLost: () => undefined,
    onError: () => undefined,
    onStopped: stopped,
    retryDelayMs: () => 0,
  });
  worker.start();
  await queue.add('enhance', {}, { jobId: 'd1' });
  expect(await told).toEqual(new Error('a defect'));
  isDefect = false;
  await worker.end();
  await queue.close();
});
