/**
 * The library for programs that use prom-client. With it, `startReporter()` reports prom-client's default registry.
 * Must not know: how metrics are recorded, added up or printed.
 */
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  type Registry,
  type RegistryContentType,
  register,
} from 'prom-client';
import { instrumentsWith } from './child/following/instruments.js';
import { addDefaultRegistry } from './child/reporting/reporter-defaults.js';
import { clusterRegistryOn } from './cluster-registry.js';

export * from './index.js';

addDefaultRegistry(register);

export const createInstruments = instrumentsWith<Registry>({ Counter, Gauge, Histogram });

/** prom-client's `AggregatorRegistry` with the aggregate of this library: see {@link ClusterRegistryMembers}. */
export class ClusterRegistry extends clusterRegistryOn(AggregatorRegistry<RegistryContentType>, createInstruments) {}
