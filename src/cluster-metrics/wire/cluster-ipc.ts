/**
 * The transport of `node:cluster`: the IPC channel between a child of `cluster.fork()` and its primary, which they share
 * with other messages.
 *
 * Must not know: what the messages mean.
 */
import cluster, { type Worker } from 'node:cluster';
import { onChildGone } from './child-ends.js';
import { sharedByCopies } from './shared.js';
import type { ChildChannel, ChildLink, ChildReceiver, PrimaryTransport } from './transport.js';

/** One for all copies of this library: a process has one reporter on it. */
export const clusterChild = sharedByCopies(
  'cluster-child/1',
  (): ChildChannel => ({
    send(message, done) {
      if (process.send === undefined || !process.connected) done(new Error('The channel to the primary is closed.'));
      else process.send(message, undefined, undefined, done);
    },
    receive(receiver) {
      process.on('message', receiver);
      return () => process.off('message', receiver);
    },
  }),
);

/** One listener on the cluster for all registries of a process: each of its own would be taken for a leak from the eleventh on. */
const receivers = new Set<ChildReceiver>();
let stopListening: (() => void) | undefined;

export const clusterPrimary: PrimaryTransport = {
  listen(receiver) {
    receivers.add(receiver);
    stopListening ??= listenToCluster();
    return () => {
      receivers.delete(receiver);
      if (receivers.size > 0) return;
      stopListening?.();
      stopListening = undefined;
    };
  },
};

function listenToCluster(): () => void {
  const receive = (worker: Worker, message: unknown): void => {
    const link = linkTo(worker);
    for (const receiver of receivers) receiver.message(link, message);
  };
  cluster.on('message', receive);
  const lastHeardMs = (childId: number): number | undefined => {
    const times = Array.from(receivers, (receiver) => receiver.lastHeardMs(childId) ?? Number.NEGATIVE_INFINITY);
    const latest = Math.max(...times);
    return Number.isFinite(latest) ? latest : undefined;
  };
  const stopAwaitingEnds = onChildGone(lastHeardMs, (childId) => {
    for (const receiver of receivers) receiver.gone(childId);
  });
  return () => {
    cluster.off('message', receive);
    stopAwaitingEnds();
  };
}

function linkTo(worker: Worker): ChildLink {
  return {
    id: worker.id,
    send(message) {
      try {
        if (worker.isConnected()) worker.send(message, () => undefined);
      } catch {
        // The channel closed in between: the child's end is told by itself.
      }
    },
  };
}
