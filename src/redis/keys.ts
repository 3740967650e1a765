import { keyPrefix, type Topology } from './key-prefix.js';

/**
 * Names of the queue's keys: with BullMQ's prefix and this name they are `enhancement:queue:*`. BullMQ refuses a name that holds
 * a colon.
 */
export const queueName = 'queue';

/** BullMQ's own keys of a queue, and ours beside them. */
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

/** BullMQ's hash of a job; what else it keeps about the job has a key that begins with this one. Empty id: what all begin with. */
export function jobKey(redis: Topology, jobId: string): string {
  return `${keyPrefix(redis)}:${queueName}:${jobId}`;
}

/** BullMQ's lock on a job: holds the token of the worker that has it. */
export function lockKey(redis: Topology, jobId: string): string {
  return `${jobKey(redis, jobId)}:lock`;
}
