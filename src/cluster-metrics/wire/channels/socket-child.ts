/**
 * The channel of a process that no primary has forked, at its own end: connections to a unix socket, which are made anew when
 * they end.
 *
 * A message that was written is in the kernel's buffer of the other end, and is read there although this process is killed.
 * Must not know: what the messages mean.
 */
import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import { parseFromPrimary, type ReportLine } from '../protocol.js';
import { encodeMessage, maxMessageBytes, MessageReader } from './socket-stream.js';
import { type ChannelListener, type ChildChannel, type Done, underWay } from './transport.js';

/** Delays between attempts, milliseconds: from the first, doubled, up to the last; each is shortened by up to a half at random. */
const firstDelayMs = 100;
const lastDelayMs = 5000;

/** @param path of the primary's socket. Connecting is tried until it succeeds. */
export function socketChannel(path: string): ChildChannel {
  let connection: ReturnType<typeof connectTo> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let delayMs = firstDelayMs;
  let isClosed = false;

  const connect = (listener: ChannelListener): void => {
    connection = connectTo(path, listener, {
      welcomed: () => {
        delayMs = firstDelayMs;
      },
      ended(reason) {
        connection = undefined;
        if (isClosed) return;
        listener.closed(reason);
        retry = setTimeout(() => connect(listener), delayMs * (1 - Math.random() / 2)).unref();
        delayMs = Math.min(2 * delayMs, lastDelayMs);
      },
    });
  };

  return {
    open(listener) {
      connect(listener);
      return () => {
        isClosed = true;
        clearTimeout(retry);
        connection?.end(new Error('The reporter was stopped.'));
      };
    },
    send(message, done) {
      const isHello = message.type === 'cluster-metrics:hello';
      const encoded = encodeMessage(isHello ? { ...message, token: connection?.token } : message);
      if (encoded === undefined) {
        process.nextTick(done, new Error(`A frame of more than ${maxMessageBytes} bytes cannot be sent.`));
      } else if (connection === undefined) process.nextTick(done, new Error(`Nothing is connected at ${path}.`));
      else if (isHello) connection.greet(encoded, done);
      else connection.report(encoded, done);
    },
  };
}

/** Both connections, from when they are made to when either has ended. */
function connectTo(path: string, listener: ChannelListener, events: { welcomed(): void; ended(reason: Error): void }) {
  const token = randomUUID();
  const requests = createConnection(path);
  const reports = createConnection(path);
  const sending = underWay(requests);
  const reader = new MessageReader(maxMessageBytes);
  let isGreeting = true;
  let hasEnded = false;

  const end = (reason: Error): void => {
    if (hasEnded) return;
    hasEnded = true;
    requests.destroy();
    reports.destroy();
    events.ended(reason);
    sending.end(reason);
  };

  const received = (message: unknown): void => {
    const parsed = parseFromPrimary(message);
    if (parsed.type === 'cluster-metrics:refused') {
      end(new Error(`The primary refuses this process: ${parsed.reason}`));
      return;
    }
    // The primary has accepted both connections and reads them: what is written from now on is in its next scrape.
    if (isGreeting && parsed.type === 'cluster-metrics:welcome') {
      isGreeting = false;
      events.welcomed();
      sending.end(null);
    }
    listener.message(message);
  };

  sending.begin();
  requests.on('connect', () => listener.opened());
  requests.on('data', (chunk) => {
    try {
      for (const message of reader.read(chunk)) received(message);
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  });
  // Nothing is to be read here, but for the end.
  reports.unref().resume();
  for (const socket of [requests, reports]) {
    let cause = new Error(`The primary has closed the connection at ${path}.`);
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', () => end(cause));
  }

  return {
    token,
    end,
    greet(hello: Buffer, done: Done): void {
      const line: ReportLine = { type: 'cluster-metrics:reports', token };
      sending.begin(done);
      requests.write(hello);
      reports.write(encodeMessage(line) ?? '');
    },
    report(frame: Buffer, done: Done): void {
      sending.begin(done);
      reports.write(frame, (error) => {
        // What failed is told at the end of the connection.
        if (!error) sending.end(null);
      });
    },
  };
}
