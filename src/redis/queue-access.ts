import { Queue, type QueueOptions } from 'bullmq';
import type { RedisClient } from './connection.js';
import { keyPrefix } from './key-prefix.js';
import { queueName } from './keys.js';
import { withoutVersionCheck } from './server-version.js';

/** The queue as the functions of this folder take it: other folders receive it from `use` and hand it on. */
export interface QueueAccess {
  readonly queue: Queue;
  readonly redis: RedisClient;
}

type Options = Pick<QueueOptions, 'skipWaitingForReady' | 'skipMetasUpdate'>;

/** BullMQ's queue on a connection. Its errors are left to each use. */
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
