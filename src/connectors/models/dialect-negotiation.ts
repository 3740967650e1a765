import { performance } from 'node:perf_hooks';
import type { ModelAnswer, ModelRequest, RefusedParameter } from '../../enhancement/index.js';
import type { Completion } from './completion.js';
import { type Dialect, firstDialect, outputTokens } from './dialect.js';
import type { KnownDialect } from './known-dialect.js';
import { afterCutPrompt, learnFrom, nameOf, seemsCut } from './learning.js';
import { declined, emptyAnswer, noCompletion, refused } from './model-failures.js';
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

/** A message as it was sent. */
interface Sent {
  readonly dialect: Dialect;
  /** By our estimate. */
  readonly promptTokens: number;
  /** Time until its answer, milliseconds. */
  readonly tookMs: number;
}

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
    let lessons = 0;
    /** Tokens that the model's context has left for the answer to this prompt. */
    let room: number | undefined;
    let guessedAfter: Refusal | undefined;
    let isGuess = false;
    /** The dialect whose prompt was probably not read completely. */
    let beforeCut: Dialect | undefined;

    /**
     * Changes the form of the request.
     *
     * @throws {EnhancementError} when no other form can be accepted
     */
    async function learn(refusal: Refusal, sent: Sent): Promise<void> {
      refusedDialects.add(nameOf(sent.dialect));
      const sizes = { outputTokens: outputTokens(sent.dialect, maxOutputTokens), promptTokens: sent.promptTokens };
      const lesson = lessons++ < mostLessons ? learnFrom(refusal, dialect, refusedDialects, sizes) : undefined;
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
        return;
      }
      refusedDialects.add(nameOf(dialect));
      const others = await known.ofOthers();
      dialect = others === undefined || refusedDialects.has(nameOf(others)) ? lesson.dialect : others;
      if (!isGuess) known.learning = dialect;
    }

    /** Whether the budget ended before the answer, and a larger one is tried. */
    function takesLargerBudget(text: Text, sent: Sent): boolean {
      const larger = { ...dialect, largeBudget: true };
      const budget = outputTokens(sent.dialect, maxOutputTokens);
      const grows = outputTokens(within(room, larger), maxOutputTokens) > budget;
      // Some endpoints do not say that reasoning used up the budget.
      const isSpent = text.cutOff || (text.text === '' && text.spentTokens >= budget / 2);
      if (!isSpent || !grows || dialect.tokenLimit === 'none' || remainingMs() <= sent.tookMs) return false;
      dialect = larger;
      return true;
    }

    /** Whether the endpoint read a part of the prompt, and a shorter one is tried. */
    function takesShorterPrompt({ promptTokens: told }: Text, { promptTokens, tookMs }: Sent): boolean {
      const mayBeCut = !countsOtherwise && request.within !== undefined && request.repair === undefined;
      if (!mayBeCut || !seemsCut(told, promptTokens)) return false;
      if (beforeCut !== undefined) {
        // The share is as small for a prompt that fits in any case: the endpoint counts otherwise.
        countsOtherwise = true;
        dialect = beforeCut;
        return false;
      }
      const shorter = afterCutPrompt(dialect, told, promptTokens);
      if (shorter === undefined || remainingMs() <= tookMs) return false;
      onRefused('prompt', `It has read ${told} of about ${promptTokens} tokens`);
      beforeCut = dialect;
      dialect = shorter;
      return true;
    }

    for (;;) {
      const beganMs = performance.now();
      const sentDialect = within(room, dialect);
      const { turns, mostTokens } = turnsWithin(dialect.mostPromptTokens, request);
      const message = { dialect: sentDialect, turns, request, timeoutMs: remainingMs() };
      const completion = await send(message, signal);
      const tookMs = performance.now() - beganMs;
      const sent: Sent = { dialect: sentDialect, promptTokens: tokensOf(turns), tookMs };
      switch (completion.kind) {
        case 'foreign':
          throw noCompletion(url, baseUrl, completion.words);
        case 'empty':
          throw emptyAnswer(url, baseUrl);
        case 'declined':
          throw declined(url, completion.words);
        case 'refusal':
          await learn(completion.refusal, sent);
          break;
        case 'text': {
          tokens.prompt += completion.promptTokens;
          tokens.completion += completion.completionTokens;
          if (takesLargerBudget(completion, sent) || takesShorterPrompt(completion, sent)) break;
          if (await known.accepted(dialect, { before, askedMs, isGuess })) onLearned(dialect);
          const { text: content, cutOff } = completion;
          const counts = { promptTokens: tokens.prompt, completionTokens: tokens.completion };
          return { content, cutOff, within: mostTokens, ...counts };
        }
      }
    }
  };
}

type Text = Extract<Completion, { kind: 'text' }>;

/** @param mostTokens of this request's answer, whatever the endpoint accepts for others */
function within(mostTokens: number | undefined, dialect: Dialect): Dialect {
  if (mostTokens === undefined) return dialect;
  return { ...dialect, mostOutputTokens: Math.min(mostTokens, dialect.mostOutputTokens ?? mostTokens) };
}
