import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { messageOf } from '../logging/describe-error.js';
import { agentFor, resetConnection, tunnelAgentFor } from './http-agents.js';
import { isPrivateAddress } from './private-address.js';
import { hostOf, type ProxyFor, portOf, proxyAuthorization } from './proxy.js';
import { ForbiddenAddressError, privateNames, publicLookup } from './public-lookup.js';
import { retryAfterOf } from './retry-after.js';

/**
 * One HTTP request to a server that we do not trust. Built on node:http and not on fetch, because fetch can neither
 * check an address at the moment of connecting nor hold a request back once its connection is there.
 */
export interface HttpExchange {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** An answer larger than this is refused, bytes. */
  readonly maxBytes: number;
  /** For everything from name resolution to the answer's last byte, milliseconds. */
  readonly timeoutMs: number;
  readonly allowPrivateNetwork: boolean;
  /** Default: there is no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** No byte of the request is written after this time of `performance.now()`. Default: no bound. */
  readonly sendByMs?: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Media type without parameters, lower case; empty when the answer names none. */
  readonly contentType: string;
  readonly retryAfterMs: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * How an exchange ended. It is decided here, by what had been written and read, and by nothing else: an abort or a
 * timeout says why the exchange ended, and not whether the server acted.
 */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  /** No byte of the request was handed to the kernel, or a proxy refused to pass it on. */
  | { readonly kind: 'not-sent'; readonly error: HttpExchangeError }
  /** Some of the request was written and no whole answer was read. The connection is over: nothing more is sent. */
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

const lookup = publicLookup();
const isPrivateName = privateNames();

/**
 * Sends one request and reads its answer whole. Redirects are answers like any other and never followed. Never rejects.
 */
export function exchangeHttp(exchange: HttpExchange): Promise<HttpOutcome> {
  return new Promise((resolve) => run(exchange, resolve));
}

function run(exchange: HttpExchange, resolve: (outcome: HttpOutcome) => void): void {
  const { method, url, body, maxBytes, timeoutMs, sendByMs = Number.POSITIVE_INFINITY, signal } = exchange;
  const proxy = exchange.proxyFor?.(url);
  /** Whom a failure is about. */
  const server = proxy === undefined ? url.host : `${url.host} through the proxy ${proxy.host}`;
  let over = false;
  let written = false;
  /** Of the answer, as soon as its headers are there. */
  let status: number | undefined;
  let request: ClientRequest | undefined;
  let repeated = false;

  function end(outcome: HttpOutcome): void {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    if (outcome.kind === 'unknown') {
      // Not inside an event of the connection: node:http frees the parser of a TLS connection that is destroyed there twice, and
      // two later requests would share it and read each other's answers.
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

  /** The one place that tells a request that was not sent from one whose outcome is unknown. */
  function fail(failure: HttpFailure, message: string, cause?: unknown): void {
    const error = new HttpExchangeError(failure, message, { cause });
    end({ kind: written ? 'unknown' : 'not-sent', error });
  }

  function failBy(cause: unknown): void {
    if (cause instanceof UnusableAnswer) fail(cause.failure, cause.message);
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
    /** The server closed a kept connection just as it was used again: what changes nothing is asked once more. */
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
        // Nothing may come between this look at the clock and the write.
        if (performance.now() > sendByMs) {
          return fail('send-too-late', `the request to ${url.host} was held up for too long to be sent safely`);
        }
        written = true;
        sent.end(body);
      });
    });
  }

  /** The status is a proxy's own, and says that it has not passed the request on. */
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

function open({ method, url, headers, body, allowPrivateNetwork }: HttpExchange, proxy: URL | undefined) {
  const secure = url.protocol === 'https:';
  const options = {
    method,
    headers: {
      'accept-encoding': 'identity',
      'user-agent': 'ticket-enhancer',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  };
  if (proxy === undefined) {
    const agent = agentFor(secure ? 'https:' : 'http:', allowPrivateNetwork);
    const direct = { ...options, agent, ...(allowPrivateNetwork ? {} : { lookup }) };
    return (secure ? httpsRequest : httpRequest)(url, direct);
  }
  if (secure) return httpsRequest(url, { ...options, agent: tunnelAgentFor(proxy, allowPrivateNetwork) });
  return openAtProxy(url, proxy, options);
}

/** In absolute form: the proxy reads the whole address from the request, and passes it on. */
function openAtProxy(
  url: URL,
  proxy: URL,
  { method, headers }: { readonly method: string; readonly headers: Readonly<Record<string, string | number>> },
): ClientRequest {
  const secure = proxy.protocol === 'https:';
  const host = hostOf(proxy);
  return (secure ? httpsRequest : httpRequest)({
    host,
    // Its certificate is to be the proxy's, and not that of the server that the header `Host` names.
    ...(secure ? { servername: isIP(host) === 0 ? host : '' } : {}),
    port: portOf(proxy),
    method,
    path: `http://${url.host}${url.pathname}${url.search}`,
    agent: agentFor(secure ? 'https:' : 'http:', true),
    headers: { ...headers, host: url.host, ...proxyAuthorization(proxy) },
  });
}

/** Of TLS they are connected when they come (http-agents.ts). */
function whenConnected(socket: Socket, go: () => void): void {
  if (socket.connecting) socket.once('connect', go);
  else go();
}

/** Without the byte order mark that some servers begin with. */
const utf8 = new TextDecoder();

class UnusableAnswer extends Error {
  constructor(
    readonly failure: 'too-large' | 'encoded',
    message: string,
  ) {
    super(message);
  }
}

/** Proxies compress answers that are to be plain, and servers write the charset or `none` where the coding belongs. */
const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createUnzip],
  ['br', createBrotliDecompress],
]);
const plainCodings: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'binary', '8bit']);

/** @param maxBytes of the body as it comes, and as it was before it was compressed: a small one may be a bomb */
async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
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
  if (decoder === undefined) throw new UnusableAnswer('encoded', `the answer has an unknown coding (${coding})`);
  // An error of the body is that of the decoder, which is read.
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
    if (bytes > maxBytes) throw new UnusableAnswer('too-large', `the answer is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}
