import { keyPrefix, type Topology } from './key-prefix.js';

/**
 * Names of the queue's keys: with BullMQ's prefix and this name they are `enhancement:queue:*`. BullMQ refuses a name that holds
 * a colon.
 */
export const queueName = 'queue';

/** The keys of the queue: BullMQ's, and ours beside them. */
export type QueueKey =
  | 'active'
  | 'completed'
  | 'delayed'
  | 'events'
  | 'failed'
  | 'id'
  | 'marker'
  | 'meta'
  | 'paused'
  | 'pc'
  | 'prioritized'
  | 'stalled-check'
  | 'wait'
  | 'connection-check'
  | 'runs-alone'
  | 'write-probe'
  | 'write-probe-order'
  | 'write-probe-events';

export function queueKey(redis: Topology, key: QueueKey): string {
  return `${keyPrefix(redis)}:${queueName}:${key}`;
}

/** BullMQ's hash of a job, and the prefix of its other keys of the job. With an empty id: the prefix of all jobs. */
export function jobKey(redis: Topology, jobId: string): string {
  return `${keyPrefix(redis)}:${queueName}:${jobId}`;
}

/** BullMQ's lock on a job. Its value is the token of the worker that holds it. */
export function lockKey(redis: Topology, jobId: string): string {
  return `${jobKey(redis, jobId)}:lock`;
}
