import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Queue, QueueEvents } from 'bullmq';
import { createLogger } from '../../src/logging/logger.js';
import { type ClockWatch, watchClock } from '../../src/primary/clock-watch.js';
import { patientConnection } from '../../src/queue/connection.js';
import { queueName, queuePrefix } from '../../src/queue/job.js';
import { createJobRecovery } from '../../src/queue/job-recovery.js';
import { openPromptQueue } from '../../src/queue/prompt-queue.js';
import { startRedis } from '../support/redis.js';

const anHourMs = 3_600_000;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('what waits for a clock that was an hour ahead goes on when the clock is set right', async () => {
  const redis = await startRedis();
  ends.push(() => redis.stop());
  const promptQueue = openPromptQueue(redis.url);
  ends.push(() => promptQueue.close());
  const connection = patientConnection(redis.url);
  ends.push(() => connection.disconnect());
  const queue = new Queue(queueName, { prefix: queuePrefix, connection });
  ends.push(() => queue.close());
  const events = new QueueEvents(queueName, { prefix: queuePrefix, connection });
  ends.push(() => events.close());
  await events.waitUntilReady();

  let aheadMs = 0;
  const watch: ClockWatch = watchClock({
    recovery: createJobRecovery(promptQueue),
    log: createLogger({ level: 'silent', role: 'primary', slot: 0 }),
    now: () => Date.now() + aheadMs,
    intervalMs: 10,
  });
  ends.push(() => watch.stop());
  const job = await queue.add('enhance', {}, { jobId: 'd1', priority: 5, delay: anHourMs + 1000 });
  const stalledCheck = queue.toKey('stalled-check');
  await connection.set(stalledCheck, 1, 'PX', anHourMs);
  aheadMs = anHourMs; // no reason to hurry: jobs come up early by themselves
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await job.getState()).toBe('delayed');

  const waiting = once(events, 'waiting');
  aheadMs = 0;
  await waiting;
  expect(await job.getState()).toBe('prioritized');
  expect(await connection.exists(stalledCheck)).toBe(0);
});
