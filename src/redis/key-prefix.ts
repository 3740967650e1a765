/** Prefix of all keys of the service. */
export const queuePrefix = 'enhancement';

export type Topology = { readonly isCluster: boolean };

/**
 * In a Redis Cluster the keys of one script must be on one node. The braces are a hash tag: Redis chooses the node by the text
 * between them. There the keys are `{enhancement}:queue:*`.
 */
export function keyPrefix({ isCluster }: Topology): string {
  return isCluster ? `{${queuePrefix}}` : queuePrefix;
}
