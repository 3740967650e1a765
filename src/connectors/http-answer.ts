import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { isNativeError } from 'node:util/types';
import * as zlib from 'node:zlib';
import { retryAfterOf } from './retry-after.js';

const gunzip = promisify(zlib.gunzip);
const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);
const brotliDecompress = promisify(zlib.brotliDecompress);

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

/** Some servers send a charset or `none` as the coding. */
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
  for await (const chunk of upTo(maxBytes, response)) chunks.push(chunk);
  const body = await decoded(Buffer.concat(chunks), headers['content-encoding'] ?? '', maxBytes);
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '').split(';');
  return {
    status: statusCode,
    contentType: mediaType.trim().toLowerCase(),
    retryAfterMs: retryAfterOf(statusCode, headers, Date.now()),
    headers,
    text: textOf(body, parameters.join(';')),
  };
}

/** UTF-8 whatever is declared, if it is that: many servers declare a charset that they do not use. */
function textOf(body: Buffer, parameters: string): string {
  if (isUtf8(body)) return utf8.decode(body);
  const [, charset = 'utf-8'] = /charset\s*=\s*"?([\w-]{1,40})/i.exec(parameters) ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return utf8.decode(body); // an unknown charset
  }
}

/**
 * Compressed answers come although `identity` was requested: in several layers, as text with the name of a coding, under the name
 * of another, and without a name. So the bytes decide.
 */
async function decoded(body: Buffer, codings: string, maxBytes: number): Promise<Buffer> {
  const limit = { maxOutputLength: maxBytes };
  try {
    let bytes = body;
    const layers = codings.toLowerCase().split(',');
    if (layers.length > mostLayers) {
      throw new UnusableAnswerError('encoded', `the answer has ${layers.length} codings, one in the other`);
    }
    for (const coding of layers.toReversed()) {
      bytes = await withoutCoding(bytes, coding.trim(), limit);
    }
    return isGzip(bytes) ? await gunzip(bytes, limit) : bytes;
  } catch (error) {
    const isTooLarge = isNativeError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge(maxBytes) : error;
  }
}

const mostLayers = 3;

async function withoutCoding(bytes: Buffer, coding: string, limit: { maxOutputLength: number }): Promise<Buffer> {
  if (plainCodings.has(coding)) return bytes;
  if (!compressions.has(coding)) {
    throw new UnusableAnswerError('encoded', `the answer has an unknown coding (${coding})`);
  }
  if (bytes.length === 0) return bytes;
  if (isGzip(bytes)) return gunzip(bytes, limit);
  if (isPlain(bytes)) return bytes;
  if (coding === 'br') return brotliDecompress(bytes, limit);
  return isZlib(bytes) ? inflate(bytes, limit) : inflateRaw(bytes, limit);
}

const compressions: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br']);
const isGzip = ([first, second]: Buffer): boolean => first === 0x1f && second === 0x8b;
const isZlib = ([first = 0, second = 0]: Buffer): boolean => (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
/** Compressed bytes are hardly ever UTF-8 without control characters. */
const isPlain = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.subarray(0, 1024).some(isControl);
const isControl = (byte: number): boolean => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d;

function tooLarge(maxBytes: number): UnusableAnswerError {
  return new UnusableAnswerError('too-large', `the answer is larger than ${maxBytes} bytes`);
}

async function* upTo(maxBytes: number, body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}
