import { spawnSync } from 'node:child_process';
import { isTooOld, oldestRedis } from '../oldest-redis.js';
import { EmbeddedRedisError } from './embedded-redis-error.js';
import { onPath } from './on-path.js';

/** Path of the redis-server or valkey-server on the PATH. @throws {EmbeddedRedisError} `REDIS_NOT_INSTALLED`, `REDIS_TOO_OLD` */
export function findRedisServer(): string {
  const server = onPath('redis-server') ?? onPath('valkey-server');
  if (server === undefined) {
    throw new EmbeddedRedisError(
      'REDIS_NOT_INSTALLED',
      'There is no redis-server (or valkey-server) on this machine. Install it (Debian: apt-get install redis-server; ' +
        'macOS: brew install redis), or set REDIS_URL to a Redis that runs elsewhere.',
    );
  }
  // `Redis server v=7.0.15 sha=…`. A server with another output is started untested.
  const said = spawnSync(server, ['--version'], { encoding: 'utf8', timeout: versionWithinMs }).stdout ?? '';
  const [, version] = /\bv=(\d+\.\d+\.\d+)/.exec(said) ?? [];
  if (version === undefined || !isTooOld(version)) return server;
  throw new EmbeddedRedisError(
    'REDIS_TOO_OLD',
    `${server} is version ${version}, and the service needs ${oldestRedis} or newer. Install a newer one, or set REDIS_URL to a Redis that runs elsewhere.`,
  );
}

const versionWithinMs = 2000;

/** Arguments of the server. A write is on disk before it is acknowledged, and no key is evicted. */
export function serverSettings(dataDir: string, socketPath: string): string[] {
  const options = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    daemonize: 'no',
    logfile: '',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}
