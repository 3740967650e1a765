import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EnhancementError,
  type LanguageModel,
  type ModelAnswer,
  type ModelRequest,
  type RefusedParameter,
  until,
} from '../../enhancement/index.js';
import { BreakerOpenError, createBreaker } from '../breaker.js';
import type { ProxyFor } from '../proxy.js';
import type { Dialect } from './dialect.js';
import { createLocalDialectMemory, type DialectMemory } from './dialect-memory.js';
import { createKnownDialect } from './known-dialect.js';
import { addressOf } from './model-address.js';
import { isTransient, modelBreakerOpen, modelUnavailable, timedOut } from './model-failures.js';
import { createModelRequest } from './model-request.js';
import { createNegotiation } from './dialect-negotiation.js';

export interface ChatCompletionsOptions {
  /** The address up to `/chat/completions`; a query is kept. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Header with the key. Default: `api-key` for Azure, else `authorization` with a bearer token. */
  readonly apiKeyHeader?: string | undefined;
  readonly model: string;
  /** Deadline for all requests of one note together, milliseconds. */
  readonly timeoutMs: number;
  /** Tokens of one answer, reasoning included. */
  readonly maxOutputTokens: number;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** What endpoints are known to accept. Default: known to this client alone. */
  readonly dialects?: DialectMemory | undefined;
  /** The breaker closed after it was open. */
  readonly onRecovered?: (() => void) | undefined;
  /** The endpoint refused a parameter, in these words; the request is sent again in another form. */
  readonly onRefused?: ((parameter: RefusedParameter, words: string) => void) | undefined;
  /** The endpoint accepted a form that differs from the one remembered. */
  readonly onLearned?: ((dialect: Dialect) => void) | undefined;
}

const attemptLimit = 4;
const firstDelayMs = 300;
/** Failed attempts in a row after which the endpoint is not asked for a while. */
const breakerThreshold = 5;
const breakerOpenMs = 15_000;

/**
 * A client for any endpoint that speaks OpenAI's `/chat/completions`: attempts, pauses and the circuit breaker. Make one for
 * each tenant, so that a tenant's failures affect no other tenant.
 */
export function createChatCompletions(options: ChatCompletionsOptions): LanguageModel {
  const { baseUrl, model, timeoutMs, maxOutputTokens, onRecovered } = options;
  const { dialects = createLocalDialectMemory(), onRefused = () => undefined, onLearned = () => undefined } = options;
  const url = addressOf(baseUrl, 'chat/completions');
  const breaker = createBreaker({
    threshold: breakerThreshold,
    openMs: breakerOpenMs,
    counts: modelUnavailable,
    ...(onRecovered === undefined ? {} : { onClosed: onRecovered }),
  });
  const breakerOpen = (): EnhancementError =>
    modelBreakerOpen(url.host, breakerThreshold, breaker.openForMs(), breaker.lastFailure());
  const known = createKnownDialect(dialects, { baseUrl, model, maxOutputTokens });
  const send = createModelRequest({ ...options, url });
  const ask = createNegotiation({ baseUrl, url, maxOutputTokens, known, send, onRefused, onLearned });

  async function complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    let deadlineMs = request.untilMs ?? performance.now() + timeoutMs;
    const remainingMs = (): number => Math.max(1, Math.ceil(deadlineMs - performance.now()));
    let failedBefore: unknown;
    for (let attempt = 1; ; attempt++) {
      const patience = AbortSignal.timeout(remainingMs());
      // The request has a timer of its own for the same moment, which may be the first of the two.
      const isOver = (): boolean => patience.aborted || remainingMs() <= 1;
      try {
        return await breaker.execute(async () => {
          try {
            return await until(AbortSignal.any([signal, patience]), (both) => ask(request, remainingMs, both));
          } catch (error) {
            // Thrown within the breaker, which counts it: an endpoint that never answers is unavailable.
            if (isOver() && !signal.aborted) throw timedOut(timeoutMs, error, failedBefore);
            throw error;
          }
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BreakerOpenError) throw breakerOpen();
        if (isOver() || !isTransient(error) || attempt >= attemptLimit) throw error;
        failedBefore = error;
        const pauseMs = pauseAfter(error, attempt);
        if (pauseMs >= remainingMs()) {
          // A pause that the endpoint asks for may exceed LLM_TIMEOUT_MS if the job has the time.
          const resumesMs = performance.now() + pauseMs;
          const mostMs = Math.min(resumesMs + remainingMs(), request.pauseUntilMs ?? 0);
          if (error.retryAfterMs === undefined || resumesMs >= mostMs) throw error;
          deadlineMs = mostMs;
        }
        await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  return {
    model,
    timeoutMs,
    blocked: () => (breaker.openForMs() === 0 ? undefined : breakerOpen()),
    complete,
  };
}

/** A growing delay with full jitter, so that workers do not return at the same moment, or what the endpoint asked for, if longer. */
function pauseAfter({ retryAfterMs = 0 }: EnhancementError, attempt: number): number {
  return Math.max(retryAfterMs, Math.random() * firstDelayMs * 2 ** attempt);
}
