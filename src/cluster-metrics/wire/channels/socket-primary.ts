/**
 * The channels of processes that connect to a unix socket, at the primary's end. What does not speak the protocol is turned
 * away: it costs a small message at most, and a few seconds of a connection.
 * Must not know: what the messages mean.
 */
import { createServer, type Socket } from 'node:net';
import { parseFromChild, protocolVersion, type Refused } from '../protocol.js';
import { claimSocketFile } from './socket-file.js';
import { encodeMessage, maxMessageBytes, MessageReader } from './socket-stream.js';
import type { ChildLink, ChildReceiver } from './transport.js';

/** A hello's at most, bytes: before it nothing is known of a peer. */
const maxHelloBytes = 64 * 2 ** 10;

/** How long a peer may take to say hello on both of its connections, milliseconds. */
const helloWithinMs = 5000;

/** Two of them are one process. */
const maxConnections = 4096;

export interface SocketOptions {
  /** Permissions of the socket's file. Default: 0o600, for processes of the same user alone. */
  readonly mode?: number;
}

/**
 * Listens for processes on a unix socket. Does not keep this process alive.
 *
 * @returns stops listening, ends the connections and removes the file
 * @throws {ClusterMetricsError} SOCKET_UNUSABLE when the path cannot be listened on, as when another primary does
 */
export async function listenOnSocket(
  path: string,
  receiver: ChildReceiver,
  { mode = 0o600 }: SocketOptions = {},
): Promise<() => void> {
  const sockets = new Set<Socket>();
  /** Connections of processes that have not said hello on the other one. */
  const halves = new Map<string, { readonly line: Line; readonly isReportLine: boolean; readonly first: unknown }>();
  let lastId = 0;

  const greeted = (line: Line, first: unknown): void => {
    const parsed = parseFromChild(first);
    if (parsed.type === 'version-mismatch') {
      const reason = `version ${String(parsed.version)} of the protocol is not ${protocolVersion}`;
      line.send({ type: 'cluster-metrics:refused', reason } satisfies Refused);
      line.turnAway(`speaks another language: ${reason}`);
      return;
    }
    const isReportLine = parsed.type === 'cluster-metrics:reports';
    const token = isReportLine || parsed.type === 'cluster-metrics:hello' ? parsed.token : undefined;
    if (token === undefined) {
      line.turnAway('sent a first message that is no hello');
      return;
    }
    const other = halves.get(token);
    if (other === undefined) {
      halves.set(token, { line, isReportLine, first });
      line.socket.on('close', () => {
        if (halves.get(token)?.line === line) halves.delete(token);
      });
    } else if (other.isReportLine === isReportLine) line.turnAway('said hello twice');
    else {
      halves.delete(token);
      if (isReportLine) join(other.line, line, other.first);
      else join(line, other.line, first);
    }
  };

  /** Both connections of a process are there: what it reports is read from now on. */
  const join = (requests: Line, reports: Line, hello: unknown): void => {
    const link: ChildLink = { kind: 'socket', id: ++lastId, send: (message) => requests.send(message) };
    requests.accept(() => requests.turnAway('sent a report on the wrong connection'));
    reports.accept((message) => receiver.message(link, message));
    // After the last message has been read.
    reports.socket.on('close', () => {
      requests.socket.destroy();
      receiver.gone(link);
    });
    receiver.message(link, hello);
  };

  const server = createServer((socket) => {
    sockets.add(socket.unref());
    socket.on('close', () => sockets.delete(socket));
    const line = new Line(socket, (detail) => receiver.refused(path, detail));
    line.take = (first) => greeted(line, first);
  });
  server.maxConnections = maxConnections;
  server.on('drop', () => receiver.refused(path, `is one connection more than ${maxConnections}`));
  const isClaimed = await claimSocketFile(server, path, mode);
  server.unref();
  return () => {
    // `close()` removes the file, even another primary's. Without a file nobody connects, so the server may stay open.
    if (isClaimed()) server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** One connection. */
class Line {
  readonly socket: Socket;
  /** What is done with the next message. */
  take: (message: unknown) => void = () => undefined;
  readonly #reader = new MessageReader(maxHelloBytes);
  readonly #refused: (detail: string) => void;
  readonly #late: NodeJS.Timeout;

  constructor(socket: Socket, refused: (detail: string) => void) {
    this.socket = socket;
    this.#refused = refused;
    this.#late = setTimeout(() => this.turnAway(`did not say hello within ${helloWithinMs} ms`), helloWithinMs);
    this.#late.unref();
    socket.on('data', (chunk) => this.#read(chunk));
    // A probe of whether somebody listens here says nothing, and is none.
    socket.on('end', () => {
      if (this.#reader.hasPart) refused('ended within a message');
    });
    // Its end follows.
    socket.on('error', () => undefined);
    socket.on('close', () => clearTimeout(this.#late));
  }

  accept(take: (message: unknown) => void): void {
    clearTimeout(this.#late);
    this.#reader.maxBytes = maxMessageBytes;
    this.take = take;
  }

  send(message: object): void {
    const encoded = encodeMessage(message);
    if (encoded !== undefined && this.socket.writable) this.socket.write(encoded);
  }

  /** @param detail why, as a predicate */
  turnAway(detail: string): void {
    if (!this.socket.writable) return;
    this.#refused(detail);
    // After what was sent to it.
    this.socket.destroySoon();
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#reader.read(chunk)) {
        this.take(message);
        if (!this.socket.writable) return;
      }
    } catch (error) {
      this.turnAway(error instanceof Error ? error.message : String(error));
    }
  }
}
