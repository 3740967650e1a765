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
import { exchangeHttp } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';
import { type Completion, readCompletion } from './completion.js';
import { bodyIn, type Dialect, firstDialect, outputTokens } from './dialect.js';
import { createLocalDialectMemory, type DialectMemory } from './dialect-memory.js';
import { createKnownDialect } from './known-dialect.js';
import { afterCutPrompt, learnFrom, nameOf, seemsCut } from './learning.js';
import { addressOf, keyHeader } from './model-address.js';
import {
  answerOf,
  declined,
  isTransient,
  modelBreakerOpen,
  modelUnavailable,
  noCompletion,
  refused,
  timedOut,
} from './model-failures.js';
import { withoutQuotations } from './quotations.js';
import { type Refusal, readRefusal } from './refusal.js';
import { pauseInWords } from './told-pause.js';
import { tokensOf, type Turn, turnsWithin } from './turns.js';

export interface ChatCompletionsOptions {
  /** Up to where `/chat/completions` begins; a query stays behind it. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** The header that has the key. Default: `api-key` at Azure, else `authorization` with a bearer token. */
  readonly apiKeyHeader?: string | undefined;
  readonly model: string;
  /** For all requests of one note together, milliseconds. */
  readonly timeoutMs: number;
  /** Tokens of one answer, reasoning included. */
  readonly maxOutputTokens: number;
  /** Default: there is no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** Default: of this client alone. */
  readonly dialects?: DialectMemory | undefined;
  /** The endpoint works again after its breaker was open. */
  readonly onRecovered?: (() => void) | undefined;
  /** The endpoint refused a parameter, in these words; the request is sent again without it, or with another form of it. */
  readonly onRefused?: ((parameter: RefusedParameter, words: string) => void) | undefined;
  /** A request was accepted after refusals. */
  readonly onLearned?: ((dialect: Dialect) => void) | undefined;
}

/** Of an answer: as many as its tokens take as events of a stream, within these bounds. Bytes. */
const answerBytes = { perToken: 512, least: 1024 * 1024, most: 8 * 1024 * 1024 };
const attemptLimit = 4;
const firstDelayMs = 300;
/** Refusals of one request that are learned from; an endpoint that has more to refuse is no chat completion. */
const mostLessons = 8;
/** After this many failed attempts in a row the endpoint is not asked for a while. */
const breakerThreshold = 5;
const breakerOpenMs = 15_000;

/**
 * Any endpoint that speaks OpenAI's `/chat/completions`, in the dialect that it accepts. Its operator configured it, so it
 * may be in a private network. Each has its own breaker: make one for each tenant, so that no tenant's failures affect
 * another's.
 */
