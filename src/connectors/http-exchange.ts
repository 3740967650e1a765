import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { messageOf } from '../logging/describe-error.js';
import { isPrivateAddress } from './private-address.js';
import { ForbiddenAddressError, publicLookup } from './public-lookup.js';

/**
 * One HTTP request to a server that we do not trust. Built on node:http and not on fetch, because fetch can neither
 * check an address at the moment of connecting nor hold a request back once its connection is there.
 */
export interface HttpExchange {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** An answer larger than this is refused, bytes. */
  readonly maxBytes: number;
  /** For everything from name resolution to the answer's last byte, milliseconds. */
  readonly timeoutMs: number;
  readonly allowPrivateNetwork: boolean;
  /** The request is not sent later than this after the call, milliseconds. Default: any time. */
  readonly sendWithinMs?: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Media type without parameters, lower case; empty when the answer names none. */
  readonly contentType: string;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

export type HttpFailure = 'address-forbidden' | 'network' | 'timeout' | 'too-large' | 'encoded' | 'send-too-late';

export class HttpExchangeError extends Error {
  override readonly name = 'HttpExchangeError';
  readonly code = 'HTTP_EXCHANGE_FAILED';

  constructor(
    readonly failure: HttpFailure,
    message: string,
    /** Whether the request may have reached the server. */
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const lookup = publicLookup();

/**
 * Kept connections are pooled by host and port alone: with one pool a tenant that may not reach a private network
 * would be handed the connection of one that may.
 */
const agentOptions = { keepAlive: true, maxFreeSockets: 16, timeout: 4000 };
const agents = {
  public: { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) },
  any: { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) },
};

/**
 * Sends one request and reads its answer whole. Redirects are answers like any other and never followed.
 *
 * @throws {HttpExchangeError} the signal's reason when that aborted
 */
export async function exchangeHttp(exchange: HttpExchange): Promise<HttpAnswer> {
  const { url, allowPrivateNetwork, timeoutMs, signal } = exchange;
  signal.throwIfAborted();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivateNetwork && isIP(host) !== 0 && isPrivateAddress(host)) {
    throw new HttpExchangeError('address-forbidden', `${url.host} is a private or reserved address`, false);
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  const progress = { sent: false };
  try {
    return await send(exchange, AbortSignal.any([signal, deadline]), progress);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpExchangeError) throw error;
    if (deadline.aborted) {
      const message = `${url.host} did not answer within ${timeoutMs / 1000} s`;
      throw new HttpExchangeError('timeout', message, progress.sent, { cause: error });
    }
    if (error instanceof ForbiddenAddressError) {
      throw new HttpExchangeError('address-forbidden', error.message, false, { cause: error });
    }
    const detail = messageOf(error);
    throw new HttpExchangeError('network', `${url.host}: ${detail}`, progress.sent, { cause: error });
  }
}

function send(exchange: HttpExchange, signal: AbortSignal, progress: { sent: boolean }): Promise<HttpAnswer> {
  const {
    method,
    url,
    headers,
    body,
    maxBytes,
    allowPrivateNetwork,
    sendWithinMs = Number.POSITIVE_INFINITY,
  } = exchange;
  const calledAtMs = performance.now();
  const secure = url.protocol === 'https:';
  const pool = allowPrivateNetwork ? agents.any : agents.public;
  return new Promise((fulfil, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method,
      signal,
      agent: secure ? pool.https : pool.http,
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'ticket-enhancer',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      ...(allowPrivateNetwork ? {} : { lookup }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readAnswer(response, maxBytes).then(fulfil, (error: unknown) => {
        request.destroy();
        reject(error);
      });
    });
    request.on('socket', (socket) => {
      whenConnected(socket, secure, () => {
        if (performance.now() - calledAtMs > sendWithinMs) {
          const message = `the request to ${url.host} was held up for too long to be sent safely`;
          request.destroy();
          reject(new HttpExchangeError('send-too-late', message, false));
          return;
        }
        progress.sent = true;
        request.end(body);
      });
    });
  });
}

function whenConnected(socket: Socket, secure: boolean, go: () => void): void {
  if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', go);
  else go();
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode = 0, headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpExchangeError(
      'encoded',
      `the answer is compressed (${encoding}) although that was not asked for`,
      true,
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw new HttpExchangeError('too-large', `the answer is larger than ${maxBytes} bytes`, true);
    chunks.push(chunk);
  }
  return {
    status: statusCode,
    contentType: (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '',
    retryAfterMs: parseRetryAfter(headers['retry-after'], Date.now()),
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/** No delay here is longer than a day; timers of Node fire at once when they are set to more than 24.8 days. */
const longestRetryAfterMs = 24 * 3600 * 1000;

/** `Retry-After` in both forms, as milliseconds from now, a day at most; undefined when it is missing or makes no sense. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs);
  // Only an HTTP date: Date.parse also takes "1.5" and "-3" for dates.
  const atMs = /^[A-Z][a-z]{2,}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - nowMs), longestRetryAfterMs);
}
