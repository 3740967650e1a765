import { performance } from 'node:perf_hooks';
import { type Context, gatherContext } from './context.js';
import { EnhancementError } from './errors.js';
import type { Excerpt } from './excerpt.js';
import { extractiveNote, nothingFoundNote } from './extractive.js';
import { inReadingOrder, languageOf } from './language.js';
import { modelNote } from './model-synthesis.js';
import { type Note, type RenderedNote, renderNote } from './note.js';
import { noteMarker } from './note-marker.js';
import type { Language } from './note-words.js';
import type { PipelineObserver } from './observer.js';
import type { PipelineStep, SynthesisMode, WhenUnavailable } from './vocabulary.js';
import type { ContextSource, LanguageModel, NotePublisher, Publication } from './ports.js';
import type { NotePreferences } from './preferences.js';
import { rerank } from './rerank.js';
import type { Ticket } from './ticket.js';
import { until } from './until.js';

export interface EnhancementRequest {
  readonly ticket: Ticket;
  readonly jobId: string;
  readonly correlationId: string;
  readonly preferences: NotePreferences;
}

export interface PipelineDependencies {
  /** The tenant's own; nothing of another's. */
  readonly sources: readonly ContextSource[];
  /** Undefined: extractive notes. */
  readonly model?: LanguageModel | undefined;
  /** What happens to the job where the model is away, throttles, or refuses its key. Default: `fallback`. */
  readonly whenUnavailable?: WhenUnavailable | undefined;
  /** Whether the model orders the sources before it writes. Default: no. */
  readonly rerank?: boolean | undefined;
  readonly publisher: NotePublisher;
  readonly observer: PipelineObserver;
  readonly contextTimeoutMs: number;
  /** For the whole attempt, milliseconds. Default: no bound. */
  readonly jobTimeoutMs?: number | undefined;
}

export interface EnhancementResult {
  /** `found`: the note had been on the ticket before this attempt. `none`: there was nothing to say. */
  readonly publication: Publication | 'none';
  /** Undefined when the note was there before anything was written. */
  readonly mode: SynthesisMode | undefined;
}

/** Of the attempt's time. Context and model end by then, so that a slow one leaves time for the note. */
const shareForContext = 1 / 2;
const shareForWriting = 3 / 4;
/** Of the model's time: the note is worth more than the order of its sources. */
const shareForRerank = 1 / 3;

/**
 * One attempt at one job: gather context, write the note, post it.
 *
 * @throws {EnhancementError} whose code says what it means for the job; the signal's reason when that aborted
 */
