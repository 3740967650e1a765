import { describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createProducer } from '../../../src/queue/producer.js';
import { startEmbedded } from '../../support/embedded-redis.js';
import { jobWith, untilQueued } from '../../support/queued-jobs.js';
import { temporaryFolder } from '../../support/opened.js';
import { processExists, until } from '../../support/service.js';

describe('the embedded Redis', () => {
  it('keeps what was acknowledged when it is killed, and comes back by itself', async () => {
    const folder = temporaryFolder();
    const embedded = await startEmbedded(folder);
    const producer = createProducer({ redisUrl: embedded.url, attempts: 4 });
    await untilQueued(producer, 'd0');
    const client = new Redis({ path: embedded.url.slice('unix://'.length), disconnectTimeout: 50 });
    client.on('error', () => undefined);
    for (let round = 1; round <= 3; round++) {
      await producer.enqueue(`d${round}`, jobWith(String(round)));
      const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
      process.kill(pid, 'SIGKILL');
      await until('the killed one is gone', () => !processExists(pid));
      await untilQueued(producer, `d${round}`);
      expect(await producer.enqueue(`d${round}`, jobWith('again'))).toMatchObject({ duplicate: true });
    }
    client.disconnect();
    producer.close();
    await embedded.stop();
    expect(readFileSync(join(folder, 'redis.log'), 'utf8')).toContain('Redis');
  });

  it('refuses a second one on the same folder', async () => {
    const folder = temporaryFolder();
    const embedded = await startEmbedded(folder);
    await expect(startEmbedded(folder)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await embedded.stop();
    const again = await startEmbedded(folder);
    await again.stop();
  });

  it('makes its folder with the parents, for this user alone', async () => {
    const root = temporaryFolder();
    const folder = join(root, 'var', 'data');
    const embedded = await startEmbedded(folder);
    await embedded.stop();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('says so where its folder cannot be made', async () => {
    // Linux takes no folder there, and says that its parent is missing.
    await expect(startEmbedded('/proc/ticket-enhancer/data')).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
      message: expect.stringMatching(
        /^DATA_DIR \/proc\/ticket-enhancer\/data cannot be used \(.+\)\. Set it to a folder/,
      ),
    });
  });

  it('finds a place for its socket when the folder’s path is too long for one', async () => {
    const folder = temporaryFolder();
    const embedded = await startEmbedded(join(folder, 'x'.repeat(100)));
    expect(embedded.url.length).toBeLessThan(110);
    await embedded.stop();
  });
});
