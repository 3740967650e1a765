import { performance } from 'node:perf_hooks';
import { type Context, gatherContext } from './context.js';
import { EnhancementError, toEnhancementError } from './errors.js';
import { extractiveNote } from './extractive.js';
import { modelNote } from './model-synthesis.js';
import { type Note, renderNote } from './note.js';
import type { PipelineObserver } from './observer.js';
import type { ModelAbsence, PipelineStep, SynthesisMode } from './vocabulary.js';
import type { ContextSource, LanguageModel, NotePublisher, Publication } from './ports.js';
import type { Ticket } from './ticket.js';
import { until } from './until.js';

export interface EnhancementRequest {
  readonly ticket: Ticket;
  readonly jobId: string;
  readonly correlationId: string;
  readonly maxWords: number;
}

export interface PipelineDependencies {
  /** The tenant's own; nothing of another's. */
  readonly sources: readonly ContextSource[];
  /** Undefined: extractive notes. */
  readonly model?: LanguageModel | undefined;
  /** What becomes of the job where the model is away, throttles, or refuses its key. Default: `fallback`. */
  readonly modelAbsence?: ModelAbsence | undefined;
  readonly publisher: NotePublisher;
  readonly observer: PipelineObserver;
  readonly contextTimeoutMs: number;
  /** For the whole attempt, milliseconds. Default: no bound. */
  readonly jobTimeoutMs?: number | undefined;
}

export interface EnhancementResult {
  /** `found`: the note had been on the ticket before this attempt. */
  readonly publication: Publication;
  /** Undefined when the note was there before anything was written. */
  readonly mode: SynthesisMode | undefined;
}

/** By which a note is found on a ticket again. The job's id is a hash, so nobody meets it by chance. */
export function noteMarker(jobId: string): string {
  return `ticket-enhancer#${jobId}`;
}

/** Of the attempt's time. Context and model end by then, so that a slow one leaves time for the note. */
const shareForWriting = 3 / 4;

/**
 * One attempt at one job: gather context, write the note, post it.
 *
 * @throws {EnhancementError} whose code says what it means for the job; the signal's reason when that aborted
 */
export async function enhanceTicket(
  { ticket, jobId, correlationId, maxWords }: EnhancementRequest,
  {
    sources,
    model,
    modelAbsence = 'fallback',
    publisher,
    observer,
    contextTimeoutMs,
    jobTimeoutMs = 0,
  }: PipelineDependencies,
  signal: AbortSignal,
): Promise<EnhancementResult> {
  const writeByMs = performance.now() + jobTimeoutMs * shareForWriting;
  const marker = noteMarker(jobId);
  // Before context and model are paid for: the note may be there, or may still come.
  const published = await until(signal, (one) => publisher.isPublished(ticket, marker, one));
  if (published) return { publication: 'found', mode: undefined };
  const context = await step('context_gathering', observer, () =>
    gatherContext(ticket, sources, contextTimeoutMs, observer, signal),
  );
  const note = await writeNote(ticket, context, model, modelAbsence, observer, writeByMs, signal);
  const rendered = renderNote(note, { correlationId, marker, maxWords });
  // Not with `until`: an aborted attempt is over when the outcome of its request is recorded, and not before.
  const publication = await step('ticket_update', observer, () => {
    signal.throwIfAborted();
    return publisher.publish(ticket, { ...rendered, marker, correlationId }, signal);
  });
  observer.noteWritten(note.mode);
  return { publication, mode: note.mode };
}

async function writeNote(
  ticket: Ticket,
  context: Context,
  model: LanguageModel | undefined,
  modelAbsence: ModelAbsence,
  observer: PipelineObserver,
  writeByMs: number,
  signal: AbortSignal,
): Promise<Note> {
  if (model === undefined) return extractiveNote(context);
  try {
    return await step('llm_synthesis', observer, () =>
      until(signal, (one) => modelNote(ticket, context, model, observer, one, writeByMs)),
    );
  } catch (error) {
    signal.throwIfAborted();
    const isAway = error instanceof EnhancementError && error.deferralReason !== undefined;
    if (isAway && modelAbsence === 'wait') throw error;
    observer.modelFailed(error);
    return extractiveNote(context, describeModelFailure(error));
  }
}

/** For the note: what an engineer may know of it, and nothing that the endpoint said. */
function describeModelFailure(error: unknown): string {
  switch (toEnhancementError(error, 'UNEXPECTED', '').code) {
    case 'MODEL_TIMEOUT':
      return 'the language model gave no usable answer in time';
    case 'MODEL_REJECTED':
    case 'MODEL_UNAUTHORIZED':
      return 'the language model refused the request';
    case 'MODEL_ANSWER_INVALID':
      return 'the language model gave no usable answer';
    default:
      return 'the language model could not be reached';
  }
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