export async function enhanceTicket(
  request: EnhancementRequest,
  dependencies: PipelineDependencies,
  signal: AbortSignal,
): Promise<EnhancementResult> {
  const { jobTimeoutMs } = dependencies;
  if (jobTimeoutMs === undefined) return attempt(request, dependencies, () => undefined, signal);
  const timeout = timeLimit(jobTimeoutMs);
  let atTicket = false;
  const noteAtTicket = (at: boolean): void => {
    atTicket = at;
  };
  try {
    return await attempt(request, dependencies, noteAtTicket, AbortSignal.any([signal, timeout.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.signal.aborted) throw error;
    throw attemptTooLong(atTicket, jobTimeoutMs, error);
  } finally {
    timeout.clear();
  }
}

/** A desk that does not answer in time counts as unavailable, so that the job is deferred and not failed. */
function attemptTooLong(atTicket: boolean, jobTimeoutMs: number, cause: unknown): EnhancementError {
  if (!atTicket) {
    const message = `The attempt took longer than JOB_TIMEOUT_MS (${jobTimeoutMs} ms). Look at which step is slow, or raise it.`;
    return new EnhancementError('JOB_TIMEOUT', message, { cause });
  }
  const message = `The desk did not answer before JOB_TIMEOUT_MS (${jobTimeoutMs} ms) was over. Check that it works, and that JOB_TIMEOUT_MS is long enough.`;
  return new EnhancementError('DESK_UNAVAILABLE', message, { cause });
}

/** @param noteAtTicket told when the attempt begins to wait for the ticket's desk, and when it has ended */
async function attempt(
  { ticket, jobId, correlationId, preferences }: EnhancementRequest,
  dependencies: PipelineDependencies,
  noteAtTicket: (at: boolean) => void,
  signal: AbortSignal,
): Promise<EnhancementResult> {
  const { sources, publisher, observer, contextTimeoutMs, jobTimeoutMs = Number.POSITIVE_INFINITY } = dependencies;
  const writeByMs = performance.now() + jobTimeoutMs * shareForWriting;
  const marker = noteMarker(jobId);
  // Before context and model are paid for: the note may be there, or may still come.
  noteAtTicket(true);
  const published = await until(signal, (one) => publisher.isPublished(ticket, marker, one));
  noteAtTicket(false);
  if (published) return { publication: 'found', mode: undefined };
  const contextMs = Math.ceil(Math.min(contextTimeoutMs, jobTimeoutMs * shareForContext));
  const found = await step('context_gathering', observer, () =>
    gatherContext({ ticket, sources, timeoutMs: contextMs, observer }, signal),
  );
  const language = preferences.language === 'auto' ? await languageOf(ticket) : preferences.language;
  const context = { ...found, excerpts: await inReadingOrder(found.excerpts, language) };
  const note = await writeNote({ ...preferences, ticket, context, language, writeByMs }, dependencies, signal);
  if (note === undefined) {
    observer.noteWritten('none', []);
    return { publication: 'none', mode: 'none' };
  }
  const rendered = renderNote(note, { correlationId, marker, ...preferences });
  // Not with `until`: an aborted attempt is over when the outcome of its request is recorded, and not before.
  const publication = await step('ticket_update', observer, () => {
    signal.throwIfAborted();
    noteAtTicket(true);
    return publisher.publish(ticket, { ...rendered, marker, correlationId }, signal);
  });
  observer.noteWritten(note.mode, citedIn(rendered, context));
  return { publication, mode: note.mode };
}

function citedIn({ citations }: RenderedNote, { excerpts }: Context): Excerpt[] {
  return excerpts.filter(({ source, id }) => citations.some((one) => one.source === source && one.id === id));
}

interface NoteToWrite extends Pick<NotePreferences, 'style' | 'whenNothingFound'> {
  readonly ticket: Ticket;
  readonly context: Context;
  readonly language: Language;
  /** The model's time ends then, in terms of `performance.now()`. */
  readonly writeByMs: number;
}

/**
 * A model is not asked where there was something to search and nothing was found: it would answer from memory. Of a tenant that has
 * nothing to be searched yet it says all that there is to say.
 *
 * @returns undefined where nothing was found and the tenant wants silence
 */
async function writeNote(
  { ticket, context, language, style, whenNothingFound, writeByMs }: NoteToWrite,
  { sources, model, whenUnavailable = 'fallback', rerank: reranks = false, observer }: PipelineDependencies,
  signal: AbortSignal,
): Promise<Note | undefined> {
  let ordered = context;
  const found = (modelFailed: boolean): Note | undefined => extractiveNote(ordered, { language, style, modelFailed });
  const nothing = (): Note | undefined =>
    whenNothingFound === 'short' ? nothingFoundNote(context, language) : undefined;
  const withoutModel = found(false);
  const isSearched = sources.some((source) => source.documents().used > 0);
  if (model === undefined || (withoutModel === undefined && isSearched)) return withoutModel ?? nothing();
  const limit = timeLimit(writeByMs - performance.now());
  try {
    return await step('llm_synthesis', observer, () =>
      until(AbortSignal.any([signal, limit.signal]), async (one) => {
        if (reranks) {
          const leftMs = Math.min(model.timeoutMs, writeByMs - performance.now());
          const timeoutMs = Math.floor(leftMs * shareForRerank);
          const excerpts = await rerank({ ticket, excerpts: context.excerpts, model, timeoutMs, observer }, one);
          ordered = { ...context, excerpts };
        }
        return modelNote({ ticket, context: ordered, language, model, observer, pauseUntilMs: writeByMs }, one);
      }),
    );
  } catch (thrown) {
    signal.throwIfAborted();
    const error = limit.signal.aborted ? modelTooLate(thrown) : thrown;
    const isAway = error instanceof EnhancementError && error.deferralReason !== undefined;
    if (isAway && whenUnavailable === 'wait') throw error;
    observer.modelFailed(error);
    return found(true) ?? nothing();
  } finally {
    limit.clear();
  }
}

function modelTooLate(cause: unknown): EnhancementError {
  const message =
    'The language model gave no answer in the part of JOB_TIMEOUT_MS that it is given. Lower LLM_TIMEOUT_MS, or raise JOB_TIMEOUT_MS.';
  return new EnhancementError('MODEL_TIMEOUT', message, { cause });
}

/** @param ms infinite: none */
function timeLimit(ms: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  if (ms === Number.POSITIVE_INFINITY) return { signal: controller.signal, clear: () => undefined };
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

async function step<T>(
  name: PipelineStep,
  observer: Pick<PipelineObserver, 'stepEnded'>,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  const ended = (outcome: 'success' | 'failure', error?: unknown): void =>
    observer.stepEnded(name, outcome, (performance.now() - startedAtMs) / 1000, error);
  try {
    const result = await work();
    ended('success');
    return result;
  } catch (error) {
    ended('failure', error);
    throw error;
  }
}
