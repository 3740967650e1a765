import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { watchConnectionLoss } from '../../../src/redis/connection-loss.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { until } from '../../support/service.js';

let redis: TestRedis;
let operator: RedisClient;
let worker: RedisClient;

beforeAll(async () => {
  redis = await startRedis();
  operator = patientConnection(redis.url);
  worker = patientConnection(redis.url);
});
afterAll(async () => {
  worker.disconnect();
  operator.disconnect();
  await redis.stop();
});

it('is told once, in the words of a Redis that takes no more clients, and once more when it is over', async () => {
  const told: (string | undefined)[] = [];
  const id = await worker.client('ID');
  const stop = watchConnectionLoss([worker], { everyMs: 600, onChange: (problem) => told.push(problem) });
  await operator.config('SET', 'maxclients', '1');
  await operator.client('KILL', 'ID', id);
  await until('the loss is told', () => told.length > 0);
  await sleep(2000); // three intervals, in which the server lets connections be ready for a moment
  expect(told).toEqual([expect.stringMatching(/closed the connection|max number of clients/)]);
  await operator.config('SET', 'maxclients', '100');
  await until('the return is told', () => told.at(-1) === undefined);
  stop();
});
