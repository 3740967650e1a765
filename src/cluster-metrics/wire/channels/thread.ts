/**
 * The channel of a worker thread, at both ends: a broadcast channel for each direction. A program's listeners on `parentPort`, and those
 * of a pool that the thread is of, see nothing of it. The names hold the thread's id, so every thread of the process can open them. What
 * others post there is ignored unless it has the form of a message of ours; at most, more than a window lies unread.
 *
 * A message is in the parent's memory when `postMessage` returns, and Node delivers it although the thread is terminated. The
 * parent says how far it has read, because nothing else bounds what lies in a channel that is not read.
 * Must not know: what the messages mean.
 */
import { BroadcastChannel, threadId, type Worker } from 'node:worker_threads';
import { type ChildChannel, type ChildLink, type ChildReceiver, underWay } from './transport.js';

/** Messages that may lie unread with the parent; the next is called back when it has read some. */
const windowSize = 16;

/** From the thread: whether its parent listens. It may have started before the parent did. */
const asking = 'cluster-metrics:thread';
/** The last message of a reporter that has stopped; the next one asks again. */
const left = 'cluster-metrics:left';
/** After all messages of a thread that has ended. */
const ended = 'cluster-metrics:ended';

/** From the parent: it listens; it has read one more message; it has stopped. */
const listening = 'cluster-metrics:listening';
const read = 'cluster-metrics:read';
const stopped = 'cluster-metrics:stopped';

const noParent = new Error('The parent thread takes in no reports any more.');

const reportsOf = (id: number): BroadcastChannel => new BroadcastChannel(`cluster-metrics:reports:${id}`);
const requestsTo = (id: number): BroadcastChannel => new BroadcastChannel(`cluster-metrics:requests:${id}`);

function onMessage(channel: BroadcastChannel, receive: (data: unknown) => void): void {
  channel.addEventListener('message', (event) => receive('data' in event ? event.data : undefined));
}

/** The thread's end. */
export function threadChannel(): ChildChannel {
  let reports: BroadcastChannel | undefined;
  let requests: BroadcastChannel | undefined;
  let unread = 0;
  const sending = underWay({ ref: () => requests?.ref(), unref: () => requests?.unref() });

  return {
    open(listener) {
      reports = reportsOf(threadId);
      requests = requestsTo(threadId);
      reports.unref();
      requests.unref();
      onMessage(requests, (data) => {
        switch (data) {
          case listening:
            unread = 0;
            sending.end(null);
            listener.opened();
            return;
          case read:
            unread -= 1;
            if (unread < windowSize) sending.end(null);
            return;
          case stopped:
            listener.closed(noParent);
            sending.end(noParent);
            return;
          default:
            listener.message(data);
        }
      });
      sending.begin();
      reports.postMessage(asking);
      return () => {
        // Closing a channel tells nobody.
        reports?.postMessage(left);
        reports?.close();
        requests?.close();
        reports = requests = undefined;
      };
    },
    send(message, done) {
      reports?.postMessage(message);
      unread += 1;
      if (reports === undefined) process.nextTick(done, noParent);
      else if (unread < windowSize) process.nextTick(done, null);
      else sending.begin(done);
    },
  };
}

/** Registries of one parent share the thread's channels: each message reaches all that listen there. */
const parentEnds = new WeakMap<Worker, ReturnType<typeof openParentEnd>>();

/** The parent's end. @returns stops receiving */
export function attachThread(worker: Worker, receiver: ChildReceiver): () => void {
  if (hasEnded(worker)) return () => undefined;
  const end = parentEnds.get(worker) ?? openParentEnd(worker);
  parentEnds.set(worker, end);
  end.receivers.add(receiver);
  end.tell(listening);
  return () => {
    if (!end.receivers.delete(receiver) || end.receivers.size > 0) return;
    end.tell(stopped);
    end.close();
  };
}

function openParentEnd(worker: Worker) {
  const { threadId: id } = worker;
  const reports = reportsOf(id);
  const requests = requestsTo(id);
  const receivers = new Set<ChildReceiver>();
  let isOpen = true;
  const tell = (message: unknown): void => {
    if (isOpen) requests.postMessage(message);
  };
  const check = (): void => {
    if (hasEnded(worker)) exited();
  };
  const link: ChildLink = { kind: 'thread', id, send: tell, check };
  const gone = (): void => {
    for (const receiver of receivers) receiver.gone(link);
  };
  const close = (): void => {
    isOpen = false;
    parentEnds.delete(worker);
    worker.off('exit', exited);
    reports.close();
    requests.close();
  };
  const exited = (): void => {
    // It comes after all that the thread has posted.
    const last = reportsOf(id);
    last.postMessage(ended);
    last.close();
  };

  onMessage(reports, (data) => {
    if (data === asking) tell(listening);
    else if (data === left) gone();
    else if (data === ended) {
      close();
      gone();
    } else {
      // Read is what has been applied: the thread's next messages wait in its own memory, where they merge.
      for (const receiver of receivers) receiver.message(link, data);
      tell(read);
    }
  });
  // The worker keeps this thread alive for as long as it runs.
  reports.unref();
  requests.unref();
  worker.on('exit', exited);
  return { receivers, tell, close };
}

function hasEnded({ threadId: id }: Worker): boolean {
  return id === -1;
}
