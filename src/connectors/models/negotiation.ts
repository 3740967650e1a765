import { performance } from 'node:perf_hooks';
import type { ModelAnswer, ModelRequest, RefusedParameter } from '../../enhancement/index.js';
import type { Completion } from './completion.js';
import { type Dialect, firstDialect, outputTokens } from './dialect.js';
import type { KnownDialect } from './known-dialect.js';
import { afterCutPrompt, learnFrom, nameOf, seemsCut } from './learning.js';
import { declined, noCompletion, refused } from './model-failures.js';
import type { ModelMessage } from './model-request.js';
import type { Refusal } from './refusal.js';
import { tokensOf, turnsWithin } from './turns.js';

/** Finds the form of a request that an endpoint accepts: each refusal leads to another form, until an answer comes. */

export interface NegotiationOptions {
  /** As configured, for the hints of messages. */
  readonly baseUrl: string;
  readonly url: URL;
  /** Tokens of one answer, reasoning included. */
  readonly maxOutputTokens: number;
  readonly known: KnownDialect;
  readonly send: (message: ModelMessage, signal: AbortSignal) => Promise<Completion>;
  /** The endpoint refused a parameter, in these words; the request is sent again in another form. */
  readonly onRefused: (parameter: RefusedParameter, words: string) => void;
  /** The endpoint accepted a form that differs from the one remembered. */
  readonly onLearned: (dialect: Dialect) => void;
}

/**
 * @param remainingMs time that is left for the request, milliseconds
 * @throws {EnhancementError} `MODEL_*`
 */
export type Ask = (request: ModelRequest, remainingMs: () => number, signal: AbortSignal) => Promise<ModelAnswer>;

/** Refusals of one request that are learned from; an endpoint that has more to refuse is no chat completion. */
const mostLessons = 8;

export function createNegotiation(options: NegotiationOptions): Ask {
  const { baseUrl, url, maxOutputTokens, known, send, onRefused, onLearned } = options;
  /** The endpoint's token counts do not show how much of a prompt it has read. */
  let countsOtherwise = false;

  return async (request, remainingMs, signal) => {
    const askedMs = performance.now();
    const before = await known.remembered();
    const refusedDialects = new Set<string>();
    const tokens = { prompt: 0, completion: 0 };
    let dialect = before ?? known.learning ?? firstDialect;
    /** Tokens that the model's context has left for the answer to this prompt. */
    let room: number | undefined;
    let guessedAfter: Refusal | undefined;
    let isGuess = false;
    /** The dialect whose prompt was probably not read completely. */
    let beforeCut: Dialect | undefined;
    for (let lessons = 0; ; lessons++) {
      const beganMs = performance.now();
      const sent = within(room, dialect);
      const { turns, mostTokens } = turnsWithin(dialect.mostPromptTokens, request);
      const completion = await send({ dialect: sent, turns, request, timeoutMs: remainingMs() }, signal);
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
          // Some endpoints do not say that reasoning used up the budget.
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
              // The share is as small for a prompt that fits in any case: the endpoint counts otherwise.
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
  };
}

/** @param mostTokens of this request's answer, whatever the endpoint accepts for others */
function within(mostTokens: number | undefined, dialect: Dialect): Dialect {
  if (mostTokens === undefined) return dialect;
  return { ...dialect, mostOutputTokens: Math.min(mostTokens, dialect.mostOutputTokens ?? mostTokens) };
}
