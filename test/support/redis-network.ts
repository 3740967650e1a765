import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { startRedis, type TestRedis } from './redis.js';
import { until } from './service.js';

/** Redis servers on ports of the loopback: primaries, replicas and sentinels. */

export interface NetworkRedis extends TestRedis {
  readonly port: number;
  /** For the test's own commands, through the unix socket, with all rights. */
  readonly admin: Redis;
}

export interface NetworkRedisOptions {
  /** Replicates this one. */
  readonly of?: NetworkRedis;
  readonly password?: string;
  readonly settings?: readonly string[];
}

export async function startNetworkRedis(options: NetworkRedisOptions = {}): Promise<NetworkRedis> {
  const { of, password, settings = [] } = options;
  const port = await freePort();
  const server = await startRedis([
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--repl-diskless-sync-delay',
    '0',
    ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
    ...(of === undefined ? [] : ['--replicaof', '127.0.0.1', String(of.port)]),
    ...settings,
  ]);
  const admin = new Redis({
    path: server.socketPath,
    disconnectTimeout: 50,
    enableReadyCheck: false,
    ...(password === undefined ? {} : { password }),
  });
  admin.on('error', () => undefined); // a killed server
  return {
    ...server,
    port,
    admin,
    async stop() {
      admin.disconnect();
      await server.stop();
    },
  };
}

/** Waits until the replica has everything that its primary has. */
export async function untilReplicated(replica: NetworkRedis): Promise<void> {
  await until('the replica is in step', async () => /master_link_status:up/.test(await replica.admin.info()));
}

export interface Sentinels {
  readonly ports: readonly number[];
  /** The port of the primary as the sentinels know it. */
  primaryPort(): Promise<number>;
  stop(): Promise<void>;
}

/** Under which the sentinels know the primary. */
export const primaryName = 'enhancement-main';

/** A user of the sentinels beside the default one, with the same password. */
export const sentinelUser = 'reader';

/** Three real sentinels that watch a primary, one a vote; two must agree. */
export async function startSentinels(primary: NetworkRedis, password: string, own: string): Promise<Sentinels> {
  const folder = await mkdtemp(join(tmpdir(), 'te-sentinels-'));
  const ports = [await freePort(), await freePort(), await freePort()];
  const children = await Promise.all(
    ports.map(async (port) => {
      const file = join(folder, `${port}.conf`);
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `requirepass ${own}`,
        `user ${sentinelUser} on >${own} allchannels +@all`,
        `sentinel sentinel-pass ${own}`,
        `sentinel monitor ${primaryName} 127.0.0.1 ${primary.port} 2`,
        `sentinel auth-pass ${primaryName} ${password}`,
        `sentinel down-after-milliseconds ${primaryName} 1000`,
        `sentinel failover-timeout ${primaryName} 5000`,
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore', cwd: folder });
    }),
  );
  const [first = 0] = ports;
  const ask = (...command: string[]): string =>
    execFileSync('redis-cli', ['-p', String(first), ...command], {
      encoding: 'utf8',
      env: { ...process.env, REDISCLI_AUTH: own },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  await until('the sentinels know each other and the replica', () => {
    try {
      const known = ask('sentinel', 'master', primaryName);
      return /^num-slaves\n[1-9]/m.test(known) && /^num-other-sentinels\n2$/m.test(known);
    } catch {
      return false; // not up yet
    }
  });
  return {
    ports,
    primaryPort: async () => Number(ask('sentinel', 'get-master-addr-by-name', primaryName).split('\n')[1]),
    async stop() {
      for (const child of children) {
        const running = child.exitCode === null && child.signalCode === null;
        if (running && child.kill('SIGKILL')) await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
