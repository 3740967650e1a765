/**
 * Names of keys. BullMQ's `prefix` and `name` give `enhancement:queue:*`; it refuses a name that holds a colon. Keys that are
 * used in one script must be made here, or begin with {@link keyPrefix}.
 */
export const queuePrefix = 'enhancement';
export const queueName = 'queue';

type Topology = { readonly isCluster: boolean };

/**
 * In a Redis Cluster the keys of one script must be on one node, and the braces make Redis choose it by what is in them alone:
 * there the keys are `{enhancement}:queue:*`.
 */
export function keyPrefix({ isCluster }: Topology): string {
  return isCluster ? `{${queuePrefix}}` : queuePrefix;
}

/** BullMQ's own keys of a queue, and ours beside them. */
export type QueueKey =
  | 'active'
  | 'completed'
  | 'delayed'
  | 'failed'
  | 'paused'
  | 'prioritized'
  | 'stalled-check'
  | 'wait'
  | 'connection-check'
  | 'runs-alone'
  | 'write-probe'
  | 'write-probe-order';

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
