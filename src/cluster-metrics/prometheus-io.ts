/**
 * The library for programs that use @prometheus-io/client. With it, `startReporter()` reports that client's default registry.
 * Must not know: how metrics are recorded, added up or printed.
 */
import {
  ClusterRegistry as ClientClusterRegistry,
  Counter,
  Gauge,
  Histogram,
  type Registry,
  type RegistryContentType,
  register,
} from '@prometheus-io/client';
import { instrumentsWith } from './child/following/instruments.js';
import { addDefaultRegistry } from './child/reporting/reporter-defaults.js';
import { clusterRegistryOn } from './cluster-registry.js';

export * from './index.js';

addDefaultRegistry(register);

export const createInstruments = instrumentsWith<Registry>({ Counter, Gauge, Histogram });

/** The client's own `ClusterRegistry` with the aggregate of this library: see {@link ClusterRegistryMembers}. */
export class ClusterRegistry extends clusterRegistryOn(ClientClusterRegistry<RegistryContentType>, createInstruments) {}
