/**
 * The channel of a worker thread, at its own end: a message port of the library's own, so that a program's listeners on
 * `parentPort` are not disturbed, and keep the thread alive or not as they did.
 *
 * A message is in the parent's memory when `postMessage` returns, and Node delivers it although the thread is terminated.
 *
 * Must not know: what the messages mean.
 */
import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import { KeptAlive } from './kept-alive.js';
import { asksForPort, isRead, threadWindow } from './thread-messages.js';
import type { ChannelListener, ChildChannel } from './transport.js';

type Done = (error: Error | null) => void;

export function threadChannel(): ChildChannel {
  let port: MessagePort | undefined;
  let unread = 0;
  let greeted: Done | undefined;
  let waiting: Done | undefined;

  const proceed = (error: Error | null): void => {
    const done = greeted ?? waiting;
    greeted = undefined;
    waiting = undefined;
    alive.release();
    done?.(error);
  };
  const alive = new KeptAlive({ ref: () => port?.ref(), unref: () => port?.unref() });

  const received = (message: unknown, listener: ChannelListener): void => {
    if (isRead(message)) {
      unread -= 1;
      // A hello was read, or there is room in the window again.
      if (greeted !== undefined || unread < threadWindow) proceed(null);
    } else listener.message(message);
  };

  return {
    open(listener) {
      const { port1, port2 } = new MessageChannel();
      port = port1;
      port1.on('message', (message) => received(message, listener));
      port1.on('close', () => {
        if (port === undefined) return;
        port = undefined;
        const reason = new Error('The parent thread has closed the port.');
        listener.closed(reason);
        proceed(reason);
      });
      port1.unref();
      parentPort?.postMessage(asksForPort(port2), [port2]);
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
      if (message.type === 'cluster-metrics:hello') greeted = done;
      else if (unread >= threadWindow) waiting = done;
      else {
        process.nextTick(done, null);
        return;
      }
      alive.hold();
    },
  };
}
