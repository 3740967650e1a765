import { z } from 'zod';
import { EnhancementError } from '../../enhancement/index.js';
import { parseBoundedJson } from '../../json/bounded-json.js';
import { presentable } from '../../logging/describe-error.js';
import { BreakerOpenError, createBreaker } from '../breaker.js';
import type { Credential } from '../desks/desk-kind.js';
import { exchangeHttp, type HttpAnswer, type HttpExchangeError } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';

/** Requests to OpenSearch or Elasticsearch, and the failures that its answers stand for. */

export interface EngineAddress {
  /** `https://search.example:9200`, without a path at its end. */
  readonly url: string;
  readonly index: string;
  /** Read anew for each request. Undefined: the engine takes requests without one. */
  readonly credential?: (() => Credential) | undefined;
  readonly allowPrivateNetwork: boolean;
  readonly proxyFor?: ProxyFor | undefined;
  /** For one request, milliseconds. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The path behind the index, with its query: `/_search`. */
  readonly path: string;
  readonly body?: { readonly type: 'application/json' | 'application/x-ndjson'; readonly text: string };
}

export interface EngineReply {
  readonly status: number;
  readonly body: unknown;
  /** The engine's name of the error, such as `index_not_found_exception`; empty for a success. */
  readonly errorType: string;
}

export interface EngineHttp {
  /**
   * @returns the reply, also one of HTTP 400, 404 or 409: what it means depends on the request
   * @throws {EnhancementError} `SOURCE_*` for any other failure; the signal's reason
   */
  ask(request: EngineRequest, signal: AbortSignal): Promise<EngineReply>;
}

const longestAnswerBytes = 8 * 1024 * 1024;
/** How long the breaker stays open after a refused credential: engines lock accounts after repeated failures. Milliseconds. */
const credentialOpenMs = 30_000;
/** Statuses that can be about the request. */
const answers: ReadonlySet<number> = new Set([400, 404, 409]);

const errorSchema = z.object({
  error: z.union([z.string(), z.object({ type: z.string().default(''), reason: z.string().default('') })]),
});

export function createEngineHttp(address: EngineAddress): EngineHttp {
  const { url, index, credential, allowPrivateNetwork, proxyFor, timeoutMs = 5000 } = address;
  const breaker = createBreaker({
    threshold: 5,
    openMs: 1000,
    longestOpenMs: 30_000,
    counts: (error) => error instanceof EnhancementError,
    tripsForMs: (error) => (error instanceof EnhancementError ? (error.retryAfterMs ?? error.deferMs) : undefined),
  });

  async function send({ method, path, body }: EngineRequest, signal: AbortSignal): Promise<EngineReply> {
    const outcome = await exchangeHttp({
      method,
      url: new URL(`${url}/${index}${path}`),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...(credential === undefined ? {} : { authorization: authorizationOf(credential()) }),
      },
      ...(body === undefined ? {} : { body: body.text }),
      maxBytes: longestAnswerBytes,
      timeoutMs,
      allowPrivateNetwork,
      proxyFor,
      signal,
    });
    if (outcome.kind === 'answered') return readReply(new URL(url).host, outcome.answer);
    signal.throwIfAborted();
    throw unreachable(outcome.error);
  }

  return {
    async ask(request, signal) {
      try {
        return await breaker.execute(() => send(request, signal));
      } catch (error) {
        if (!(error instanceof BreakerOpenError)) throw error;
        const last = error.cause instanceof EnhancementError ? ` Last: ${error.cause.message}` : '';
        const pause = Math.ceil(breaker.openForMs() / 1000);
        throw unusable(`The search engine is not asked for ${pause} s after it failed.${last}`, { cause: error.cause });
      }
    },
  };
}

/**
 * `user:password` is sent as basic authentication, a value without a colon as an API key. One that names its scheme (`ApiKey …`,
 * `Bearer …`, `Basic …`) is sent as it is.
 */
function authorizationOf(read: Credential): string {
  if (!read.ok) throw unusable(`The credential of the search engine cannot be read: ${read.problem}.`);
  const credential = read.value;
  if (/^(?:ApiKey|Bearer|Basic) /i.test(credential)) return credential;
  return credential.includes(':') ? `Basic ${Buffer.from(credential).toString('base64')}` : `ApiKey ${credential}`;
}

function readReply(host: string, { status, text, retryAfterMs }: HttpAnswer): EngineReply {
  const body = parsed(text);
  const error = errorSchema.safeParse(body).data?.error;
  const errorType = typeof error === 'object' ? error.type : (error ?? '');
  const isAnswer = (status >= 200 && status < 300) || answers.has(status);
  if (isAnswer && body !== undefined) return { status, body, errorType };
  // Reasons may quote the search; types do not.
  const reason = typeof error === 'object' && harmless.has(errorType) ? error.reason : '';
  const said = presentable([errorType, reason].filter(Boolean).join(': '));
  const told = said === '' ? '' : ` (${said})`;
  switch (status) {
    case 401:
    case 403: {
      const message = `${host} refused the credential with HTTP ${status}${told}. Check history.credential and its rights.`;
      throw unusable(message, { deferMs: credentialOpenMs });
    }
    case 429:
      throw unusable(`${host} takes no more requests at present${told}.`, { retryAfterMs: retryAfterMs ?? 1000 });
    default:
      if (status >= 200 && status < 500) {
        throw unusable(`${host} does not answer as a search engine (HTTP ${status})${told}. Check history.url.`);
      }
      throw unusable(`${host} cannot answer (HTTP ${status})${told}. Check the cluster.`, { retryAfterMs });
  }
}

const harmless: ReadonlySet<string> = new Set(['security_exception', 'cluster_block_exception']);

function parsed(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined; // a page of a proxy or of another server
  }
}

/** The engine, or its answer, cannot be used. */
export function unusable(
  message: string,
  options: ConstructorParameters<typeof EnhancementError>[2] = {},
): EnhancementError {
  return new EnhancementError('SOURCE_UNREADABLE', message, options);
}

function unreachable(error: HttpExchangeError): EnhancementError {
  if (error.failure === 'timeout') {
    const message = `The search engine is too slow: ${error.message}. Check its load.`;
    return new EnhancementError('SOURCE_TIMEOUT', message, { cause: error });
  }
  const hint =
    error.failure === 'address-forbidden'
      ? ' Set history.allow_private_network to true if the engine is in your own network.'
      : ' Check that it runs, and history.url.';
  return unusable(`The search engine cannot be used: ${error.message}.${hint}`, { cause: error });
}
