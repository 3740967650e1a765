import { describe, expect, it } from '@jest/globals';
import { createQueueWatcher } from '../../../../src/primary/watchers/queue-watcher.js';
import { openFailFastQueue } from '../../../../src/redis/fail-fast-queue.js';
import { createQueueReader } from '../../../../src/queue/queue-reader.js';
import { startRedis } from '../../../support/redis.js';
import { until } from '../../../support/service.js';

describe('the queue watcher', () => {
  it('gives the last figure while Redis is away for a moment, and says why', async () => {
    const redis = await startRedis();
    const failFastQueue = openFailFastQueue(redis.url);
    const watcher = createQueueWatcher(createQueueReader(failFastQueue));
    await until('it was read', async () => (await watcher.current()) !== undefined);
    expect(watcher.problem).toBeUndefined();
    process.kill(redis.pid, 'SIGSTOP');
    expect(await watcher.current()).toMatchObject({ counts: { waiting: 0 }, oldestJobAgeSeconds: 0, isPaused: false });
    expect(watcher.problem).toBeUndefined(); // so it did not wait for Redis to have failed
    await until('the problem is known', () => watcher.problem !== undefined);
    process.kill(redis.pid, 'SIGCONT');
    watcher.stop();
    await failFastQueue.close();
    await redis.stop();
  });
});
