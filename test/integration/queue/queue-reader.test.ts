import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createProducer } from '../../../src/queue/producer.js';
import { openFailFastQueue } from '../../../src/redis/fail-fast-queue.js';
import { createQueueReader } from '../../../src/queue/queue-reader.js';
import { jobWith } from '../../support/queued-jobs.js';
import { startRedis } from '../../support/redis.js';

it('is read without the text of the jobs that wait, and knows the age of the oldest', async () => {
  const own = await startRedis();
  const producer = createProducer({ redisUrl: own.url, attempts: 1 });
  const failFastQueue = openFailFastQueue(own.url);
  const client = new Redis(own.url);
  try {
    await Promise.all([producer.ready(5000), failFastQueue.ready(5000)]);
    for (let i = 0; i < 20; i++) {
      await producer.enqueue(`d${i}`, { ...jobWith(`${i}`), description: 'x'.repeat(100_000) });
    }
    await client.hset('enhancement:queue:d7', 'timestamp', Date.now() - 60_000);
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await client.info('stats'))?.[1]);
    const before = await sent();
    const { oldestJobAgeSeconds } = await createQueueReader(failFastQueue).read();
    expect(oldestJobAgeSeconds).toBeGreaterThanOrEqual(60);
    expect(oldestJobAgeSeconds).toBeLessThan(120);
    expect((await sent()) - before).toBeLessThan(100_000);
    await failFastQueue.use(({ queue }) => queue.pause());
    expect((await createQueueReader(failFastQueue).read()).isPaused).toBe(true);
  } finally {
    client.disconnect();
    producer.close();
    await failFastQueue.close();
    await own.stop();
  }
});
