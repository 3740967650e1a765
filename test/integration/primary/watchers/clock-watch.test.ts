import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { QueueEvents } from 'bullmq';
import { createLogger } from '../../../../src/logging/logger.js';
import { watchClock } from '../../../../src/primary/watchers/clock-watch.js';
import { longestDelayMs } from '../../../../src/queue/delay.js';
import { delayedScore } from '../../../../src/redis/jobs/scores.js';
import { queuePrefix } from '../../../../src/redis/key-prefix.js';
import { queueName } from '../../../../src/redis/keys.js';
import { createJobRecovery } from '../../../../src/queue/job-recovery.js';
import { queueOfFile, redisOfFile } from '../../../support/of-file.js';
import { bullQueue } from '../../../support/of-test.js';
import { afterTest } from '../../../support/opened.js';

const aMinuteMs = 60_000;
const anHourMs = 60 * aMinuteMs;

const redis = redisOfFile();
const recovery = createJobRecovery(queueOfFile(redis));

/** Delayed jobs in a Redis, and a primary's watch over them whose clock is `ahead`. */
async function watched() {
  const connection = redis.client;
  await connection.flushall();
  const queue = bullQueue(connection);
  const events = new QueueEvents(queueName, { prefix: queuePrefix, connection });
  afterTest(() => events.close());
  await events.waitUntilReady();
  const clock = { aheadMs: 0 };
  const startWatch = (): void => {
    const stop = watchClock({
      recovery,
      log: createLogger({ level: 'silent', role: 'primary', slot: 0 }),
      now: () => Date.now() + clock.aheadMs,
      intervalMs: 10,
    });
    afterTest(stop);
  };
  return { connection, queue, events, clock, startWatch };
}

it('jobs delayed by a clock that was ahead run when the clock is corrected', async () => {
  const { connection, queue, events, clock, startWatch } = await watched();
  startWatch();
  const job = await queue.add('enhance', {}, { jobId: 'd1', priority: 5, delay: aMinuteMs });
  const stalledCheck = queue.toKey('stalled-check');
  await connection.set(stalledCheck, 1, 'PX', anHourMs);
  clock.aheadMs = anHourMs; // no reason to hurry: jobs come up early by themselves
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await job.getState()).toBe('delayed');

  const waiting = once(events, 'waiting');
  clock.aheadMs = 0;
  await waiting;
  expect(await job.getState()).toBe('prioritized');
  expect(await connection.exists(stalledCheck)).toBe(0);
});

it('jobs delayed by a clock that was ahead run, although no process saw it being corrected', async () => {
  const { queue, events, startWatch } = await watched();
  const misdated = await queue.add('enhance', {}, { jobId: 'd1', priority: 5, delay: anHourMs });
  const usual = await queue.add('enhance', {}, { jobId: 'd2', priority: 5, delay: longestDelayMs });
  const waiting = once(events, 'waiting');
  startWatch();
  expect(await waiting).toMatchObject([{ jobId: 'd1' }, expect.anything()]);
  expect(await misdated.getState()).toBe('prioritized');
  expect(await usual.getState()).toBe('delayed');
});

it('has many large jobs run at once when the clock is set back, without reading their text', async () => {
  const { connection, queue } = await watched();
  const jobs = 2500;
  const text = 'x'.repeat(10_000);
  const dueMs = Date.now() + anHourMs;
  for (let from = 0; from < jobs; from += 500) {
    const pipeline = connection.pipeline();
    for (let i = from; i < from + 500; i++) {
      pipeline.hset(queue.toKey(`d${i}`), { name: 'enhance', data: JSON.stringify({ text }), priority: 5 });
      pipeline.zadd(queue.toKey('delayed'), delayedScore(dueMs), `d${i}`);
    }
    await pipeline.exec();
  }
  const received = async () => Number(/total_net_output_bytes:(\d+)/.exec(await connection.info('stats'))?.[1]);
  const before = await received();
  await recovery.clockSetBack();
  expect(await queue.getJobCounts('delayed', 'prioritized')).toEqual({ delayed: 0, prioritized: jobs });
  expect((await received()) - before).toBeLessThan(5_000_000);
});
