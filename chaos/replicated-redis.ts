import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.js';
import { type Forwarder, startForwarder } from '../test/support/forwarder.js';
import { startRedis, type TestRedis } from '../test/support/redis.js';
import { until } from '../test/support/service.js';
import { lookThrough, type RedisView } from './redis-view.js';
import { signal } from './target.js';

/**
 * A primary and a replica of it, and an address that leads to the primary: as a managed Redis is. A failover moves the
 * address; connections that stand stay with the server that they have.
 */
export interface ReplicatedRedis {
  readonly url: string;
  /** The primary of now, seen past the address. */
  readonly view: RedisView;
  /** Nothing acknowledged is lost: writes are held until the replica has all of them. */
  planned(): Promise<void>;
  /** The replica is promoted while the old primary still takes writes, which are lost. */
  sudden(): Promise<void>;
  /** The old primary is stopped as it is, with its connections open, and the replica promoted. It does not come back. */
  silent(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  readonly redis: TestRedis;
  readonly port: number;
  /** For the drill's own commands. */
  readonly client: Redis;
}

const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
const local = '127.0.0.1';

async function startServer(...more: string[]): Promise<Server> {
  const port = await freePort();
  // Without a delay of five seconds before a replica gets its first copy.
  const replication = ['--repl-diskless-sync-delay', '0'];
  const redis = await startRedis(['--port', String(port), '--bind', local, ...settings, ...replication, ...more]);
  const client = new Redis({ path: redis.socketPath, disconnectTimeout: 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined); // it is stopped and killed
  return { redis, port, client };
}

async function untilRole(server: Server, role: 'master' | 'slave'): Promise<void> {
  await until(`a Redis is the ${role}`, async () => (await server.client.info('replication')).includes(`role:${role}`));
}

async function untilInStep(replica: Server): Promise<void> {
  await until('the replica is in step', async () =>
    /master_link_status:up/.test(await replica.client.info('replication')),
  );
}

export async function startReplicatedRedis(): Promise<ReplicatedRedis> {
  let primary = await startServer();
  let replica = await startServer('--replicaof', local, String(primary.port));
  await untilInStep(replica);
  const forwarder: Forwarder = await startForwarder(primary.port);
  const noKeeper = async (): Promise<never> => {
    throw new Error('nothing keeps this Redis');
  };
  const viewOf = ({ client }: Server): RedisView => lookThrough(client, noKeeper);
  const views = new Map([primary, replica].map((server) => [server, viewOf(server)]));
  const now = (): RedisView => views.get(primary) ?? viewOf(primary);

  const swap = (): void => {
    [primary, replica] = [replica, primary];
    forwarder.pointAt(primary.port);
  };

  return {
    url: `redis://${local}:${forwarder.port}`,
    view: {
      pid: () => now().pid(),
      keeperPid: noKeeper,
      config: (name, value) => now().config(name, value),
      usedMemory: () => now().usedMemory(),
      jobs: () => now().jobs(),
      endOf: (jobId) => now().endOf(jobId),
      endedAtMs: (jobId) => now().endedAtMs(jobId),
      addHistory: (tenantId, tickets) => now().addHistory(tenantId, tickets),
      failedReason: (jobId) => now().failedReason(jobId),
      recordsOf: (jobId) => now().recordsOf(jobId),
      holders: (ofJob) => now().holders(ofJob),
      nextClaim: (withinMs) => now().nextClaim(withinMs),
      jump: (aheadMs) => now().jump(aheadMs),
      close: () => views.forEach((view) => view.close()),
    },
    async planned() {
      await primary.client.call('FAILOVER', 'TO', local, String(replica.port), 'TIMEOUT', '10000');
      await untilRole(replica, 'master');
      swap();
      await untilInStep(replica);
    },
    async sudden() {
      await replica.client.call('REPLICAOF', 'NO', 'ONE');
      swap();
      await replica.client.call('REPLICAOF', local, String(primary.port));
      await untilInStep(replica);
    },
    async silent() {
      signal(primary.redis.pid, 'SIGSTOP');
      // As a monitor does that must be sure first.
      await sleep(1000);
      await replica.client.call('REPLICAOF', 'NO', 'ONE');
      swap();
    },
    async close() {
      await forwarder.close();
      for (const { redis, client } of [primary, replica]) {
        client.disconnect();
        await redis.stop();
      }
    },
  };
}
