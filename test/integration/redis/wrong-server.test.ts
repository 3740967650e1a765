import { beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisCheck } from '../../../src/cli/checks/redis.js';
import { loadConfig } from '../../../src/config/config.js';
import { failFastConnection, patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { readyWithin } from '../../../src/redis/reconnection.js';
import { startForwarder } from '../../support/forwarder.js';
import { afterTest, eachTest, forTest } from '../../support/opened.js';
import { type NetworkRedis, startNetworkRedis } from '../../support/redis-network.js';

/** A server that takes no write: a primary that was demoted, while its address leads to another one, and a full one. */

let servers: NetworkRedis[];
let client: RedisClient;
beforeEach(async () => {
  servers = await Promise.all([1, 2].map(() => forTest(startNetworkRedis(), (server) => server.stop())));
});
const forwarder = eachTest(
  () => startForwarder(servers[0]?.port ?? 0),
  (opened) => opened.close(),
);

async function demotedUnder(connect: typeof patientConnection): Promise<NetworkRedis> {
  const [old, promoted] = servers;
  if (old === undefined || promoted === undefined) throw new Error('no servers');
  client = connect(`redis://127.0.0.1:${forwarder.port}`);
  afterTest(() => client.disconnect());
  await readyWithin(client, 10_000);
  await old.admin.replicaof('127.0.0.1', 1);
  forwarder.pointAt(promoted.port);
  return promoted;
}

/** In one write, so that the second is on its way when the first is refused. */
const two = () => Promise.allSettled([client.set('a', '1'), client.eval("return redis.call('SET', 'b', '2')", 0)]);

it('a patient one has all commands executed by the new primary, those that were on their way included', async () => {
  const promoted = await demotedUnder(patientConnection);
  expect((await two()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(await promoted.admin.mget('a', 'b')).toEqual(['1', '2']);
});

it('a patient one tells its caller when the server that it finds again refuses the command, too', async () => {
  await demotedUnder(patientConnection);
  forwarder.pointAt(servers[0]?.port ?? 0);
  await expect(client.set('a', '1')).rejects.toThrow(/^READONLY/);
});

it('a patient one tells its caller also when it takes long to connect', async () => {
  await demotedUnder(patientConnection);
  forwarder.pointAt(servers[0]?.port ?? 0, 300);
  await expect(client.set('a', '1')).rejects.toThrow(/^READONLY/);
});

it('a duplicate of one that is closed tells its caller, too', async () => {
  await demotedUnder(patientConnection);
  forwarder.pointAt(servers[0]?.port ?? 0);
  if (!(client instanceof Redis)) throw new Error('no connection to one server');
  const duplicate = client.duplicate();
  client.disconnect();
  await expect(duplicate.set('a', '1')).rejects.toThrow(/^READONLY/);
  duplicate.disconnect();
});

it('a fail-fast one tells its caller at once, and sends nothing again', async () => {
  const promoted = await demotedUnder((url) => failFastConnection(url));
  expect((await two()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await promoted.admin.mget('a', 'b')).toEqual([null, null]);
});

it('check says why it accepts no job, and does not promise that it will', async () => {
  const [server] = servers;
  if (server === undefined) throw new Error('no server');
  await server.admin.config('SET', 'maxmemory', '1');
  const [finding] = await redisCheck(loadConfig({ REDIS_URL: `redis://127.0.0.1:${server.port}` })).run(
    new AbortController().signal,
  );
  expect(finding).toMatchObject({
    level: 'failed',
    text: expect.stringMatching(/ answers, but accepts no job: OOM command not allowed .* 'maxmemory'\.$/),
  });
});
