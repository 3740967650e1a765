import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/logging/logger.js';
import { watchAuditTrail } from '../../../src/primary/watchers/audit-watch.js';
import { createAuditTrail } from '../../../src/queue/audit-trail.js';
import { type FailFastQueue, openFailFastQueue } from '../../../src/redis/fail-fast-queue.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { until } from '../../support/service.js';

let redis: TestRedis;
let queue: FailFastQueue;

beforeAll(async () => {
  redis = await startRedis();
  queue = openFailFastQueue(redis.url);
  await queue.ready(10_000);
});
afterAll(async () => {
  await queue.close();
  await redis.stop();
});

it('changes that were made while no instance ran are in the log of one instance, each once and in their order', async () => {
  const trail = createAuditTrail(queue);
  const change = (id: string) => ({
    action: 'retry',
    user: 'ann',
    host: 'desk-1',
    at: '2026-11-29T12:00:00.000Z',
    jobs: 1,
    job_ids: [id],
  });
  for (const id of ['d1', 'd2', 'd3']) await trail.record(change(id));
  const audits: unknown[] = [];
  const destination = { write: (line: string) => void audits.push((JSON.parse(line) as { audit?: unknown }).audit) };
  const log = createLogger({ level: 'info', role: 'primary', slot: 0, destination });
  let looks = 0;
  const counted = { take: () => trail.take().finally(() => (looks += 1)) };
  const stops = [1, 2].map(() => watchAuditTrail({ trail: counted, log, intervalMs: 10 }));
  await until('all have looked more than once', () => looks > 4);
  for (const stop of stops) stop();
  expect(audits).toEqual(['d1', 'd2', 'd3'].map(change));
  expect(await queue.use(({ redis }) => redis.exists('enhancement:audit'))).toBe(0);
});
