import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { createBacklog } from '../../../src/queue/backlog.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { ticketJob } from '../../support/worker.js';

let redis: TestRedis;
let client: RedisClient;
beforeAll(async () => {
  redis = await startRedis();
  client = patientConnection(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

it('looks past a waiting job whose data is damaged', async () => {
  const waiting = 'enhancement:queue:prioritized';
  const jobs = { damaged: '{"tenantId":', next: JSON.stringify(ticketJob({ ticketId: 'T1' })) };
  for (const [i, [id, data]] of Object.entries(jobs).entries()) {
    await client.hset(`enhancement:queue:${id}`, { data });
    await client.zadd(waiting, i + 1, id);
  }
  expect(await createBacklog(client).bringForward((tenantId) => tenantId === 'acme')).toBe(true);
  expect(await client.zrange(waiting, 0, '0')).toEqual(['next']);
});
