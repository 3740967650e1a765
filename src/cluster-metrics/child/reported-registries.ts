/**
 * Which registries a child reports when it does not say: the default registries of the clients whose module is loaded, or
 * those given to `ClusterRegistry.setRegistries`.
 *
 * Must not know: any client.
 */
import { ClusterMetricsError } from '../wire/errors.js';
import { type ClientRegistry, isMethod, isObject } from './client.js';

let registries: readonly ClientRegistry[] = [];
let areSet = false;
const followers = new Set<(registries: readonly ClientRegistry[]) => void>();

export function reportedRegistries(): readonly ClientRegistry[] {
  return registries;
}

export function addDefaultRegistry(registry: ClientRegistry): void {
  if (!areSet) tell([...registries, registry]);
}

/** @throws {ClusterMetricsError} UNSUPPORTED_REGISTRY for what is no registry of any client */
export function setReportedRegistries(next: readonly ClientRegistry[]): void {
  const unsupported = next.find((one) => !isObject(one) || !isMethod(one['registerMetric']) || !isMethod(one['clear']));
  if (unsupported !== undefined) {
    throw new ClusterMetricsError(
      'UNSUPPORTED_REGISTRY',
      `setRegistries() takes registries of prom-client or @prometheus-io/client, and was given ${typeof unsupported}.`,
    );
  }
  areSet = true;
  tell(next);
}

export function onReportedRegistries(follow: (registries: readonly ClientRegistry[]) => void): () => void {
  followers.add(follow);
  return () => followers.delete(follow);
}

function tell(next: readonly ClientRegistry[]): void {
  registries = next;
  for (const follow of followers) follow(next);
}
