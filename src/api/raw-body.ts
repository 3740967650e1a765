import type { Request, RequestHandler } from 'express';
import type { BodyBudget, BodyShare } from './body-budget.js';
import { Rejection } from './problem.js';

/** Bytes. */
const bodyLimit = 1024 * 1024;

/** Bytes that a body may hold of the budget before more have arrived. */
const firstBytes = 16_384;

export interface RawBodyOptions {
  readonly budget: BodyBudget;
  /** Lower-case names: a request without any of them cannot be signed. */
  readonly signatureHeaders: ReadonlySet<string>;
}

/**
 * Leaves the raw bytes in `request.body`: signatures are over bytes, and compressed bodies could be bombs. What the head
 * tells is refused before a byte of the body is read.
 */
export function readRawBody({ budget, signatureHeaders }: RawBodyOptions): RequestHandler {
  return async (request, _response, next) => {
    if (!isPlainJson(request)) throw new Rejection('unsupported_media_type');
    if (declaredBytes(request) > bodyLimit) throw new Rejection('too_large');
    if (!hasAny(request, signatureHeaders)) {
      const explain = (): string => `The request carries no signature: none of ${[...signatureHeaders].join(', ')}.`;
      throw new Rejection('unauthorized', { explain });
    }
    request.body = await receive(request, budget);
    next();
  };
}

function isPlainJson(request: Request): boolean {
  const type = request.get('content-type') ?? '';
  const encoding = request.get('content-encoding') ?? 'identity';
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type) && encoding.toLowerCase() === 'identity';
}

/** 0: it does not tell. */
function declaredBytes(request: Request): number {
  return Number(request.get('content-length') ?? 0);
}

function hasAny(request: Request, names: ReadonlySet<string>): boolean {
  for (const name of names) if ((request.headers[name] ?? '') !== '') return true;
  return false;
}

/**
 * Into one buffer that grows: a body in chunks of a byte, kept as they come, would take a hundred times its length.
 *
 * @throws {Rejection}
 */
function receive(request: Request, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const expectedBytes = declaredBytes(request) || bodyLimit;
    let buffer = Buffer.alloc(0);
    let length = 0;

    const settle = (share: BodyShare, how: () => void): void => {
      request.off('data', take).off('end', ended).off('error', failed).off('close', failed);
      share.close();
      how();
    };
    const refuse = (rejection: Rejection): void => settle(share, () => reject(rejection));
    const share = budget.open(() => refuse(new Rejection('overloaded', { retryAfterSeconds: 1 })));

    const take = (chunk: Buffer): void => {
      const needed = length + chunk.length;
      if (needed > bodyLimit) {
        refuse(new Rejection('too_large'));
        return;
      }
      if (needed > buffer.length) {
        const capacity = Math.max(needed, Math.min(Math.max(2 * buffer.length, firstBytes), expectedBytes));
        if (!share.grow(capacity)) return;
        const grown = Buffer.allocUnsafeSlow(capacity);
        buffer.copy(grown, 0, 0, length);
        buffer = grown;
      }
      chunk.copy(buffer, length);
      length = needed;
    };
    const ended = (): void => settle(share, () => resolve(buffer.subarray(0, length)));
    // Ended early: the client is gone.
    const failed = (cause?: Error): void => refuse(new Rejection('malformed_json', { cause }));
    request.on('data', take).once('end', ended).once('error', failed).once('close', failed);
  });
}
