/**
 * By which channel this process reports if it does not say: the one to what started it.
 *
 * Must not know: what is reported.
 */
import cluster from 'node:cluster';
import { isMainThread, parentPort } from 'node:worker_threads';
import { ClusterMetricsError } from '../wire/errors.js';
import type { Identity } from '../wire/identity.js';
import { ipcChannel } from '../wire/ipc-child.js';
import { sharedByCopies } from '../wire/shared.js';
import { socketChannel } from '../wire/socket-child.js';
import { threadChannel } from '../wire/thread-child.js';
import type { ChannelListener, ChildChannel } from '../wire/transport.js';
import type { ReporterOptions, Send } from './reporter-contract.js';

export interface Choice {
  readonly channel: ChildChannel;
  /** Stands for what is at its other end: the same object in each choice that leads there. */
  readonly primary: object;
  /** What a second reporter must not have as well: it would report everything twice. */
  readonly taken: object | undefined;
  /** What to do when nobody answers. */
  readonly advice: string;
  /** If the program tells none. */
  readonly identity: Identity;
}

/** Reporters by whatever channel of this process: the metrics that they report are the same. */
const thisProcess = sharedByCopies('this-process/1', () => ({}));

/** By the paths of their sockets. */
const primaries = new Map<string, object>();

function primaryAt(path: string): object {
  const known = primaries.get(path) ?? {};
  primaries.set(path, known);
  return known;
}

/** @throws {ClusterMetricsError} NOT_A_CHILD when nothing could be reported to */
export function chooseChannel({ send, channel, connect }: ReporterOptions): Choice {
  const own = { advice: ownChannel, identity: ofCluster() };
  if (send !== undefined) return { channel: oneWay(send), primary: send, taken: undefined, ...own };
  if (channel !== undefined) return { channel, primary: channel, taken: channel, ...own };
  if (connect !== undefined) {
    return {
      channel: socketChannel(connect),
      primary: primaryAt(connect),
      taken: thisProcess,
      advice: `start a collector that listens at ${connect}, by registry.listen() or as cluster-metrics-collector.`,
      identity: {},
    };
  }
  if (!isMainThread && parentPort !== null) {
    const advice = 'call registry.attach(worker) in the thread that makes this one, right after new Worker().';
    return { channel: threadChannel(), primary: parentPort, taken: thisProcess, advice, identity: {} };
  }
  if (process.send !== undefined) {
    return {
      channel: ipcChannel,
      primary: process,
      taken: thisProcess,
      advice: cluster.isWorker
        ? 'make a ClusterRegistry in the process that forks, before the first fork. In PM2 cluster mode that is the PM2 daemon: ' +
          'start a cluster-metrics-collector instead, and startReporter({ connect }) here.'
        : 'call registry.attach(child) in the process that forks, right after fork(). If that is PM2 or another supervisor: ' +
          'start a cluster-metrics-collector instead, and startReporter({ connect }) here.',
      identity: ofCluster(),
    };
  }
  throw new ClusterMetricsError(
    'NOT_A_CHILD',
    'startReporter() reports to a primary, and no program of Node has started this process: give it the path of a ' +
      "collector's socket, startReporter({ connect }). In the primary itself use ClusterRegistry.",
  );
}

const ownChannel = 'make a ClusterRegistry that receives from the channel that was given to startReporter().';

function ofCluster(): Identity {
  return cluster.worker === undefined ? {} : { worker: String(cluster.worker.id) };
}

function oneWay(send: Send): ChildChannel {
  let listener: ChannelListener | undefined;
  return {
    open(opened) {
      listener = opened;
      listener.opened();
      return () => undefined;
    },
    send(message, done) {
      send(message, (error) => {
        if (error !== null) listener?.closed(error);
        done(error);
      });
    },
  };
}
