import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import {
  cutTo,
  EnhancementError,
  type LanguageModel,
  type ModelAnswer,
  type ModelRequest,
  until,
} from '../enhancement/index.js';
import { parseBoundedJson } from '../json/bounded-json.js';
import { cutText } from '../logging/cut-text.js';
import { presentable } from '../logging/describe-error.js';
import { BreakerOpenError, createBreaker } from './breaker.js';
import { exchangeHttp, type HttpAnswer, type HttpExchangeError, type HttpOutcome } from './http-exchange.js';
import type { ProxyFor } from './proxy.js';

export interface ChatCompletionsOptions {
  /** Up to where `/chat/completions` begins. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** For all attempts together, milliseconds. */
  readonly timeoutMs: number;
  /** Default: there is no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** The endpoint works again after its breaker was open. */
  readonly onRecovered?: (() => void) | undefined;
}

const longestAnswerBytes = 1024 * 1024;
const attemptLimit = 4;
const firstDelayMs = 300;
/** So many failed attempts in a row, and the endpoint is left alone for a while. */
const breakerThreshold = 5;
const breakerOpenMs = 15_000;

/**
 * Tokens of one answer, as the endpoint counts them. Anything but an integer in this range is ignored, and the rest of
 * the answer used: a counter that has once been increased by 1e300 shows nothing any more. The largest context windows
 * hold 2 million tokens.
 */
const tokenCount = z.int().min(0).max(10_000_000).catch(0);

const answerSchema = z.object({
  // One was asked for.
  choices: cutTo(1, z.array(z.object({ message: z.object({ content: z.string() }) })).min(1)),
  usage: z
    .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
    .catch({ prompt_tokens: 0, completion_tokens: 0 }),
});
const errorSchema = z.object({ error: z.object({ param: z.string().nullish(), message: z.string().nullish() }) });

/**
 * Any endpoint that speaks OpenAI's `/chat/completions`. Its operator configured it, so it may be in a private
 * network. One of these has one breaker: make one for each tenant, so that no tenant's refusals silence another's.
 */
export function createChatCompletions(options: ChatCompletionsOptions): LanguageModel {
  const { baseUrl, apiKey, model, timeoutMs, proxyFor, onRecovered } = options;
  const url = new URL(`${baseUrl.replace(/(?<!\/)\/+$/, '')}/chat/completions`);
  const breaker = createBreaker({
    threshold: breakerThreshold,
    restMs: breakerOpenMs,
    counts: isAway,
    ...(onRecovered === undefined ? {} : { onClosed: onRecovered }),
  });
  const blocked = (): EnhancementError | undefined => {
    const restsForMs = breaker.restsForMs();
    return restsForMs === 0 ? undefined : modelRests(url.host, restsForMs, breaker.lastFailure());
  };
  /** Some endpoints know no JSON mode and refuse a request that asks for it. */
  let jsonMode = true;

  async function ask(request: ModelRequest, remainingMs: number, signal: AbortSignal): Promise<ModelAnswer> {
    const body = JSON.stringify({
      model,
      messages: [
        { role: 'system', content: request.system },
        { role: 'user', content: request.user },
      ],
      max_tokens: request.maxTokens,
      temperature: 0.2,
      ...(jsonMode ? { response_format: { type: 'json_object' } } : {}),
    });
    const outcome = await exchangeHttp({
      method: 'POST',
      url,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...authorization(apiKey),
      },
      body,
      maxBytes: longestAnswerBytes,
      timeoutMs: remainingMs,
      allowPrivateNetwork: true,
      proxyFor,
      signal,
    });
    const answer = answerOf(outcome, signal);
    if (jsonMode && answer.status === 400 && refusesJsonMode(answer)) {
      jsonMode = false;
      return await ask(request, remainingMs, signal);
    }
    return read(answer, url);
  }

  return {
    model,
    blocked,
    async complete(request, signal) {
      const deadline = performance.now() + timeoutMs;
      const remainingMs = (): number => Math.max(1, Math.ceil(deadline - performance.now()));
      let failedBefore: unknown;
      const tryOnce = async (both: AbortSignal): Promise<ModelAnswer> => {
        try {
          return await ask(request, remainingMs(), both);
        } catch (error) {
          if (!both.aborted) failedBefore = error;
          throw error;
        }
      };
      const patience = AbortSignal.timeout(timeoutMs);
      const attempts = retry(
        handleWhen((error) => isTransient(error) && delayAfter(error, 1) < remainingMs()),
        {
          maxAttempts: attemptLimit - 1,
          backoff: new DelegateBackoff((context) =>
            Math.min(
              delayAfter('error' in context.result ? context.result.error : undefined, context.attempt),
              remainingMs(),
            ),
          ),
        },
      );
      try {
        return await until(AbortSignal.any([signal, patience]), (both) =>
          attempts.execute(() => breaker.execute(() => tryOnce(both)), both),
        );
      } catch (error) {
        signal.throwIfAborted();
        if (patience.aborted) throw timedOut(timeoutMs, error, failedBefore);
        if (error instanceof BreakerOpenError) {
          const message = `${url.host} failed ${breakerThreshold} times in a row and is left alone for ${breakerOpenMs / 1000} s.`;
          throw new EnhancementError('MODEL_UNAVAILABLE', message, { cause: error });
        }
        throw error;
      }
    },
  };
}

