import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLimitWindow, windowMs } from '../../../src/redis/limit-window.js';
import { Rejection } from '../../../src/api/rejection.js';
import { createRateLimiter } from '../../../src/api/rate-limiter.js';
import { patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { readyWithin } from '../../../src/redis/reconnection.js';
import { startApi } from '../../support/api.js';
import { redisOfFile } from '../../support/of-file.js';
import { afterTest } from '../../support/opened.js';
import { postTicket } from '../../support/webhooks.js';
import { tenant } from '../../support/worker.js';

const key = 'enhancement:limit:acme';
const acme = (requestsPerMinute: number) => tenant('acme', { limits: { requestsPerMinute, wordsPerNote: 500 } });
const server = redisOfFile();
let redis: RedisClient;

function connection(): RedisClient {
  const made = patientConnection(server.url);
  afterTest(() => made.disconnect());
  return made;
}

beforeEach(async () => {
  redis = connection();
  await redis.flushall();
});

it.each([
  ['below its limit', 3],
  ['over its limit', 1000],
])('a tenant %s is not held to a window that a clock set back has made an hour long', async (_where, used) => {
  await redis.set(key, used, 'PX', 3_600_000);
  await createRateLimiter(createLimitWindow(redis)).admit(acme(10));
  expect(await redis.get(key)).toBe('1');
  expect(await redis.pttl(key)).toBeLessThanOrEqual(windowMs);
});

it('a window grants what is left of its limit, and ends by itself', async () => {
  const window = createLimitWindow(redis);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 12 }),
      async (limit, takes) => {
        await redis.del(key);
        let left = limit;
        for (const wanted of takes) {
          const { granted, endsInMs } = await window.take('acme', wanted, limit);
          expect(granted).toBe(Math.min(wanted, left));
          expect(endsInMs).toBeGreaterThan(0);
          expect(endsInMs).toBeLessThanOrEqual(windowMs);
          left -= granted;
        }
        if (takes.length > 0) expect(await redis.get(key)).toBe(String(limit - left));
      },
    ),
    { numRuns: 50 },
  );
  await redis.pexpire(key, 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await window.take('acme', 1000, 150)).toMatchObject({ granted: 150 });
});

it.each([150, 6000])('a burst over two limiters is granted exactly its limit of %i', async (limit) => {
  const connections = [connection(), connection()];
  await Promise.all(connections.map((redis) => readyWithin(redis, 5000)));
  const limiters = connections.map((redis) => createRateLimiter(createLimitWindow(redis)));
  const outcomes = await Promise.all(
    Array.from({ length: limit + 101 }, (_, i) =>
      limiters[i % 2]?.admit(acme(limit)).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Rejection ? error.reason : error),
      ),
    ),
  );
  expect(outcomes.filter((one) => one === 'accepted')).toHaveLength(limit);
  expect(outcomes.filter((one) => one === 'rate_limited')).toHaveLength(101);
});

it.each([
  ['exactly what is left', 10, { granted: 10, used: '10' }],
  ['more than what is left', 12, { granted: 10, used: '10' }],
  ['less than what is left', 4, { granted: 4, used: '4' }],
])('a batch of %s is granted the same though its reply is lost, and counted once', async (_which, wanted, expected) => {
  const lossy = connection();
  await readyWithin(lossy, 5000);
  const evaluate = lossy.eval.bind(lossy) as (...args: unknown[]) => Promise<unknown>;
  let losses = 1;
  lossy.eval = async (...args: unknown[]) => {
    const reply = await evaluate(...args);
    if (losses-- > 0) throw new Error('Connection is closed.');
    return reply;
  };
  const { granted } = await createLimitWindow(lossy).take('acme', wanted, 10);
  expect(losses).toBeLessThan(0);
  expect({ granted, used: await redis.get(key) }).toEqual(expected);
  expect(await createLimitWindow(redis).take('acme', 10, 10)).toMatchObject({ granted: 10 - granted });
});

it('an invalid webhook counts like a valid one, and neither leaves a job above the limit', async () => {
  const api = await startApi(server.url);
  afterTest(() => api.close());
  const statuses: number[] = [];
  for (const fields of [{ ticket_id: '' }, {}, { ticket_id: '' }, {}, { ticket_id: '' }]) {
    statuses.push((await postTicket(api.url, { tenant_id: 'slow', ...fields })).status);
  }
  expect(statuses).toEqual([422, 202, 422, 429, 429]);
  expect(await redis.zcard('enhancement:queue:prioritized')).toBe(1);
});

describe('through HTTP, 150 requests a minute over two servers', () => {
  it.each([150, 151, 400])('and %i at once: the limit is accepted, the others get 429, none 503', async (requests) => {
    const servers = await Promise.all([startApi(server.url), startApi(server.url)]);
    for (const one of servers) afterTest(() => one.close());
    const answers = await Promise.all(
      Array.from({ length: requests }, (_, i) => postTicket(servers[i % 2]?.url ?? '', { tenant_id: 'busy' })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(150);
    expect(statuses.filter((status) => status === 429)).toHaveLength(requests - 150);
    for (const answer of answers) {
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});
