import { EnhancementError } from '../../enhancement/index.js';
import { cutText } from '../../logging/cut-text.js';
import { presentable } from '../../logging/describe-error.js';
import type { HttpAnswer, HttpExchangeError, HttpOutcome } from '../http-exchange.js';
import { overflowIn } from './context-overflow.js';
import { addressHint, redirectHint } from './model-address.js';
import type { Refusal } from './refusal.js';
import { isAboutAccount, isAboutContent, isAboutKey, isPassing } from './refusal-kinds.js';

/** The failures of an endpoint, with its own words and what to do. */

/** Characters of the endpoint's words in a message. */
const longestWords = 300;

/** The endpoint's own words after a colon, cut and redacted; empty if there are none. */
export function told(words: string): string {
  return words === '' ? '' : `: ${presentable(cutText(words, longestWords))}`;
}

export function isTransient(error: unknown): error is EnhancementError {
  return error instanceof EnhancementError && (error.code === 'MODEL_UNAVAILABLE' || error.code === 'MODEL_TIMEOUT');
}

/** Whether a failure is about the endpoint rather than the request: such failures open the breaker. */
export function modelUnavailable(error: unknown): boolean {
  return isTransient(error) || (error instanceof EnhancementError && error.code === 'MODEL_UNAUTHORIZED');
}

/** The failure of a request that is not sent: it has the code and message of the failure that opened the breaker. */
export function modelBreakerOpen(host: string, failures: number, deferMs: number, cause: unknown): EnhancementError {
  const [code, words] =
    cause instanceof EnhancementError ? [cause.code, ` Last: ${cause.message}`] : (['MODEL_UNAVAILABLE', ''] as const);
  const message = `${host} failed ${failures} times in a row and is not asked for ${Math.ceil(deferMs / 1000)} s.${words}`;
  return new EnhancementError(code, message, { deferMs, cause });
}

/** Statuses below 500 that pass: a time limit, a lock, too early, a rate limit, no capacity, a request that the endpoint cancelled. */
const passing: ReadonlySet<number> = new Set([408, 409, 424, 425, 429, 498, 499]);

/** @param sentTokens the limit of the answer that was sent. Default: none was */
export function refused(url: URL, baseUrl: string, refusal: Refusal, sentTokens = 0): EnhancementError {
  if (isAboutContent(refusal)) return declined(url, refusal.words);
  const { status, isInBody = false, isPage = false, pauseMs: retryAfterMs, location } = refusal;
  const { host } = url;
  const how = isInBody ? 'an error' : `${isPage ? 'a web page and ' : ''}HTTP ${status}`;
  const said = ` with ${how}${told(refusal.words)}.`;
  if (isAboutAccount(refusal)) {
    const hint = 'Check the account of LLM_API_KEY.';
    return new EnhancementError('MODEL_UNAUTHORIZED', `${host} refused the account${said} ${hint}`);
  }
  if (isPassing(refusal) || passing.has(status) || status >= 500)
    return new EnhancementError('MODEL_UNAVAILABLE', `${host} answered${said}`, { retryAfterMs });
  const isKey = isAboutKey(refusal);
  if (isKey || status === 403) {
    const what = isPage || !isKey ? 'access' : 'the key';
    return new EnhancementError('MODEL_UNAUTHORIZED', `${host} refused ${what}${said} ${accessHint(isKey, isPage)}.`);
  }
  if (overflowIn(refusal, sentTokens) !== undefined) {
    const hint = 'Start the model with a larger context (docs/models.md).';
    return new EnhancementError('MODEL_REJECTED', `${host} refused the prompt${said} ${hint}`);
  }
  if (status < 400 && location !== undefined)
    return new EnhancementError('MODEL_REJECTED', `${host} redirects${said} ${redirectHint(baseUrl, location)}.`);
  const hint = status === 404 || status === 405 ? addressHint(baseUrl) : 'Check LLM_BASE_URL and LLM_MODEL';
  return new EnhancementError('MODEL_REJECTED', `${host} refused the request${said} ${hint}.`);
}

function accessHint(isKey: boolean, isPage: boolean): string {
  if (isPage) return 'Check LLM_BASE_URL, and what a proxy or firewall in front of the endpoint lets through';
  return isKey
    ? 'Check LLM_API_KEY'
    : 'Check that LLM_API_KEY is right, what it may use, and which networks the endpoint serves';
}

export function declined({ host }: URL, words: string): EnhancementError {
  return new EnhancementError('MODEL_ANSWER_INVALID', `The model at ${host} declined to answer${told(words)}.`);
}

export function noCompletion({ host }: URL, baseUrl: string, words: string): EnhancementError {
  const message = `${host} answered with something that is no chat completion${told(words)}. ${addressHint(baseUrl)}.`;
  return new EnhancementError('MODEL_ANSWER_INVALID', message);
}

/** A router that waited has nothing to pass on, or another server answers there. */
export function emptyAnswer({ host }: URL, baseUrl: string): EnhancementError {
  return new EnhancementError('MODEL_UNAVAILABLE', `${host} gave an empty answer. ${addressHint(baseUrl)}.`);
}

/** @param failedBefore the failure of an earlier attempt, to which the endpoint did answer */
export function timedOut(timeoutMs: number, cause: unknown, failedBefore: unknown): EnhancementError {
  const before = failedBefore instanceof EnhancementError ? ` An earlier attempt: ${failedBefore.message}` : '';
  const message = `The language model gave no usable answer within LLM_TIMEOUT_MS (${timeoutMs} ms), all attempts together. Raise it, or use a faster model.${before}`;
  return new EnhancementError('MODEL_TIMEOUT', message, { cause });
}

/** Whether a failed request was sent does not matter: asking a model again does no harm. */
export function answerOf(outcome: HttpOutcome, signal: AbortSignal): HttpAnswer {
  if (outcome.kind === 'answered') return outcome.answer;
  signal.throwIfAborted();
  throw fromExchange(outcome.error);
}

function fromExchange(cause: HttpExchangeError): EnhancementError {
  const { failure, message } = cause;
  switch (failure) {
    case 'timeout':
      return new EnhancementError('MODEL_TIMEOUT', `${message}.`, { cause });
    case 'too-large':
    case 'encoded':
      return new EnhancementError('MODEL_ANSWER_INVALID', `The model's answer cannot be used: ${message}.`, { cause });
    case 'address-forbidden':
    case 'network':
    case 'send-too-late':
    case 'aborted': {
      const words = `The model cannot be reached: ${message}. Check LLM_BASE_URL, and that the endpoint runs.`;
      return new EnhancementError('MODEL_UNAVAILABLE', words, { cause });
    }
  }
}
