import { type Fault, nothing } from '../fault.js';
import { signal, type Target } from '../target.js';
import { freeze } from './children.js';

/** What happens to the embedded Redis and its keeper. */

function setting(what: string, name: string, usual: string, lastsMs: number, value: Setting): Fault {
  return {
    what,
    scenes: ['redis'],
    lastsMs,
    async begin({ target }) {
      await target.redis.config(name, await value(target));
      return () => target.redis.config(name, usual);
    },
  };
}

type Setting = (target: Target) => Promise<string> | string;

/** Kills Redis and stops the process that would start it again, until undone. */
export async function takeRedisAway(target: Target): Promise<() => void> {
  const [pid, keeper] = [await target.redis.pid(), await target.redis.keeperPid()];
  signal(keeper, 'SIGSTOP');
  signal(pid, 'SIGKILL');
  return () => void signal(keeper, 'SIGCONT');
}

export const redisFaults = {
  'kill redis': {
    what: 'SIGKILL of Redis',
    scenes: ['redis'],
    lastsMs: 1000,
    async begin({ target }) {
      signal(await target.redis.pid(), 'SIGKILL');
      return nothing;
    },
  },
  'kill keeper': {
    what: 'SIGKILL of the keeper of Redis, alone',
    scenes: ['redis'],
    lastsMs: 1000,
    async begin({ target }) {
      signal(await target.redis.keeperPid(), 'SIGKILL');
      return nothing;
    },
  },
  'freeze redis': {
    what: 'SIGSTOP of Redis for 2.5 s',
    scenes: ['redis'],
    lastsMs: 2500,
    async begin({ target }) {
      return freeze(await target.redis.pid());
    },
  },
  'redis away': {
    what: 'Redis killed, and not started again for 3 s (30 s in its drill)',
    scenes: ['redis'],
    lastsMs: 3000,
    async begin({ target }) {
      return takeRedisAway(target);
    },
  },
  'redis full': setting('Redis out of memory (maxmemory 1, noeviction)', 'maxmemory', '0', 2500, () => '1'),
  'redis at its limit': setting('Redis at its maxmemory for 5 s (what it uses now)', 'maxmemory', '0', 5000, (target) =>
    target.redis.usedMemory(),
  ),
  'redis read-only': setting(
    'Redis refuses writes (min-replicas-to-write)',
    'min-replicas-to-write',
    '0',
    2500,
    () => '1',
  ),
} as const satisfies Record<string, Fault>;
