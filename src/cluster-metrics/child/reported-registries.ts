/**
 * Which registries a child reports when it does not say: the default registries of the clients that the program uses, or
 * those given to `ClusterRegistry.setRegistries`.
 *
 * Must not know: any client.
 */
import { ClusterMetricsError } from '../wire/errors.js';
import { type ClientRegistry, isMethod, isObject } from './client.js';

let defaults: readonly ClientRegistry[] = [];
let set: readonly ClientRegistry[] | undefined;
const followers = new Set<(registries: readonly ClientRegistry[]) => void>();

/** @throws {ClusterMetricsError} NO_REGISTRIES when it is not known which client the program uses */
export function reportedRegistries(): readonly ClientRegistry[] {
  if (set === undefined && defaults.length === 0) {
    throw new ClusterMetricsError(
      'NO_REGISTRIES',
      'startReporter() does not know which registries to report: import this library by its subpath for the client, ' +
        '@ticket-enhancer/cluster-metrics/prom-client or /prometheus-io, or give a tracker of your own registries.',
    );
  }
  return set ?? defaults;
}

/** Of each client whose module this library was loaded with. */
export function defaultRegistries(): readonly ClientRegistry[] {
  return defaults;
}

export function addDefaultRegistry(registry: ClientRegistry): void {
  defaults = [...defaults, registry];
  tell();
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
  set = next;
  tell();
}

export function onReportedRegistries(follow: (registries: readonly ClientRegistry[]) => void): () => void {
  followers.add(follow);
  return () => followers.delete(follow);
}

function tell(): void {
  for (const follow of followers) follow(set ?? defaults);
}
