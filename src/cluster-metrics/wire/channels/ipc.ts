/**
 * The IPC channels of processes that were started with `cluster.fork()` or `child_process.fork()`, at both ends. They are shared
 * with other messages.
 * Must not know: what the messages mean.
 */
import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { ClusterMetricsError } from '../errors.js';
import type { ChildChannel, ChildKind, ChildLink, ChildReceiver } from './transport.js';

/** The child's end. */
export const ipcChannel: ChildChannel = {
  open(listener) {
    const { message } = listener;
    const closed = (): void => listener.closed(new Error('The primary has closed the IPC channel, or has ended.'));
    process.on('message', message);
    process.on('disconnect', closed);
    if (process.connected) listener.opened();
    else closed();
    return () => {
      process.off('message', message);
      process.off('disconnect', closed);
    };
  },
  send(message, done) {
    if (process.send !== undefined && process.connected) process.send(message, undefined, undefined, done);
    else process.nextTick(done, new Error('The IPC channel is closed.'));
  },
};

/** One listener on the cluster for all registries of a process: each of its own would be taken for a leak from the eleventh on. */
const receivers = new Set<ChildReceiver>();
let stopListening: (() => void) | undefined;

/** Receives from all children of `cluster.fork()`. @returns stops receiving */
export function receiveFromCluster(receiver: ChildReceiver): () => void {
  receivers.add(receiver);
  stopListening ??= listenToCluster();
  return () => {
    receivers.delete(receiver);
    if (receivers.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  };
}

function listenToCluster(): () => void {
  const children = new Map<number, ProcessLink>();
  const received = (worker: Worker, message: unknown): void => {
    const { id } = worker;
    const child = children.get(id) ?? new ProcessLink('cluster', id, worker, receivers);
    child.onEnd = () => children.delete(id);
    children.set(id, child);
    child.received(message);
  };
  const disconnected = ({ id }: Worker): void => children.get(id)?.ended();
  const exited = ({ id }: Worker): void => children.get(id)?.endWhenSilent();
  cluster.on('message', received).on('disconnect', disconnected).on('exit', exited);
  return () => {
    cluster.off('message', received).off('disconnect', disconnected).off('exit', exited);
  };
}

/**
 * Receives from a process of `child_process.fork()`.
 *
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
  const received = (message: unknown): void => link.received(message);
  const disconnected = (): void => link.ended();
  const exited = (): void => link.endWhenSilent();
  const detach = (): void => {
    link.hasEnded = true;
    child.off('message', received).off('disconnect', disconnected).off('exit', exited);
  };
  const link = new ProcessLink('process', child.pid ?? 0, child, [receiver]);
  link.onEnd = detach;
  child.on('message', received).on('disconnect', disconnected).on('exit', exited);
  return detach;
}

/**
 * How long a process that has exited must be silent until nothing more is expected of it. Milliseconds. Its last messages lie
 * in the kernel's buffer by then, so this is the time in which the primary gets round to reading them.
 */
const silenceMs = 1000;

/** What `ChildProcess` and the cluster's `Worker` have in common. */
interface IpcEnd {
  connected?: boolean;
  isConnected?(): boolean;
  send(message: object, done: () => void): boolean;
}

/** One process, at the primary's end. */
class ProcessLink implements ChildLink {
  onEnd: () => unknown = () => undefined;
  hasEnded = false;
  #messages = 0;

  /** @param end the process' end of the channel */
  constructor(
    readonly kind: ChildKind,
    readonly id: number,
    readonly end: IpcEnd,
    readonly receivers: Iterable<ChildReceiver>,
  ) {}

  send(message: object): void {
    try {
      if (this.end.isConnected?.() ?? this.end.connected === true) this.end.send(message, () => undefined);
    } catch {
      // The channel closed in between: the child's end is told by itself.
    }
  }

  received(message: unknown): void {
    this.#messages += 1;
    for (const receiver of this.receivers) receiver.message(this, message);
  }

  /** `disconnect` comes after the last message. */
  ended(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.onEnd();
    for (const receiver of this.receivers) receiver.gone(this);
  }

  /**
   * `exit` may come before the last message. But a process that ends between asking for a listening socket and acknowledging it
   * never makes Node emit `disconnect` (`_handleQueue` in Node's child_process waits for the acknowledgement), so after `exit`
   * silence is enough.
   */
  endWhenSilent(): void {
    const before = this.#messages;
    setTimeout(() => {
      // Timers run before reading: if the primary was blocked meanwhile, this lets it read first.
      setImmediate(() => {
        if (this.#messages === before) this.ended();
        else this.endWhenSilent();
      });
    }, silenceMs).unref();
  }
}
