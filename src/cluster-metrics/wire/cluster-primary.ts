/**
 * The channels of the children of `cluster.fork()`, at the primary's end. They share them with other messages.
 *
 * Must not know: what the messages mean.
 */
import cluster, { type Worker } from 'node:cluster';
import { ipcLink } from './ipc-primary.js';
import { onSilence } from './silence.js';
import type { ChildLink, ChildReceiver } from './transport.js';

interface Child {
  readonly link: ChildLink;
  worker: Worker;
  messages: number;
}

/** One listener on the cluster for all registries of a process: each of its own would be taken for a leak from the eleventh on. */
const receivers = new Set<ChildReceiver>();
let stopListening: (() => void) | undefined;

/** @returns stops receiving */
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
  const children = new Map<number, Child>();

  const received = (worker: Worker, message: unknown): void => {
    let child = children.get(worker.id);
    if (child === undefined) {
      const one: Child = { link: ipcLink('cluster', worker.id, () => one.worker), worker, messages: 0 };
      child = one;
      children.set(worker.id, child);
    }
    child.worker = worker;
    child.messages += 1;
    for (const receiver of receivers) receiver.message(child.link, message);
  };
  const gone = ({ id }: Worker): void => {
    const child = children.get(id);
    if (child === undefined) return;
    children.delete(id);
    for (const receiver of receivers) receiver.gone(child.link);
  };
  const exited = (worker: Worker): void => {
    const child = children.get(worker.id);
    if (child === undefined) return;
    onSilence(
      () => child.messages,
      () => gone(worker),
    );
  };

  cluster.on('message', received).on('disconnect', gone).on('exit', exited);
  return () => {
    cluster.off('message', received).off('disconnect', gone).off('exit', exited);
  };
}
