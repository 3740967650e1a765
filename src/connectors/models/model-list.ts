import { exchangeHttp } from '../http-exchange.js';
import type { ChatCompletionsOptions } from './chat-completions.js';
import { firstJsonIn } from './json-in.js';
import { addressOf, keyHeader } from './model-address.js';
import { answerOf, refused } from './model-failures.js';
import { readRefusal } from './refusal.js';

/** Routers describe some hundreds of models at length. */
const longestAnswerBytes = 4 * 1024 * 1024;
/** In `data` of an object, or in a list alone; Gemini's begin with `models/`. Found without parsing, which is bounded to fewer values. */
const modelName = /"(?:id|name|model)"\s{0,4}:\s{0,4}"(?:models\/)?([^"\\]{1,200})"/g;

/**
 * Requests an endpoint's list of models, which costs nothing and shows whether the endpoint is there and accepts the key.
 *
 * @returns their names, and possibly other names; undefined when it answers but has no list
 * @throws {EnhancementError} which says what is wrong and what to do
 */
export async function listModels(
  {
    baseUrl,
    apiKey,
    apiKeyHeader,
    timeoutMs,
    proxyFor,
  }: Pick<ChatCompletionsOptions, 'baseUrl' | 'apiKey' | 'apiKeyHeader' | 'timeoutMs' | 'proxyFor'>,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const url = addressOf(baseUrl, 'models');
  const headers = { accept: 'application/json', ...keyHeader(url, apiKey, apiKeyHeader) };
  const request = { method: 'GET', url, headers, maxBytes: longestAnswerBytes, timeoutMs, signal } as const;
  const answer = answerOf(await exchangeHttp({ ...request, allowPrivateNetwork: true, proxyFor }), signal);
  const { status, text, retryAfterMs: pauseMs, headers: told } = answer;
  if (status === 404 || status === 405) return undefined;
  if (status < 200 || status >= 300)
    throw refused(url, baseUrl, { ...readRefusal(status, text), pauseMs, location: told.location });
  const names = new Set([...text.matchAll(modelName)].map(([, name = '']) => name));
  const isEmptyList = names.size === 0 && hasData(firstJsonIn(text));
  return names.size > 0 || isEmptyList ? names : undefined;
}

function hasData(told: unknown): boolean {
  return typeof told === 'object' && told !== null && 'data' in told;
}
