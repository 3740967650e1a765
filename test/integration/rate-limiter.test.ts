import { afterEach, expect, it } from '@jest/globals';
import { createRateLimiter } from '../../src/api/rate-limiter.js';
import { patientConnection } from '../../src/queue/connection.js';
import { startRedis } from '../support/redis.js';
import { tenant } from '../support/worker.js';

const key = 'enhancement:limit:acme';
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it.each([
  ['below its limit', 3],
  ['over its limit', 1000],
])('a tenant %s is not held to a window that a clock set back has made an hour long', async (_where, used) => {
  const server = await startRedis();
  ends.push(() => server.stop());
  const redis = patientConnection(server.url);
  ends.push(() => redis.disconnect());
  await redis.set(key, used, 'PX', 3_600_000);
  await createRateLimiter(redis).admit(tenant('acme', { limits: { requestsPerMinute: 10, wordsPerNote: 500 } }));
  expect(await redis.get(key)).toBe('1');
  expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000);
});
