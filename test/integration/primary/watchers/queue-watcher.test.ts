import { expect, it } from '@jest/globals';
import { createQueueWatcher } from '../../../../src/primary/watchers/queue-watcher.js';
import { createQueueReader } from '../../../../src/queue/queue-reader.js';
import { queueOfFile, redisOfFile } from '../../../support/of-file.js';
import { afterTest } from '../../../support/opened.js';
import { until } from '../../../support/service.js';

const redis = redisOfFile();
const queue = queueOfFile(redis);

it('the queue watcher gives the last figure while Redis is away for a moment, and says why', async () => {
  const watcher = createQueueWatcher(createQueueReader(queue));
  afterTest(() => watcher.stop());
  await until('it was read', async () => (await watcher.current()) !== undefined);
  expect(watcher.problem).toBeUndefined();
  process.kill(redis.pid, 'SIGSTOP');
  expect(await watcher.current()).toMatchObject({ counts: { waiting: 0 }, oldestJobAgeSeconds: 0, isPaused: false });
  expect(watcher.problem).toBeUndefined(); // so it did not wait for Redis to have failed
  await until('the problem is known', () => watcher.problem !== undefined);
  process.kill(redis.pid, 'SIGCONT');
});
