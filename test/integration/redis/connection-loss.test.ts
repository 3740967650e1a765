import { afterAll, beforeAll, expect, it } from '@jest/globals';
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

it('is told in the words of a Redis that takes no more clients, each reason once, and once more when it is over', async () => {
  const told: (string | undefined)[] = [];
  const id = await worker.client('ID');
  const stop = watchConnectionLoss([worker], { everyMs: 200, onChange: (problem) => told.push(problem) });
  await operator.config('SET', 'maxclients', '1');
  await operator.client('KILL', 'ID', id);
  await until('the loss is told', () => told.length > 0);
  // Enough attempts that the refusal is read as each of its forms, and that some connection is ready for a moment.
  await refusals(10);
  const [first, ...rest] = told;
  expect(first).toMatch(/^it closed the connection|^there is no connection to it|max number of clients/);
  expect(rest.length).toBeLessThanOrEqual(1);
  for (const words of rest) expect(words).toMatch(/max number of clients/);
  await operator.config('SET', 'maxclients', '100');
  await until('the return is told', () => told.at(-1) === undefined);
  stop();
});

/** Resolves after the worker's connection was refused so often. */
function refusals(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    worker.on('close', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
}
