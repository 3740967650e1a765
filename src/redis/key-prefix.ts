/** All keys of the service begin with it. */
export const queuePrefix = 'enhancement';

export type Topology = { readonly isCluster: boolean };

/**
 * In a Redis Cluster the keys of one script must be on one node, and the braces make Redis choose it by what is in them alone:
 * there the keys are `{enhancement}:queue:*`.
 */
export function keyPrefix({ isCluster }: Topology): string {
  return isCluster ? `{${queuePrefix}}` : queuePrefix;
}
