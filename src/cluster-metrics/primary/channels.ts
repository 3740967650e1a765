/**
 * The channels on which children of all kinds report to one aggregate.
 *
 * Must not know: what they report.
 */
import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { attachProcess, receiveFromCluster } from '../wire/ipc.js';
import { listenOnSocket, type SocketOptions } from '../wire/socket-primary.js';
import { attachThread } from '../wire/thread.js';
import type { ChildReceiver } from '../wire/transport.js';

export class Channels {
  readonly #receiver: ChildReceiver;
  /** Each stops receiving from some children. */
  readonly #stops = new Set<() => void>();
  readonly #attached = new WeakSet<ChildProcess | Worker>();
  #closed = false;

  /** Receives from children of the cluster from now on. */
  constructor(receiver: ChildReceiver) {
    this.#receiver = receiver;
    this.#stops.add(receiveFromCluster(receiver));
  }

  /** @throws {ClusterMetricsError} NO_CHANNEL */
  attach(child: ChildProcess | Worker): void {
    if (this.#attached.has(child)) return;
    const stop = child instanceof Worker ? attachThread(child, this.#receiver) : attachProcess(child, this.#receiver);
    this.#attached.add(child);
    this.#stops.add(stop);
    const emitter: EventEmitter = child;
    emitter.once('exit', () => this.#stops.delete(stop));
  }

  /** @throws {ClusterMetricsError} SOCKET_UNUSABLE */
  async listen(path: string, options: SocketOptions = {}): Promise<void> {
    const stop = await listenOnSocket(path, this.#receiver, options);
    if (this.#closed) stop();
    else this.#stops.add(stop);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }
}
