/**
 * The channel of a process that no primary has forked, at its own end: connections to a unix socket, which are made anew when
 * they end.
 *
 * A message that was written is in the kernel's buffer of the other end, and is read there although this process is killed.
 * Must not know: what the messages mean.
 */
import { randomUUID } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { parseFromPrimary } from '../protocol.js';
import { encodeMessage, maxMessageBytes, MessageReader, refusalIn, type ReportLine } from './socket-stream.js';
import { type ChannelListener, type ChildChannel, type Done, underWay } from './transport.js';

/** Delays between attempts, milliseconds: from the first, doubled, up to the last; each is shortened by up to a half at random. */
const firstDelayMs = 100;
const lastDelayMs = 5000;

/** @param path of the primary's socket. Connecting is tried until it succeeds. */
export function socketChannel(path: string): ChildChannel {
  let connected: Connected | undefined;
  let retry: NodeJS.Timeout | undefined;
  let delayMs = firstDelayMs;
  let isClosed = false;

  const connect = (listener: ChannelListener): void => {
    connected = new Connected(path, listener, {
      welcomed: () => {
        delayMs = firstDelayMs;
      },
      ended(reason) {
        connected = undefined;
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
        connected?.end(new Error('The reporter was stopped.'));
      };
    },
    send(message, done) {
      const isHello = message.type === 'cluster-metrics:hello';
      const encoded = encodeMessage(isHello ? { ...message, token: connected?.token } : message);
      if (encoded === undefined) {
        process.nextTick(done, new Error(`A frame of more than ${maxMessageBytes} bytes cannot be sent.`));
      } else if (connected === undefined) process.nextTick(done, new Error(`Nothing is connected at ${path}.`));
      else if (isHello) connected.greet(encoded, done);
      else connected.report(encoded, done);
    },
  };
}

/** Both connections, from when they are made to when either has ended. */
class Connected {
  readonly token = randomUUID();
  readonly #requests: Socket;
  readonly #reports: Socket;
  readonly #events: { welcomed(): void; ended(reason: Error): void };
  readonly #sending: ReturnType<typeof underWay>;
  #isGreeting = true;
  #hasEnded = false;

  constructor(path: string, listener: ChannelListener, events: { welcomed(): void; ended(reason: Error): void }) {
    this.#events = events;
    this.#requests = createConnection(path);
    this.#reports = createConnection(path);
    this.#sending = underWay(this.#requests);
    this.#sending.begin();
    this.#reports.unref();
    const reader = new MessageReader(maxMessageBytes);
    this.#requests.on('data', (chunk) => {
      try {
        for (const message of reader.read(chunk)) this.#received(message, listener);
      } catch (error) {
        this.end(error instanceof Error ? error : new Error(String(error)));
      }
    });
    for (const socket of [this.#requests, this.#reports]) {
      let cause = new Error(`The primary has closed the connection at ${path}.`);
      socket.on('error', (error) => {
        cause = error;
      });
      socket.on('close', () => this.end(cause));
    }
    // Nothing is to be read here, but for the end.
    this.#reports.resume();
    this.#requests.on('connect', () => listener.opened());
  }

  greet(hello: Buffer, done: Done): void {
    const line: ReportLine = { type: 'cluster-metrics:reports', token: this.token };
    this.#sending.begin(done);
    this.#requests.write(hello);
    this.#reports.write(encodeMessage(line) ?? '');
  }

  report(frame: Buffer, done: Done): void {
    this.#sending.begin(done);
    this.#reports.write(frame, (error) => {
      // What failed is told at the end of the connection.
      if (!error) this.#sending.end(null);
    });
  }

  end(reason: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#requests.destroy();
    this.#reports.destroy();
    this.#events.ended(reason);
    this.#sending.end(reason);
  }

  #received(message: unknown, listener: ChannelListener): void {
    const refusal = refusalIn(message);
    if (refusal !== undefined) {
      this.end(new Error(`The primary refuses this process: ${refusal}`));
      return;
    }
    // The primary has accepted both connections and reads them: what is written from now on is in its next scrape.
    if (this.#isGreeting && parseFromPrimary(message).type === 'cluster-metrics:welcome') {
      this.#isGreeting = false;
      this.#events.welcomed();
      this.#sending.end(null);
    }
    listener.message(message);
  }
}
