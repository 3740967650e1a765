import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { retryAfterOf } from './retry-after.js';

export interface HttpAnswer {
  readonly status: number;
  /** Media type without parameters, lower case; empty when the answer names none. */
  readonly contentType: string;
  readonly retryAfterMs: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Skips the byte order mark that some servers send. */
const utf8 = new TextDecoder();

export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';

  constructor(
    readonly failure: 'too-large' | 'encoded',
    message: string,
  ) {
    super(message);
  }
}

/** Some proxies compress answers although `identity` was requested; some servers send a charset or `none` as the coding. */
const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createUnzip],
  ['br', createBrotliDecompress],
]);
const plainCodings: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'binary', '8bit']);

/**
 * Reads an answer whole.
 *
 * @param maxBytes limit of the body both as received and after decompression
 * @throws {UnusableAnswerError}; errors of the connection and of decompression
 */
export async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode = 0, headers } = response;
  const chunks: Buffer[] = [];
  for await (const chunk of decoded(response, maxBytes)) chunks.push(chunk);
  return {
    status: statusCode,
    contentType: (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '',
    retryAfterMs: retryAfterOf(statusCode, headers, Date.now()),
    headers,
    text: utf8.decode(Buffer.concat(chunks)),
  };
}

function decoded(response: IncomingMessage, maxBytes: number): AsyncIterable<Buffer> {
  const coding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  const body = upTo(maxBytes, response);
  if (plainCodings.has(coding)) return body;
  const decoder = decoders.get(coding)?.();
  if (decoder === undefined) throw new UnusableAnswerError('encoded', `the answer has an unknown coding (${coding})`);
  // An error of the body also destroys the decoder, whose reader gets it.
  return upTo(
    maxBytes,
    pipeline(body, decoder, () => undefined),
  );
}

async function* upTo(maxBytes: number, body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw new UnusableAnswerError('too-large', `the answer is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}
