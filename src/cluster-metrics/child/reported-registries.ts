/**
 * Which registries a child reports when it does not say: the default registries of the clients that the program uses, or
 * those given to `ClusterRegistry.setRegistries`.
 *
 * Must not know: any client.
 */
import { ClusterMetricsError } from '../wire/errors.js';
import { sharedByCopies } from '../wire/shared.js';
import { type ClientRegistry, isMethod, isObject } from './client.js';

interface ReportedRegistries {
  /** Of each client whose module this library was loaded with. */
  defaults: readonly ClientRegistry[];
  set: readonly ClientRegistry[] | undefined;
  readonly followers: Set<(registries: readonly ClientRegistry[]) => void>;
}

const reported = sharedByCopies('reported-registries/1', (): ReportedRegistries => {
  return { defaults: [], set: undefined, followers: new Set() };
});

/** @throws {ClusterMetricsError} NO_REGISTRIES when it is not known which client the program uses */
export function reportedRegistries(): readonly ClientRegistry[] {
  if (reported.set === undefined && reported.defaults.length === 0) {
    throw new ClusterMetricsError(
      'NO_REGISTRIES',
      'startReporter() does not know which registries to report: import this library by its subpath for the client, ' +
        '@ticket-enhancer/cluster-metrics/prom-client or /prometheus-io, or give a tracker of your own registries.',
    );
  }
  return reported.set ?? reported.defaults;
}

export function defaultRegistries(): readonly ClientRegistry[] {
  return reported.defaults;
}

export function addDefaultRegistry(registry: ClientRegistry): void {
  if (reported.defaults.includes(registry)) return;
  reported.defaults = [...reported.defaults, registry];
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
  reported.set = next;
  tell();
}

export function onReportedRegistries(follow: (registries: readonly ClientRegistry[]) => void): () => void {
  reported.followers.add(follow);
  return () => reported.followers.delete(follow);
}

function tell(): void {
  for (const follow of reported.followers) follow(reported.set ?? reported.defaults);
}
