import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { BodyBudget, BodyShare } from './body-budget.js';
import { Rejection } from './rejection.js';

/** Bytes. */
const bodyLimit = 1024 * 1024;

/** Initial size of the buffer of a body that arrives in several chunks. Bytes. */
const firstBytes = 16_384;

/**
 * Up to this length an unsigned body is read, so that a first attempt without a signature is told if its JSON is malformed.
 * A longer one, or one without a Content-Length, is refused before it is read. Bytes.
 */
const longestUnsigned = firstBytes;

export interface RawBodyOptions {
  readonly budget: BodyBudget;
  /** Lower-case names: a request without any of them cannot be signed. */
  readonly signatureHeaders: ReadonlySet<string>;
}

/** @throws {Rejection} */
export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/**
 * Reads the raw bytes of a body: signatures cover bytes, and a compressed body could be a decompression bomb. Everything that
 * the head shows to be wrong is refused before the body is read.
 */
export function createBodyReader({ budget, signatureHeaders }: RawBodyOptions): ReadBody {
  return async (request) => {
    const fault = mediaFault(request.headers);
    if (fault !== undefined) throw new Rejection('unsupported_media_type', { explain: () => fault });
    const declared = declaredBytes(request);
    if (declared > bodyLimit) throw new Rejection('too_large');
    const isShort = declared > 0 && declared <= longestUnsigned;
    if (!isShort && !hasAny(request, signatureHeaders)) {
      const explain = (): string => `The request carries no signature: none of ${[...signatureHeaders].join(', ')}.`;
      throw new Rejection('unauthorized', { explain });
    }
    return receive(request, budget);
  };
}

/** The compressing codings of IANA's registry. Some desks put a character encoding here, which is ignored. */
const compressions =
  /(?:^|[\s,])(?:aes128gcm|br|compress|dcb|dcz|deflate|exi|gzip|pack200-gzip|x-compress|x-gzip|zstd)(?:$|[\s,;])/i;

const jsonType = /^(?:application|text)\/(?:[\w.-]+\+|x-)?json\s*(?:[;,]|$)/i;

/** What is wrong with a body's type and coding; undefined: nothing. Quotes neither. */
function mediaFault(headers: IncomingHttpHeaders): string | undefined {
  const { 'content-type': type = '', 'content-encoding': encoding = '' } = headers;
  if (compressions.test(encoding)) return 'The body is compressed.';
  if (jsonType.test(type)) return undefined;
  if (type === '') return 'The request has no Content-Type.';
  const isForm = type.toLowerCase().startsWith('application/x-www-form-urlencoded');
  return isForm ? 'The body is a form: choose JSON in the desk’s webhook.' : 'The Content-Type is not that of JSON.';
}

/** 0: the request has no Content-Length. */
function declaredBytes({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

function hasAny({ headers }: IncomingMessage, names: ReadonlySet<string>): boolean {
  for (const name of names) if ((headers[name] ?? '') !== '') return true;
  return false;
}

/**
 * Receives a body into one growing buffer: a list of one-byte chunks would take a hundred times the memory.
 *
 * @throws {Rejection}
 */
function receive(request: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = declaredBytes(request);
    let buffer: Buffer = Buffer.alloc(0);
    let length = 0;
    /** Opened only for a body that arrives in several chunks; most arrive in one. */
    let share: BodyShare | undefined;
    let isComplete = false;

    const refuse = (rejection: Rejection): void => {
      request.off('data', take).off('end', ended).off('error', failed).off('close', failed);
      share?.close();
      reject(rejection);
    };
    const take = (chunk: Buffer): void => {
      const needed = length + chunk.length;
      if (needed > bodyLimit) {
        refuse(new Rejection('too_large'));
        return;
      }
      if (chunk.length === declared) {
        buffer = chunk;
      } else {
        share ??= budget.open(() => refuse(new Rejection('overloaded', { retryAfterSeconds: 1 })));
        if (needed > buffer.length) {
          const room = Math.min(Math.max(2 * buffer.length, firstBytes), declared || bodyLimit);
          const capacity = Math.max(needed, room);
          if (!share.grow(capacity)) return;
          const grown = Buffer.allocUnsafeSlow(capacity);
          buffer.copy(grown, 0, 0, length);
          buffer = grown;
        }
        chunk.copy(buffer, length);
      }
      length = needed;
    };
    // Listeners of a complete body stay: removing them costs more than all else that is done here.
    const ended = (): void => {
      isComplete = true;
      share?.close();
      resolve(buffer.length === length ? buffer : buffer.subarray(0, length));
    };
    // The client disconnected before the end of the body.
    const failed = (cause?: Error): void => {
      if (!isComplete) refuse(new Rejection('malformed_json', { cause }));
    };
    request.on('data', take).on('end', ended).on('error', failed).on('close', failed);
  });
}
