import type { Queue } from 'bullmq';
import { failFastConnection } from './connection.js';
import { failFast } from './fail-fast.js';
import type { QueueAccess } from './queue-access.js';
import { QueueUnavailableError } from './queue-unavailable.js';
import { readyWithin } from './reconnection.js';
import { wordsOf } from './redis-errors.js';

export type { QueueAccess } from './queue-access.js';

/** The queue for a caller that cannot wait: each use ends within about a second. */
export interface FailFastQueue {
  /** @throws {QueueUnavailableError} when Redis is unreachable, frozen, full or read-only; with the message of Redis */
  use<T>(task: (access: QueueAccess) => Promise<T>): Promise<T>;
  /** Resolves when the queue can be used, or after this time, milliseconds. */
  ready(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** BullMQ's three hundred modules are loaded at the first connection: most commands of the command line do not need them. */
export function openFailFastQueue(redisUrl: string): FailFastQueue {
  const redis = failFastConnection(redisUrl);
  let made: Queue | undefined;
  let usable: Promise<Queue> | undefined;
  const open = async (): Promise<Queue> => {
    const { openQueue } = await import('./queue-access.js');
    made = openQueue(redis, { skipWaitingForReady: true });
    // BullMQ defines its scripts some ticks later. ioredis ends the process with a TypeError if a script is called in a turn
    // whose pipeline was begun before the script was defined.
    await made.waitUntilReady();
    return made;
  };
  // Once, because BullMQ prepares a queue once, and does not repeat it if it fails.
  redis.once('ready', () => {
    usable = open();
    usable.catch(() => undefined);
  });
  return {
    async use(task) {
      if (usable === undefined) throw new QueueUnavailableError(wordsOf(redis), false);
      const opening = usable;
      return failFast(redis, async () => task({ queue: await opening, redis }));
    },
    ready: (withinMs) => readyWithin(redis, withinMs),
    async close() {
      await made?.close();
      redis.disconnect();
    },
  };
}
