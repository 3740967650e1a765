import { beforeAll, describe, it } from '@jest/globals';
import { withSentinelPassword } from '../../../src/config/redis-url.js';
import { openFailFastQueue } from '../../../src/redis/fail-fast-queue.js';
import { createQueueReader } from '../../../src/queue/queue-reader.js';
import { afterFile } from '../../support/opened.js';
import {
  primaryName,
  sentinelUser,
  type Sentinels,
  startNetworkRedis,
  startSentinels,
  untilReplicated,
} from '../../support/redis-network.js';
import { until } from '../../support/service.js';

const [password, own] = ['redis-p@ssword', 'sentinels-p@ssword'];

let sentinels: Sentinels;
beforeAll(async () => {
  const primary = await startNetworkRedis({ password });
  afterFile(() => primary.stop());
  const replica = await startNetworkRedis({ password, of: primary });
  afterFile(() => replica.stop());
  await untilReplicated(replica);
  sentinels = await startSentinels(primary, password, own);
  afterFile(() => sentinels.stop());
});

interface Credentials {
  readonly ofRedis: string;
  readonly ofSentinels: string;
  readonly sentinelUser?: string;
}

/** What the probe says in the end; undefined: the write was taken. */
async function probed(name: string, credentials: Credentials, words: RegExp | undefined): Promise<void> {
  const { ofRedis, ofSentinels, sentinelUser: user } = credentials;
  const hosts = sentinels.ports.map((port) => `127.0.0.1:${port}`).join(',');
  const url = `redis+sentinel://:${encodeURIComponent(ofRedis)}@${hosts}/${name}?db=1${user === undefined ? '' : `&sentinel_user=${user}`}`;
  const queue = openFailFastQueue(withSentinelPassword(url, ofSentinels));
  const reader = createQueueReader(queue);
  try {
    await until(`it is told ${words}`, async () => {
      const said = await reader.probeWrite().then(() => undefined, String);
      return words === undefined ? said === undefined : said !== undefined && words.test(said);
    });
  } finally {
    await queue.close();
  }
}

describe('Redis Sentinel', () => {
  it('with a password of its own leads to the primary', () =>
    probed(primaryName, { ofRedis: password, ofSentinels: own }, undefined));
  it('with a user of its own leads to the primary', () =>
    probed(primaryName, { ofRedis: password, ofSentinels: own, sentinelUser }, undefined));
  it('quotes a sentinel that does not know the user', () =>
    probed(
      primaryName,
      { ofRedis: password, ofSentinels: own, sentinelUser: 'nobody' },
      /the sentinel 127\.0\.0\.1:\d+ says WRONGPASS/,
    ));
  it('quotes a sentinel that refuses the password', () =>
    probed(
      primaryName,
      { ofRedis: password, ofSentinels: 'wrong-password' },
      /the sentinel 127\.0\.0\.1:\d+ says WRONGPASS/,
    ));
  it('quotes a sentinel that does not know the primary', () =>
    probed('somebody', { ofRedis: password, ofSentinels: own }, /No such master with that name|know no primary/));
  it('that leads to a Redis with another password is told in the words of Redis', () =>
    probed(primaryName, { ofRedis: 'wrong-password', ofSentinels: own }, /used: WRONGPASS/));
});
