/**
 * The channel of a worker thread, at both ends: a message port of the library's own, so that a program's listeners on
 * `parentPort` are not disturbed, and keep the thread alive or not as they did.
 *
 * A message is in the parent's memory when `postMessage` returns, and Node delivers it although the thread is terminated. The
 * parent says how far it has read, because nothing else bounds what lies in a port that is not read.
 * Must not know: what the messages mean.
 */
import { MessageChannel, MessagePort, parentPort, type Worker } from 'node:worker_threads';
import { type ChildChannel, type ChildLink, type ChildReceiver, underWay } from './transport.js';

/** Messages that may lie unread with the parent; the next is called back when it has read some. */
const windowSize = 16;

/** The type of the only message on the thread's public port. */
const portType = 'cluster-metrics:port';

/** The parent has read one more message. */
const read = 'cluster-metrics:read';

/** The thread's end. */
export function threadChannel(): ChildChannel {
  let port: MessagePort | undefined;
  let unread = 0;
  const sending = underWay({ ref: () => port?.ref(), unref: () => port?.unref() });

  return {
    open(listener) {
      const { port1, port2 } = new MessageChannel();
      port = port1;
      port1.on('message', (message) => {
        if (message !== read) {
          listener.message(message);
          return;
        }
        unread -= 1;
        if (unread < windowSize) sending.end(null);
      });
      port1.on('close', () => {
        if (port === undefined) return;
        port = undefined;
        const reason = new Error('The parent thread has closed the port.');
        listener.closed(reason);
        sending.end(reason);
      });
      port1.unref();
      parentPort?.postMessage({ type: portType, port: port2 }, [port2]);
      listener.opened();
      return () => {
        port = undefined;
        port1.close();
      };
    },
    send(message, done) {
      if (port === undefined) {
        process.nextTick(done, new Error('The port to the parent thread is closed.'));
        return;
      }
      port.postMessage(message);
      unread += 1;
      // The parent reads what follows once it has read the hello; from then on, all that is posted is in its memory.
      if (message.type !== 'cluster-metrics:hello' && unread < windowSize) {
        process.nextTick(done, null);
        return;
      }
      sending.begin(done);
    },
  };
}

/** The parent's end. @returns stops receiving */
export function attachThread(worker: Worker, receiver: ChildReceiver): () => void {
  const { threadId } = worker;
  const ports = new Set<MessagePort>();

  const asked = (message: unknown): void => {
    const port = portIn(message);
    if (port === undefined) return;
    const link: ChildLink = { kind: 'thread', id: threadId, send: (request) => port.postMessage(request) };
    port.on('message', (report) => {
      // Read is what has been applied: the thread's next messages wait in its own memory, where they merge.
      receiver.message(link, report);
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

function portIn(message: unknown): MessagePort | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, port }: { type?: unknown; port?: unknown } = message;
  return type === portType && port instanceof MessagePort ? port : undefined;
}
