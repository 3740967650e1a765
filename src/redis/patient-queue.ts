import { Queue } from 'bullmq';
import type { RedisClient } from './connection.js';
import { keyPrefix } from './key-prefix.js';
import { queueName } from './keys.js';
import type { QueueAccess } from './queue-access.js';
import { withoutVersionCheck } from './server-version.js';

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
