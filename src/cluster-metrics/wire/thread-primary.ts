/**
 * The channels of worker threads, at the parent's end.
 *
 * Must not know: what the messages mean.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { portIn, read } from './thread-messages.js';
import type { ChildLink, ChildReceiver } from './transport.js';

/** @returns stops receiving */
export function attachThread(worker: Worker, receiver: ChildReceiver): () => void {
  const { threadId } = worker;
  const ports = new Set<MessagePort>();

  const asked = (message: unknown): void => {
    const port = portIn(message);
    if (port === undefined) return;
    const link: ChildLink = { kind: 'thread', id: threadId, send: (message) => port.postMessage(message) };
    port.on('message', (message) => {
      // Read is what has been applied: the thread's next messages wait in its own memory, where they merge.
      receiver.message(link, message);
      port.postMessage(read);
    });
    // Comes after the last message: of a thread that has ended, too.
    port.on('close', () => {
      if (ports.delete(port)) receiver.gone(link);
    });
    // The worker keeps this thread alive for as long as it runs.
    port.unref();
    ports.add(port);
  };

  worker.on('message', asked);
  return () => {
    worker.off('message', asked);
    for (const port of ports) {
      ports.delete(port);
      port.close();
    }
  };
}
