import { expect, it } from '@jest/globals';
import { createProducer } from '../../../src/queue/producer.js';
import { createQueueReader } from '../../../src/queue/queue-reader.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { afterTest } from '../../support/opened.js';
import { jobWith } from '../../support/queued-jobs.js';

const redis = redisOfFile();
const queue = queueOfFile(redis);

it('is read without the text of the jobs that wait, and knows the age of the oldest', async () => {
  const producer = createProducer({ redisUrl: redis.url, attempts: 1 });
  afterTest(() => producer.close());
  await producer.ready(5000);
  for (let i = 0; i < 20; i++) {
    await producer.enqueue(`d${i}`, { ...jobWith(`${i}`), description: 'x'.repeat(100_000) });
  }
  await redis.client.hset('enhancement:queue:d7', 'timestamp', Date.now() - 60_000);
  const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.client.info('stats'))?.[1]);
  const before = await sent();
  const { oldestJobAgeSeconds } = await createQueueReader(queue).read();
  expect(oldestJobAgeSeconds).toBeGreaterThanOrEqual(60);
  expect(oldestJobAgeSeconds).toBeLessThan(120);
  expect((await sent()) - before).toBeLessThan(100_000);
  await queue.use(({ queue: bull }) => bull.pause());
  expect((await createQueueReader(queue).read()).isPaused).toBe(true);
});
