import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemBody, type ProblemKind } from './problem.js';

const unreadable: ProblemKind = {
  status: 400,
  title: 'Bad Request',
  detail: 'This is not a valid HTTP request.',
};

const kinds: Readonly<Record<string, ProblemKind>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: 'Request Header Fields Too Large',
    detail: 'The headers may have 16 KiB at most.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    title: 'Content Too Large',
    detail: 'The chunk extensions are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    detail: 'The request did not arrive in time.',
  },
};

/**
 * Answers what is no HTTP, or comes too slowly to be waited for, and so never reaches the app: like every other answer,
 * as a problem with a correlation id. The connection ends with it, for nobody knows where a next request would begin.
 *
 * @param latest the latest response on this connection, which must not be written into
 */
export function answerProtocolError(error: Error, socket: Duplex, latest: ServerResponse | undefined): void {
  const isUnderWay = latest !== undefined && latest.headersSent && !latest.writableFinished;
  if (!socket.writable || isUnderWay) {
    socket.destroy(error);
    return;
  }
  const code: unknown = Reflect.get(error, 'code');
  const kind = (typeof code === 'string' ? kinds[code] : undefined) ?? unreadable;
  const correlationId = randomUUID();
  const body = problemBody(kind, correlationId);
  const head = [
    `HTTP/1.1 ${kind.status} ${kind.title}`,
    'Connection: close',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Correlation-Id: ${correlationId}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
