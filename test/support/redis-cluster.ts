import { execFileSync } from 'node:child_process';
import { freePort } from './free-port.js';
import { startRedis, type TestRedis } from './redis.js';

export interface RedisClusterNode {
  readonly port: number;
  readonly pid: number;
}

export interface TestRedisCluster {
  /** `redis+cluster://…`, with the password and all nodes. */
  readonly url: string;
  readonly nodes: readonly RedisClusterNode[];
  readonly password: string;
  stop(): Promise<void>;
}

const nodeCount = 3;
/** With a character that an address cannot hold as it is. */
const password = 'p@ssword';

/** A real Redis Cluster on loopback: three primaries without replicas, the slots shared out evenly. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const servers: TestRedis[] = [];
  const nodes: RedisClusterNode[] = [];
  for (let i = 0; i < nodeCount; i++) {
    // The bus has a port of its own; by default it would be 10,000 higher, which need not exist.
    const [port, busPort] = [await freePort(), await freePort()];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
    const server = await startRedis([
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--requirepass',
      password,
      ...cluster,
    ]);
    servers.push(server);
    nodes.push({ port, pid: server.pid });
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  // Returns when all nodes agree.
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], {
    stdio: 'ignore',
    env: { ...process.env, REDISCLI_AUTH: password },
  });
  return {
    url: `redis+cluster://:${encodeURIComponent(password)}@${addresses.join(',')}`,
    nodes,
    password,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
