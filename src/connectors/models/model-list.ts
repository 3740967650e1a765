import { z } from 'zod';
import { cutTo } from '../../enhancement/index.js';
import { parseBoundedJson } from '../../json/bounded-json.js';
import { exchangeHttp } from '../http-exchange.js';
import type { ChatCompletionsOptions } from './chat-completions.js';
import { addressOf, keyHeader } from './model-address.js';
import { answerOf, refused } from './model-failures.js';
import { readRefusal } from './refusal.js';

/** Models of one endpoint that are looked through; large routers list some hundreds. */
const mostModels = 5000;
const modelsSchema = z.object({ data: cutTo(mostModels, z.array(z.object({ id: z.string() }))) });
const longestAnswerBytes = 1024 * 1024;

/**
 * Asks an endpoint which models it has, which costs nothing: whether it is there and takes the key.
 *
 * @returns undefined when it is there and keeps no list, as some are
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
): Promise<readonly string[] | undefined> {
  const url = addressOf(baseUrl, 'models');
  const headers = { accept: 'application/json', ...keyHeader(url, apiKey, apiKeyHeader) };
  const request = { method: 'GET', url, headers, maxBytes: longestAnswerBytes, timeoutMs, signal } as const;
  const answer = answerOf(await exchangeHttp({ ...request, allowPrivateNetwork: true, proxyFor }), signal);
  const { status, text, retryAfterMs: pauseMs, headers: told } = answer;
  if (status === 404 || status === 405) return undefined;
  if (status < 200 || status >= 300)
    throw refused(url, baseUrl, { ...readRefusal(status, text), pauseMs, location: told.location });
  try {
    return modelsSchema.safeParse(parseBoundedJson(text)).data?.data.map(({ id }) => id);
  } catch {
    return undefined; // no list that we can read
  }
}