export function createChatCompletions(options: ChatCompletionsOptions): LanguageModel {
  const { baseUrl, apiKey, model, timeoutMs, maxOutputTokens, proxyFor, onRecovered } = options;
  const { dialects = createLocalDialectMemory(), onRefused = () => undefined, onLearned = () => undefined } = options;
  const url = addressOf(baseUrl, 'chat/completions');
  const identity = { baseUrl, model, maxOutputTokens };
  const headers = {
    accept: 'application/json, text/event-stream;q=0.5',
    'content-type': 'application/json',
    ...keyHeader(url, apiKey, options.apiKeyHeader),
  };
  const breaker = createBreaker({
    threshold: breakerThreshold,
    openMs: breakerOpenMs,
    counts: modelUnavailable,
    ...(onRecovered === undefined ? {} : { onClosed: onRecovered }),
  });
  const breakerOpen = (): EnhancementError =>
    modelBreakerOpen(url.host, breakerThreshold, breaker.openForMs(), breaker.lastFailure());
  const known = createKnownDialect(dialects, identity);
  /** Its numbers of tokens say nothing of how much of a prompt it has read. */
  let countsOtherwise = false;

  /** @returns what the endpoint says, in its words alone: those that it quotes of the ticket are logged nowhere, and teach nothing */
  async function send(
    dialect: Dialect,
    turns: readonly Turn[],
    request: ModelRequest,
    remainingMs: number,
    signal: AbortSignal,
  ): Promise<Completion> {
    const answer = answerOf(
      await exchangeHttp({
        method: 'POST',
        url,
        headers,
        body: bodyIn(dialect, { model, turns, maxTokens: maxOutputTokens, schema: request.schema }),
        maxBytes: longestAnswer(outputTokens(dialect, maxOutputTokens)),
        timeoutMs: remainingMs,
        allowPrivateNetwork: true,
        proxyFor,
        signal,
      }),
      signal,
    );
    const { status, text } = answer;
    const isAnswer = status >= 200 && status < 300;
    const said: Completion = isAnswer
      ? await readCompletion(text)
      : { kind: 'refusal', refusal: readRefusal(status, text) };
    const ownWords = (words: string): string => withoutQuotations(words, request.user, request.repair?.answer ?? '');
    switch (said.kind) {
      case 'text':
        return said;
      case 'foreign':
      case 'declined':
        return { ...said, words: ownWords(said.words) };
      case 'refusal': {
        const { words, named, pauseMs } = said.refusal;
        const own = { words: ownWords(words), named: ownWords(named) };
        const pause = { pauseMs: answer.retryAfterMs ?? toldPause(pauseMs, own.words) };
        return { ...said, refusal: { ...said.refusal, ...own, ...pause, location: answer.headers.location } };
      }
    }
  }

  /** One request, and those that follow from what the endpoint says of its parameters and its budget. */
  async function ask(request: ModelRequest, remainingMs: () => number, signal: AbortSignal): Promise<ModelAnswer> {
    const askedMs = performance.now();
    const before = await known.remembered();
    const refusedDialects = new Set<string>();
    const tokens = { prompt: 0, completion: 0 };
    let dialect = before ?? known.learning ?? firstDialect;
    /** What the model's context has left for the answer to this prompt, tokens. */
    let room: number | undefined;
    let guessedAfter: Refusal | undefined;
    let isGuess = false;
    /** The dialect whose prompt was not read whole, as it seems. */
    let beforeCut: Dialect | undefined;
    for (let lessons = 0; ; lessons++) {
      const beganMs = performance.now();
      const sent = within(room, dialect);
      const { turns, mostTokens } = turnsWithin(dialect.mostPromptTokens, request);
      const completion = await send(sent, turns, request, remainingMs(), signal);
      switch (completion.kind) {
        case 'foreign':
          throw noCompletion(url, baseUrl, completion.words);
        case 'declined':
          throw declined(url, completion.words);
        case 'refusal': {
          const { refusal } = completion;
          refusedDialects.add(nameOf(sent));
          const sizes = { outputTokens: outputTokens(sent, maxOutputTokens), promptTokens: tokensOf(turns) };
          const lesson = lessons < mostLessons ? learnFrom(refusal, dialect, refusedDialects, sizes) : undefined;
          const isShortest =
            lesson?.parameter === 'prompt' &&
            tokensOf(turnsWithin(lesson.dialect.mostPromptTokens, request).turns) >= sizes.promptTokens;
          if (lesson === undefined || isShortest) {
            // The first refusal that names no parameter says what is wrong; later ones are about our guesses.
            const telling = guessedAfter?.status === refusal.status ? guessedAfter : refusal;
            const error = refused(url, baseUrl, telling, sizes.outputTokens);
            if (error.code === 'MODEL_REJECTED') known.learning = undefined;
            throw error;
          }
          if (lesson.parameter === 'unnamed') guessedAfter ??= refusal;
          isGuess ||= lesson.isGuess === true;
          onRefused(lesson.parameter, refusal.words);
          if (lesson.forThisRequest) {
            room = lesson.dialect.mostOutputTokens;
            break;
          }
          refusedDialects.add(nameOf(dialect));
          const others = await known.ofOthers();
          dialect = others === undefined || refusedDialects.has(nameOf(others)) ? lesson.dialect : others;
          if (!isGuess) known.learning = dialect;
          break;
        }
        case 'text': {
          tokens.prompt += completion.promptTokens;
          tokens.completion += completion.completionTokens;
          const tookMs = performance.now() - beganMs;
          const larger = { ...dialect, largeBudget: true };
          const budget = outputTokens(sent, maxOutputTokens);
          const grows = outputTokens(within(room, larger), maxOutputTokens) > budget;
          // Some endpoints do not say that reasoning took all of it.
          const isSpent = completion.cutOff || (completion.text === '' && completion.spentTokens >= budget / 2);
          if (isSpent && grows && dialect.tokenLimit !== 'none' && remainingMs() > tookMs) {
            dialect = larger;
            break;
          }
          const sentTokens = tokensOf(turns);
          const mayBeCut = !countsOtherwise && request.within !== undefined && request.repair === undefined;
          if (mayBeCut && seemsCut(completion.promptTokens, sentTokens)) {
            const shorter = afterCutPrompt(dialect, completion.promptTokens, sentTokens);
            if (beforeCut !== undefined) {
              // It says the same of a prompt that it surely reads.
              countsOtherwise = true;
              dialect = beforeCut;
            } else if (shorter !== undefined && remainingMs() > tookMs) {
              onRefused('prompt', `It has read ${completion.promptTokens} of about ${sentTokens} tokens`);
              beforeCut = dialect;
              dialect = shorter;
              break;
            }
          }
          if (await known.accepted(dialect, { before, askedMs, isGuess })) onLearned(dialect);
          const { text, cutOff } = completion;
          const counts = { promptTokens: tokens.prompt, completionTokens: tokens.completion };
          return { content: text, cutOff, within: mostTokens, ...counts };
        }
      }
    }
  }

  async function complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    let deadlineMs = request.untilMs ?? performance.now() + timeoutMs;
    const remainingMs = (): number => Math.max(1, Math.ceil(deadlineMs - performance.now()));
    let failedBefore: unknown;
    for (let attempt = 1; ; attempt++) {
      const patience = AbortSignal.timeout(remainingMs());
      try {
        return await breaker.execute(async () => {
          try {
            return await until(AbortSignal.any([signal, patience]), (both) => ask(request, remainingMs, both));
          } catch (error) {
            // Here, so that the breaker counts it: an endpoint that never answers is unavailable.
            if (patience.aborted && !signal.aborted) throw timedOut(timeoutMs, error, failedBefore);
            throw error;
          }
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BreakerOpenError) throw breakerOpen();
        if (patience.aborted || !isTransient(error) || attempt >= attemptLimit) throw error;
        failedBefore = error;
        const pauseMs = pauseAfter(error, attempt);
        if (pauseMs >= remainingMs()) {
          // A pause that the endpoint asks for may be longer than its own time, within that of the job.
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

/** @param mostTokens of this request's answer, whatever the endpoint accepts of others */
function within(mostTokens: number | undefined, dialect: Dialect): Dialect {
  if (mostTokens === undefined) return dialect;
  return { ...dialect, mostOutputTokens: Math.min(mostTokens, dialect.mostOutputTokens ?? mostTokens) };
}

function longestAnswer(tokens: number): number {
  const { perToken, least, most } = answerBytes;
  return Math.min(Math.max(tokens * perToken, least), most);
}

/** The longer one: Gemini tells it twice, once rounded down. */
function toldPause(inFields: number | undefined, words: string): number | undefined {
  const inWords = pauseInWords(words);
  return inFields === undefined || inWords === undefined ? (inFields ?? inWords) : Math.max(inFields, inWords);
}

/** A growing delay with full jitter, so that many workers do not return as one; what the endpoint asked for, if that is longer. */
function pauseAfter({ retryAfterMs = 0 }: EnhancementError, attempt: number): number {
  return Math.max(retryAfterMs, Math.random() * firstDelayMs * 2 ** attempt);
}
