import type { Queue } from 'bullmq';
import { failFastConnection, readyWithin } from './connection.js';
import { failFast } from './fail-fast.js';
import type { QueueAccess } from './queue-access.js';
import { QueueUnavailableError } from './queue-unavailable.js';
import { wordsOf } from './redis-words.js';

export type { QueueAccess } from './queue-access.js';

/** The queue for a caller that cannot wait: an answer or an error, within about a second. */
export interface FailFastQueue {
  /** @throws {QueueUnavailableError} when Redis is away, frozen, full or read-only; with what Redis said */
  use<T>(task: (access: QueueAccess) => Promise<T>): Promise<T>;
  /** Resolves when it can be used, or when it has not become so in this time, milliseconds. */
  ready(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** BullMQ's three hundred modules are loaded when Redis is there for the first time: few commands of the command line need them. */
export function openFailFastQueue(redisUrl: string): FailFastQueue {
  const redis = failFastConnection(redisUrl);
  let made: Queue | undefined;
  let usable: Promise<Queue> | undefined;
  const open = async (): Promise<Queue> => {
    const { openQueue } = await import('./queue-access.js');
    made = openQueue(redis, { skipWaitingForReady: true });
    // BullMQ defines its scripts some ticks later. ioredis ends the process with a TypeError where one is called in a turn
    // in whose pipeline another command was put before the script was defined.
    await made.waitUntilReady();
    return made;
  };
  // Once: BullMQ prepares a queue once, and never again if that fails.
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