/** Models of one endpoint that are looked through; large routers list some hundreds. */
const mostModels = 5000;
const modelsSchema = z.object({ data: cutTo(mostModels, z.array(z.object({ id: z.string() }))) });

/**
 * Asks an endpoint which models it has, which costs nothing: whether it is there and takes the key.
 *
 * @returns undefined when it is there and keeps no list, as some are
 * @throws {EnhancementError} which says what is wrong and what to do
 */
export async function listModels(
  { baseUrl, apiKey, timeoutMs, proxyFor }: Omit<ChatCompletionsOptions, 'model' | 'onRecovered'>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const url = new URL(`${baseUrl.replace(/(?<!\/)\/+$/, '')}/models`);
  const headers = { accept: 'application/json', ...authorization(apiKey) };
  const request = { method: 'GET', url, headers, maxBytes: longestAnswerBytes, timeoutMs, signal } as const;
  const answer = answerOf(await exchangeHttp({ ...request, allowPrivateNetwork: true, proxyFor }), signal);
  if (answer.status === 404 || answer.status === 405) return undefined;
  // No prompt was sent, so what the endpoint says quotes no ticket.
  refuseFailure(answer, url, saidBy(answer));
  return modelsSchema.safeParse(parseBody(answer.text)).data?.data.map(({ id }) => id);
}

