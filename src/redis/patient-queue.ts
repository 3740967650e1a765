import type { Queue } from 'bullmq';
import type { RedisClient } from './connection.js';
import { openQueue, type QueueAccess } from './queue-access.js';

/** The queue for a caller that waits for Redis as long as it takes. Opened at its first use, on the caller's connection. */
export interface PatientQueue {
  access(): QueueAccess;
  close(): void;
}

export function patientQueue(redis: RedisClient): PatientQueue {
  let opened: Queue | undefined;
  return {
    access() {
      opened ??= openQueue(redis, { skipMetasUpdate: true });
      return { queue: opened, redis };
    },
    close() {
      opened?.close().catch(() => undefined);
    },
  };
}
