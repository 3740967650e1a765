/**
 * What a reporter uses where it is not told: the default registries of the clients that the program imports, and the channel to
 * what started this process.
 * Must not know: any client, nor what is reported.
 */
import cluster from 'node:cluster';
import { isMainThread, parentPort } from 'node:worker_threads';
import { ClusterMetricsError } from '../../wire/errors.js';
import type { Identity } from '../../wire/protocol.js';
import { ipcChannel } from '../../wire/channels/ipc.js';
import { socketChannel } from '../../wire/channels/socket-child.js';
import { threadChannel } from '../../wire/channels/thread.js';
import type { ChildChannel } from '../../wire/channels/transport.js';
import { type ClientRegistry, isMethod, isObject } from '../recording/client.js';
import type { ReporterOptions } from './reporter-contract.js';

const stateKey = Symbol.for('@ticket-enhancer/cluster-metrics');

/**
 * State that a process has once, however many copies of this library it loads: as ECMAScript and as CommonJS module, or as
 * dependencies of several packages.
 *
 * @param name of the state, with a number that changes when its type does
 */
function sharedByCopies<T>(name: string, create: () => T): T {
  const holder = globalThis as typeof globalThis & { [stateKey]?: Map<string, unknown> };
  const states = (holder[stateKey] ??= new Map());
  if (!states.has(name)) states.set(name, create());
  // Only calls with this name and type put it there.
  return states.get(name) as T;
}

interface Registries {
  /** Of each client whose module this library was loaded with. */
  defaults: readonly ClientRegistry[];
  set: readonly ClientRegistry[] | undefined;
  readonly followers: Set<(registries: readonly ClientRegistry[]) => void>;
}

const registries = sharedByCopies('reported-registries/1', (): Registries => {
  return { defaults: [], set: undefined, followers: new Set() };
});

/** @throws {ClusterMetricsError} NO_REGISTRIES when it is not known which client the program uses */
export function reportedRegistries(): readonly ClientRegistry[] {
  if (registries.set === undefined && registries.defaults.length === 0) {
    throw new ClusterMetricsError(
      'NO_REGISTRIES',
      'startReporter() does not know which registries to report: import this library by its subpath for the client, ' +
        '@ticket-enhancer/cluster-metrics/prom-client or /prometheus-io, or give a tracker of your own registries.',
    );
  }
  return registries.set ?? registries.defaults;
}

export function defaultRegistries(): readonly ClientRegistry[] {
  return registries.defaults;
}

export function addDefaultRegistry(registry: ClientRegistry): void {
  if (registries.defaults.includes(registry)) return;
  registries.defaults = [...registries.defaults, registry];
  tellRegistries();
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
  registries.set = next;
  tellRegistries();
}

export function onReportedRegistries(follow: (registries: readonly ClientRegistry[]) => void): () => void {
  registries.followers.add(follow);
  return () => registries.followers.delete(follow);
}

function tellRegistries(): void {
  for (const follow of registries.followers) follow(registries.set ?? registries.defaults);
}

/** One reporter for each channel, whichever copy of the library started it: a second one would report everything twice. */
export const reporting = sharedByCopies('reporting/2', () => new Set<object>());

export interface ChosenChannel {
  readonly channel: ChildChannel;
  /** Stands for what is at its other end: the same in each choice that leads there. */
  readonly primary: unknown;
  /** What a second reporter must not have as well. */
  readonly exclusive: object;
  /** What to do when nobody answers. */
  readonly advice: string;
  /** If the program tells none. */
  readonly identity: Identity;
}

/** Reporters by whatever channel of this process: the metrics that they report are the same. */
const thisProcess = sharedByCopies('this-process/1', () => ({}));

const collectorInstead = 'start a cluster-metrics-collector instead, and startReporter({ connect }) here.';

/** @throws {ClusterMetricsError} NOT_A_CHILD when nothing could be reported to */
export function chooseChannel({ channel, connect }: ReporterOptions): ChosenChannel {
  const ofCluster = cluster.worker === undefined ? {} : { worker: String(cluster.worker.id) };
  if (channel !== undefined) {
    const advice = 'make a ClusterRegistry that receives from the channel that was given to startReporter().';
    return { channel, primary: channel, exclusive: channel, advice, identity: ofCluster };
  }
  if (connect !== undefined) {
    const advice = `start a collector that listens at ${connect}, by registry.listen() or as cluster-metrics-collector.`;
    return { channel: socketChannel(connect), primary: connect, exclusive: thisProcess, advice, identity: {} };
  }
  if (!isMainThread && parentPort !== null) {
    const advice = 'call registry.attach(worker) in the thread that makes this one.';
    return { channel: threadChannel(), primary: parentPort, exclusive: thisProcess, advice, identity: {} };
  }
  if (process.send !== undefined) {
    const advice = cluster.isWorker
      ? `make a ClusterRegistry in the process that forks, before the first fork. In PM2 cluster mode that is the PM2 daemon: ${collectorInstead}`
      : `call registry.attach(child) in the process that forks, right after fork(). If that is PM2 or another supervisor: ${collectorInstead}`;
    return { channel: ipcChannel, primary: process, exclusive: thisProcess, advice, identity: ofCluster };
  }
  throw new ClusterMetricsError(
    'NOT_A_CHILD',
    'startReporter() reports to a primary, and no program of Node has started this process: give it the path of a ' +
      "collector's socket, startReporter({ connect }). In the primary itself use ClusterRegistry.",
  );
}
