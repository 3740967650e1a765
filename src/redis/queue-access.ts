import { Queue, type QueueOptions } from 'bullmq';
import type { RedisClient } from './connection.js';
import { keyPrefix } from './key-prefix.js';
import { queueName } from './keys.js';
import { withoutVersionCheck } from './server-version.js';

/** What the functions of this folder need. Other folders receive it from `FailFastQueue.use` and pass it on, unread. */
export interface QueueAccess {
  readonly queue: Queue;
  readonly redis: RedisClient;
}

type Options = Pick<QueueOptions, 'skipWaitingForReady' | 'skipMetasUpdate'>;

/** Opens BullMQ's queue on a connection. Errors of the connection are ignored here: each call reports its own. */
export function openQueue(redis: RedisClient, options: Options): Queue {
  const queue = new Queue(queueName, {
    prefix: keyPrefix(redis),
    connection: redis,
    ...withoutVersionCheck,
    ...options,
  });
  queue.on('error', () => undefined);
  return queue;
}