function authorization(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

function isTransient(error: unknown): boolean {
  return error instanceof EnhancementError && (error.code === 'MODEL_UNAVAILABLE' || error.code === 'MODEL_TIMEOUT');
}

/** What says something of the endpoint and not of the request. */
function isAway(error: unknown): boolean {
  return isTransient(error) || (error instanceof EnhancementError && error.code === 'MODEL_UNAUTHORIZED');
}

/** In the words of the failure that opened the breaker. */
function modelRests(host: string, deferMs: number, cause: unknown): EnhancementError {
  const [code, words] =
    cause instanceof EnhancementError ? [cause.code, ` Last: ${cause.message}`] : (['MODEL_UNAVAILABLE', ''] as const);
  const message = `${host} failed ${breakerThreshold} times in a row and is not asked for ${Math.ceil(deferMs / 1000)} s.${words}`;
  return new EnhancementError(code, message, { deferMs, cause });
}

/** What the endpoint asked for, else a growing delay with full jitter, so that many workers do not return as one. */
function delayAfter(error: unknown, attempt: number): number {
  const asked = error instanceof EnhancementError ? error.retryAfterMs : undefined;
  return asked ?? Math.random() * firstDelayMs * 2 ** attempt;
}

/** @param said the endpoint's own words, with what separates them from ours */
function refuseFailure({ status, retryAfterMs }: HttpAnswer, { host }: URL, said = ''): void {
  if (status === 408 || status === 429 || status >= 500) {
    throw new EnhancementError('MODEL_UNAVAILABLE', `${host} answered with HTTP ${status}${said}.`, { retryAfterMs });
  }
  if (status === 401 || status === 403) {
    const message = `${host} refused the key with HTTP ${status}${said}. Check LLM_API_KEY.`;
    throw new EnhancementError('MODEL_UNAUTHORIZED', message);
  }
  if (status < 200 || status >= 300) {
    const message = `${host} refused the request with HTTP ${status}${said}. Check LLM_BASE_URL and LLM_MODEL.`;
    throw new EnhancementError('MODEL_REJECTED', message);
  }
}

function read(answer: HttpAnswer, url: URL): ModelAnswer {
  refuseFailure(answer, url);
  const { contentType, text } = answer;
  const parsed = contentType === 'application/json' ? answerSchema.safeParse(parseBody(text)) : undefined;
  const content = parsed?.data?.choices[0]?.message.content;
  if (content === undefined) {
    throw new EnhancementError(
      'MODEL_ANSWER_INVALID',
      `${url.host} answered with something that is no chat completion. Check LLM_BASE_URL.`,
      { cause: parsed?.error },
    );
  }
  return {
    content,
    promptTokens: parsed?.data?.usage.prompt_tokens ?? 0,
    completionTokens: parsed?.data?.usage.completion_tokens ?? 0,
  };
}

/** More than a sentence helps nobody. */
const longestWords = 300;

function saidBy({ text }: HttpAnswer): string {
  const words = errorSchema.safeParse(parseBody(text)).data?.error.message?.trim().replace(/\.$/, '') ?? '';
  return words === '' ? '' : `: ${presentable(cutText(words, longestWords))}`;
}

function refusesJsonMode({ text }: HttpAnswer): boolean {
  const said = errorSchema.safeParse(parseBody(text)).data?.error;
  return /response_format/.test(`${said?.param ?? ''} ${said?.message ?? ''}`);
}

function parseBody(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined; // no JSON is an answer that no schema takes
  }
}

/** Asking a model again does no harm, so it does not matter here whether the request was sent. */
function answerOf(outcome: HttpOutcome, signal: AbortSignal): HttpAnswer {
  if (outcome.kind === 'answered') return outcome.answer;
  signal.throwIfAborted();
  throw fromExchange(outcome.error);
}

function fromExchange(error: HttpExchangeError): EnhancementError {
  switch (error.failure) {
    case 'timeout':
      return new EnhancementError('MODEL_TIMEOUT', `${error.message}.`, { cause: error });
    case 'too-large':
    case 'encoded':
      return new EnhancementError('MODEL_ANSWER_INVALID', `The model's answer cannot be used: ${error.message}.`, {
        cause: error,
      });
    case 'address-forbidden':
    case 'network':
    case 'send-too-late':
    case 'aborted':
      return new EnhancementError('MODEL_UNAVAILABLE', `The model cannot be reached: ${error.message}.`, {
        cause: error,
      });
  }
}

/** @param failedBefore of an attempt before the last one: then the endpoint did answer */
function timedOut(timeoutMs: number, cause: unknown, failedBefore: unknown): EnhancementError {
  const before = failedBefore instanceof EnhancementError ? ` An earlier attempt: ${failedBefore.message}` : '';
  const message = `The language model gave no usable answer within LLM_TIMEOUT_MS (${timeoutMs} ms), all attempts together.${before}`;
  return new EnhancementError('MODEL_TIMEOUT', message, { cause });
}
