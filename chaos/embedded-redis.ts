import { Redis } from 'ioredis';
import { join } from 'node:path';
import { until } from '../test/support/service.js';
import { type Process, processList } from './processes.js';
import { lookThrough, type RedisView } from './redis-view.js';

/** The service's own Redis, seen from outside. */
export function lookInto(dataDir: string): RedisView {
  const redis = new Redis({
    path: join(dataDir, 'redis.sock'),
    disconnectTimeout: 50,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    // Longer than any fault keeps it away: a Redis that never comes back must not hold the runner.
    commandTimeout: 60_000,
  });
  return lookThrough(redis, async () => {
    let keeper: Process | undefined;
    await until('there is a keeper of Redis', async () => {
      keeper = keeperAmong(await processList(), dataDir);
      return keeper !== undefined;
    });
    return keeper?.pid ?? 0;
  });
}

/**
 * The keeper of the Redis of this folder: the parent of that Redis; while there is none, the process that is called so and
 * works on this folder. `flock` may run the keeper as its own child, with the same words on its command line.
 */
export function keeperAmong(processes: readonly Process[], dataDir: string): Process | undefined {
  const isKeeper = ({ command }: Process): boolean =>
    command.some((word) => word.includes('redis-keeper')) &&
    command.some((word) => word.includes(dataDir)) &&
    !/(^|\/)flock$/.test(command[0] ?? '');
  const servers = processes.filter(
    ({ command }) =>
      // Redis writes its name and its socket over its command line.
      /^\S*(redis|valkey)-server .*\bunixsocket:/.test(command.join(' ')) && command.join(' ').includes(dataDir),
  );
  const parents = processes.filter((one) => servers.some(({ parent }) => parent === one.pid));
  const keepers = processes.filter(isKeeper);
  // A keeper's own helpers may have its command line too: the one that is wanted is their parent.
  const topmost = keepers.filter(({ parent }) => !keepers.some(({ pid }) => pid === parent));
  return parents.find(isKeeper) ?? topmost[0];
}
