import type { Excerpt } from './excerpt.js';
import type { ContextSourceName, PipelineStep, RepairOutcome, SynthesisMode } from './vocabulary.js';

/** What happens in the pipeline, for the code that counts and logs it: the domain itself knows no metric. */
export interface PipelineObserver {
  /** Once for each step that ran, also when it failed or was aborted. */
  stepEnded(step: PipelineStep, outcome: 'success' | 'failure', seconds: number, error?: unknown): void;
  /** Once for each source that was asked, before its step ends; with an error if the note goes without it. */
  contextSourceEnded(source: ContextSourceName, seconds: number, error?: unknown): void;
  /** The model failed for good; the note is a fallback. */
  modelFailed(error: unknown): void;
  /** The model did not order the sources; they are in the order in which they were found. */
  rerankFailed(error: unknown): void;
  tokensUsed(model: string, promptTokens: number, completionTokens: number): void;
  /** An unusable answer was followed by a request to repair it. `problem` completes "The answer …". */
  answerRepaired(model: string, outcome: RepairOutcome, problem: string): void;
  /** A note with a text of this kind, which names these sources, is on the ticket; or there is none, with mode `none`. */
  noteWritten(mode: SynthesisMode, cited: readonly Excerpt[]): void;
}
