/**
 * The channels of processes that were started with `child_process.fork()`, at the primary's end.
 *
 * Must not know: what the messages mean.
 */
import cluster from 'node:cluster';
import type { ChildProcess } from 'node:child_process';
import { ClusterMetricsError } from './errors.js';
import { onSilence } from './silence.js';
import type { ChildLink, ChildReceiver, ChildKind } from './transport.js';

/**
 * @returns stops receiving
 * @throws {ClusterMetricsError} NO_CHANNEL for a process that cannot report
 */
export function attachProcess(child: ChildProcess, receiver: ChildReceiver): () => void {
  // The cluster's own are followed already, and would count twice.
  const ofCluster = Object.values(cluster.workers ?? {}).flatMap((worker): unknown[] => [worker, worker?.process]);
  if (ofCluster.includes(child)) return () => undefined;
  if (!child.connected) {
    throw new ClusterMetricsError(
      'NO_CHANNEL',
      'attach() takes a worker thread, or a process with an IPC channel that is open: start it with fork(), or let it ' +
        'report to a socket, by registry.listen(path) here and startReporter({ connect: path }) there.',
    );
  }
  const link = ipcLink('process', child.pid ?? 0, () => child);
  let messages = 0;
  const received = (message: unknown): void => {
    messages += 1;
    receiver.message(link, message);
  };
  const disconnected = (): void => {
    detach();
    receiver.gone(link);
  };
  let detached = false;
  const exited = (): void =>
    onSilence(
      () => messages,
      () => {
        if (!detached) disconnected();
      },
    );
  const detach = (): void => {
    detached = true;
    child.off('message', received).off('disconnect', disconnected).off('exit', exited);
  };
  child.on('message', received).on('disconnect', disconnected).on('exit', exited);
  return detach;
}

/** What `ChildProcess` and the cluster's `Worker` have in common. */
interface IpcEnd {
  connected?: boolean;
  isConnected?(): boolean;
  send(message: object, done: (error: Error | null) => void): boolean;
}

/** @param end the process' end of the channel, as of now */
export function ipcLink(kind: ChildKind, id: number, end: () => IpcEnd): ChildLink {
  return {
    kind,
    id,
    send(message) {
      const channel = end();
      try {
        if (channel.isConnected?.() ?? channel.connected === true) channel.send(message, () => undefined);
      } catch {
        // The channel closed in between: the child's end is told by itself.
      }
    },
  };
}
