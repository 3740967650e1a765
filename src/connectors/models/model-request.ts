import type { ModelRequest } from '../../enhancement/index.js';
import { exchangeHttp } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';
import { type Completion, readCompletion } from './completion.js';
import { bodyIn, type Dialect, outputTokens } from './dialect.js';
import { keyHeader } from './model-address.js';
import { answerOf } from './model-failures.js';
import { withoutQuotations } from './quotations.js';
import { readRefusal } from './refusal.js';
import { pauseInWords } from './told-pause.js';
import type { Turn } from './turns.js';

/** One request to a model endpoint in one dialect, and its answer. */

export interface ModelEndpoint {
  /** The address of `/chat/completions`. */
  readonly url: URL;
  readonly apiKey?: string | undefined;
  /** Header with the key. Default: `api-key` for Azure, else `authorization` with a bearer token. */
  readonly apiKeyHeader?: string | undefined;
  readonly model: string;
  /** Tokens of one answer, reasoning included. */
  readonly maxOutputTokens: number;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
}

export interface ModelMessage {
  readonly dialect: Dialect;
  readonly turns: readonly Turn[];
  /** The request whose text is removed from the endpoint's words. */
  readonly request: ModelRequest;
  readonly timeoutMs: number;
}

/** Bounds of an answer, bytes: large enough for its tokens as events of a stream. */
const answerBytes = { perToken: 512, least: 1024 * 1024, most: 8 * 1024 * 1024 };

/**
 * @returns a function that sends one message. The words of a refusal are without what the endpoint quotes of the ticket:
 *   ticket text is not logged, and nothing is learned from it.
 */
export function createModelRequest(endpoint: ModelEndpoint) {
  const { url, model, maxOutputTokens, proxyFor } = endpoint;
  const headers = {
    accept: 'application/json, text/event-stream;q=0.5',
    'content-type': 'application/json',
    ...keyHeader(url, endpoint.apiKey, endpoint.apiKeyHeader),
  };

  return async (message: ModelMessage, signal: AbortSignal): Promise<Completion> => {
    const { dialect, turns, request, timeoutMs } = message;
    const answer = answerOf(
      await exchangeHttp({
        method: 'POST',
        url,
        headers,
        body: bodyIn(dialect, { model, turns, maxTokens: maxOutputTokens, schema: request.schema }),
        maxBytes: longestAnswer(outputTokens(dialect, maxOutputTokens)),
        timeoutMs,
        // The operator configured the endpoint, which is often on the same machine.
        allowPrivateNetwork: true,
        proxyFor,
        signal,
      }),
      signal,
    );
    const { status, text } = answer;
    const isAnswer = status >= 200 && status < 300;
    const completion: Completion = isAnswer
      ? await readCompletion(text)
      : { kind: 'refusal', refusal: readRefusal(status, text) };
    const ownWords = (words: string): string => withoutQuotations(words, request.user, request.repair?.answer ?? '');
    switch (completion.kind) {
      case 'text':
      case 'empty':
        return completion;
      case 'foreign':
      case 'declined':
        return { ...completion, words: ownWords(completion.words) };
      case 'refusal': {
        const { words, named, pauseMs } = completion.refusal;
        const own = { words: ownWords(words), named: ownWords(named) };
        const pause = { pauseMs: answer.retryAfterMs ?? toldPause(pauseMs, own.words) };
        const { location } = answer.headers;
        return { ...completion, refusal: { ...completion.refusal, ...own, ...pause, location } };
      }
    }
  };
}

function longestAnswer(tokens: number): number {
  const { perToken, least, most } = answerBytes;
  return Math.min(Math.max(tokens * perToken, least), most);
}

/** The longer one: Gemini gives the pause twice, once rounded down. */
function toldPause(inFields: number | undefined, words: string): number | undefined {
  const inWords = pauseInWords(words);
  return inFields === undefined || inWords === undefined ? (inFields ?? inWords) : Math.max(inFields, inWords);
}
