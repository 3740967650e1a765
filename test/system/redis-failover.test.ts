import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Forwarder, startForwarder } from '../support/forwarder.js';
import { openService } from '../support/of-test.js';
import { forTest } from '../support/opened.js';
import {
  type NetworkRedis,
  primaryName,
  type Sentinels,
  startNetworkRedis,
  startSentinels,
  untilReplicated,
} from '../support/redis-network.js';
import { oneEach, type Service, until } from '../support/service.js';
import { expectService, readiness } from '../support/service-on-redis.js';
import { postTicket } from '../support/webhooks.js';

/** The whole service on a primary with a replica: the replica is promoted, and the service must follow. */

const password = 'redis-p@ssword';

let primary: NetworkRedis;
let replica: NetworkRedis;

beforeEach(async () => {
  primary = await forTest(startNetworkRedis({ password }), (redis) => redis.stop());
  replica = await forTest(startNetworkRedis({ password, of: primary }), (redis) => redis.stop());
  await untilReplicated(replica);
});

const start = (url: string, env: Record<string, string> = {}): Promise<Service> =>
  openService({ env: { ...oneEach, REDIS_URL: url, LOG_LEVEL: 'warn', ...env } });

async function expectUnready(service: Service, reason: RegExp): Promise<void> {
  await until(`/readyz says ${reason}`, async () => {
    const { status, text } = await readiness(service);
    return status === 503 && reason.test(text);
  });
  const response = await postTicket(service.webhooks);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
}

describe('an address that leads to the new primary, while connections to the old one stay open', () => {
  let forwarder: Forwarder;
  let service: Service;

  beforeEach(async () => {
    forwarder = await forTest(startForwarder(primary.port), (opened) => opened.close());
    service = await start(`redis://:${encodeURIComponent(password)}@127.0.0.1:${forwarder.port}`);
    await expectService(service, 10_000);
  });

  async function promote(): Promise<void> {
    await replica.admin.replicaof('NO', 'ONE');
    forwarder.pointAt(replica.port);
  }

  it('is followed within 5 s when the old one was demoted and answers READONLY', async () => {
    // Of a primary that is not there: as the replica of the new one it would lose its data first.
    await primary.admin.replicaof('127.0.0.1', 1);
    await expectUnready(service, /READONLY You can't write against a read only replica/);
    await promote();
    await expectService(service);
    expect(service.output()).toMatch(/"msg":"rejected"[^\n]*|READONLY/);
  });

  it('is followed within 5 s when nobody asks meanwhile', async () => {
    await primary.admin.replicaof('127.0.0.1', 1);
    await promote();
    await expectService(service);
  });

  it('is followed within 5 s when the old one is frozen', async () => {
    process.kill(primary.pid, 'SIGSTOP');
    await expectUnready(service, /Redis takes no write since [^:]+:\d\d:\d\d UTC: it gives no answer\./);
    await promote();
    await expectService(service);
  });

  it('is followed within 5 s when the old one freezes in the moment of the promotion', async () => {
    process.kill(primary.pid, 'SIGSTOP');
    await promote();
    await expectService(service);
  });
});

describe('Redis Sentinel', () => {
  const own = 'sentinels-p@ssword';
  let sentinels: Sentinels;

  beforeEach(async () => {
    sentinels = await forTest(startSentinels(primary, password, own), (opened) => opened.stop());
  });

  const url = (): string => {
    const hosts = sentinels.ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://:${encodeURIComponent(password)}@${hosts}/${primaryName}?db=1`;
  };

  it('names the new primary after the old one was killed, and the service follows within 5 s', async () => {
    const service = await start(url(), { REDIS_SENTINEL_PASSWORD: own });
    await expectService(service, 10_000);
    process.kill(primary.pid, 'SIGKILL');
    await expectUnready(service, /ECONNREFUSED|no answer/);
    await until('the sentinels name another', async () => (await sentinels.primaryPort()) === replica.port, 40_000);
    await until('it is promoted', async () => /role:master/.test(await replica.admin.info()), 20_000);
    await expectService(service);
    expect(service.output()).not.toContain(own);
    expect(service.output()).not.toContain(password);
  });
});
