import { Queue, type Telemetry } from 'bullmq';
import type { RedisClient } from './connection.js';
import { keyPrefix, queueName } from './keys.js';
import { withoutVersionCheck } from './server-version.js';

/** The queue as the functions of this folder take it: other folders receive it from `use` and hand it on. */
export interface QueueAccess {
  readonly queue: Queue;
  readonly redis: RedisClient;
}

/** BullMQ's queue on a connection. Its errors are left to each use. */
export function openQueue(redis: RedisClient, telemetry?: Telemetry): Queue {
  const queue = new Queue(queueName, {
    prefix: keyPrefix(redis),
    connection: redis,
    ...withoutVersionCheck,
    skipWaitingForReady: true,
    ...(telemetry === undefined ? {} : { telemetry }),
  });
  queue.on('error', () => undefined);
  return queue;
}

/** For what may wait for Redis: opened at its first use, on a connection of the caller's. */
export interface PatientQueue {
  access(): QueueAccess;
  close(): void;
}

export function patientQueue(redis: RedisClient): PatientQueue {
  let opened: Queue | undefined;
  return {
    access() {
      if (opened === undefined) {
        opened = new Queue(queueName, {
          prefix: keyPrefix(redis),
          connection: redis,
          ...withoutVersionCheck,
          skipMetasUpdate: true,
        });
        opened.on('error', () => undefined);
      }
      return { queue: opened, redis };
    },
    close() {
      opened?.close().catch(() => undefined);
    },
  };
}
