import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemBody, problemHeaders, type ProblemKind, problemOf } from '../http/problem.js';

const unreadable = problemOf(400, 'This is not a valid HTTP request.');

const kinds: Readonly<Record<string, ProblemKind>> = {
  HPE_HEADER_OVERFLOW: problemOf(431, 'The headers may have 16 KiB at most.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: problemOf(413, 'The chunk extensions are too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: problemOf(408, 'The request did not arrive in time.'),
};

/**
 * Answers input that is not HTTP or arrives too slowly, which never reaches the app: with a problem and a correlation id, like
 * every other refusal. Then closes the connection, because the start of a next request cannot be found.
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
  const body = problemBody(kind, { correlation_id: correlationId });
  const headers = ['Connection', 'close', ...problemHeaders(body), 'X-Correlation-Id', correlationId];
  const head = headers.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  socket.end(`HTTP/1.1 ${kind.status} ${kind.title}\r\n${head}\r\n${body}`, () => socket.destroy());
}
