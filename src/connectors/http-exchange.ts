import type { ClientRequest } from 'node:http';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { messageOf } from '../logging/describe-error.js';
import { resetConnection } from './http-agents.js';
import { type HttpAnswer, readAnswer, UnusableAnswerError } from './http-answer.js';
import { openRequest as open, type OutgoingRequest, whenConnected } from './open-request.js';
import { isPrivateAddress } from './private-address.js';
import { hostOf, type ProxyFor } from './proxy.js';
import { ForbiddenAddressError, isPrivateName } from './public-lookup.js';

export type { HttpAnswer } from './http-answer.js';

/**
 * One HTTP request to an untrusted server. Built on node:http and not on fetch, because fetch can neither check an address
 * at the moment of connecting nor hold a request back until its connection is ready.
 */
export interface HttpExchange extends OutgoingRequest {
  /** A larger answer is refused, bytes. */
  readonly maxBytes: number;
  /** For everything from name resolution to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** No byte of the request is written after this time of `performance.now()`. Default: no bound. */
  readonly sendByMs?: number;
  readonly signal: AbortSignal;
}

/**
 * How an exchange ended, decided only by what was written and read: an abort or a timeout shows why an exchange ended, not
 * whether the server acted.
 */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  /** No byte of the request was handed to the kernel, or a proxy refused to forward it. */
  | { readonly kind: 'not-sent'; readonly error: HttpExchangeError }
  /** A part of the request was written and no whole answer was read. The connection is closed: nothing more is sent. */
  | { readonly kind: 'unknown'; readonly error: HttpExchangeError };

export type HttpFailure =
  | 'address-forbidden'
  | 'network'
  | 'timeout'
  | 'too-large'
  | 'encoded'
  | 'send-too-late'
  /** By the caller's signal, whose reason is the error's cause. */
  | 'aborted';

export class HttpExchangeError extends Error {
  override readonly name = 'HttpExchangeError';
  readonly code = 'HTTP_EXCHANGE_FAILED';

  constructor(
    readonly failure: HttpFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Sends one request and reads its answer whole. Redirects are answers and never followed. Never rejects.
 */
export function exchangeHttp(exchange: HttpExchange): Promise<HttpOutcome> {
  return new Promise((resolve) => run(exchange, resolve));
}

function run(exchange: HttpExchange, resolve: (outcome: HttpOutcome) => void): void {
  const { method, url, body, maxBytes, timeoutMs, sendByMs = Number.POSITIVE_INFINITY, signal } = exchange;
  const proxy = exchange.proxyFor?.(url);
  /** Names the server in messages. */
  const server = proxy === undefined ? url.host : `${url.host} through the proxy ${proxy.host}`;
  let over = false;
  let written = false;
  /** Of the answer, once its headers have been received. */
  let status: number | undefined;
  let request: ClientRequest | undefined;
  let repeated = false;

  function end(outcome: HttpOutcome): void {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    if (outcome.kind === 'unknown') {
      // Not inside an event of the connection: node:http then frees the parser of a TLS connection twice, and two later requests
      // would share it and read each other's answers.
      setImmediate(() => {
        if (request?.socket) resetConnection(request.socket);
        request?.destroy();
        resolve(outcome);
      });
      return;
    }
    if (outcome.kind === 'not-sent') request?.destroy();
    resolve(outcome);
  }

  /** The only place that decides whether a request was not sent or has an unknown outcome. */
  function fail(failure: HttpFailure, message: string, cause?: unknown): void {
    const error = new HttpExchangeError(failure, message, { cause });
    end({ kind: written ? 'unknown' : 'not-sent', error });
  }

  function failBy(cause: unknown): void {
    if (cause instanceof UnusableAnswerError) fail(cause.failure, cause.message);
    else if (cause instanceof ForbiddenAddressError) fail('address-forbidden', cause.message, cause);
    else fail('network', `${server}: ${messageOf(cause)}`, cause);
  }

  const onAbort = (): void => fail('aborted', `the request to ${url.host} was interrupted`, signal.reason);
  const onDeadline = (): void => {
    const within = `within ${timeoutMs / 1000} s`;
    if (status === undefined) fail('timeout', `${server} did not answer ${within}`);
    else fail('timeout', `${server} answered with HTTP ${status}, but did not end its answer ${within}`);
  };
  const deadline = setTimeout(onDeadline, timeoutMs);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) return onAbort();
  const forbidden = (): void => fail('address-forbidden', `${url.host} is a private or reserved address`);
  if (!mayConnectTo(exchange)) return forbidden();
  if (proxy === undefined || exchange.allowPrivateNetwork || isIP(hostOf(url)) !== 0) send();
  else void isPrivateName(hostOf(url)).then((isPrivate) => (isPrivate ? forbidden() : send()));

  function send(): void {
    if (over) return;
    let sent: ClientRequest;
    try {
      sent = open(exchange, proxy);
    } catch (error) {
      return failBy(error); // a header that cannot be sent, such as a credential with a line feed
    }
    request = sent;
    /** The server closed a kept connection as it was reused: a request that changes nothing is sent once more. */
    const lost = (cause: unknown): void => {
      if (request !== sent) return;
      if (method !== 'GET' || !sent.reusedSocket || status !== undefined || repeated) return failBy(cause);
      repeated = true;
      send();
    };
    sent.on('error', lost);
    sent.on('close', () => {
      if (status === undefined) lost(new Error('the connection was closed'));
    });
    sent.on('response', (response) => {
      status = response.statusCode ?? 0;
      if (proxy !== undefined && url.protocol === 'http:' && status === 407) return refusedByProxy();
      readAnswer(response, maxBytes).then((answer) => end({ kind: 'answered', answer }), failBy);
    });
    sent.on('socket', (socket) => {
      whenConnected(socket, () => {
        if (over) return;
        // Nothing may be executed between this check of the clock and the write.
        if (performance.now() > sendByMs) {
          return fail('send-too-late', `the request to ${url.host} was held up for too long to be sent safely`);
        }
        written = true;
        sent.end(body);
      });
    });
  }

  /** The proxy itself answers with 407, and has not forwarded the request. */
  function refusedByProxy(): void {
    const message = `${server}: it refused the request with 407; check the user and password in HTTP_PROXY`;
    end({ kind: 'not-sent', error: new HttpExchangeError('network', message) });
  }
}

/** Names are checked when they are resolved. */
function mayConnectTo({ url, allowPrivateNetwork }: HttpExchange): boolean {
  const host = hostOf(url);
  return allowPrivateNetwork || isIP(host) === 0 || !isPrivateAddress(host);
}
