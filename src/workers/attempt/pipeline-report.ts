import { type Excerpt, type PipelineObserver, toEnhancementError } from '../../enhancement/index.js';
import type { Logger } from '../../logging/logger.js';
import type { JobRecorder } from '../../telemetry/recorder.js';
import type { EndedWork, Tracing } from '../../tracing/tracing.js';

export interface PipelineReport {
  readonly recorder: JobRecorder;
  readonly tracing: Tracing | undefined;
  readonly log: Logger;
  /** The tenant, as in metrics. */
  readonly tenantId: string;
  readonly correlationId: string;
  /** Called when the model has failed for good. */
  readonly onModelFailed: (error: unknown) => void;
  /** Called with the sources that a written note cites. */
  readonly onCited: (cited: readonly Excerpt[]) => void;
}

/** Turns the events of one attempt's pipeline into metrics, log lines and spans. */
export function reportPipeline({
  recorder,
  tracing,
  log,
  tenantId,
  correlationId,
  onCited,
  onModelFailed,
}: PipelineReport): PipelineObserver {
  /** Searches of the step in progress, which become parts of its span. */
  let sources: EndedWork[] = [];
  const ended = (name: string, seconds: number, error: unknown): EndedWork => ({
    name,
    endedAtMs: Date.now(),
    seconds,
    errorCode: error === undefined ? undefined : toEnhancementError(error, 'UNEXPECTED', '').code,
  });
  return {
    stepEnded(step, outcome, seconds, error) {
      recorder.operation({ tenantId, operation: step, status: outcome, seconds, correlationId });
      tracing?.ended({ ...ended(step, seconds, error), parts: sources });
      sources = [];
    },
    contextSourceEnded(source, seconds, error) {
      sources.push(ended(source, seconds, error));
      if (error === undefined) return;
      recorder.contextFailed(tenantId, source);
      log.warn({ source, err: error }, 'context source failed');
    },
    modelFailed(error) {
      log.warn({ err: error }, 'language model failed, falling back to extractive');
      onModelFailed(error);
    },
    rerankFailed(error) {
      log.warn({ err: error }, 'language model did not order the sources');
    },
    answerRepaired(model, outcome, problem) {
      recorder.answerRepaired(tenantId, model, outcome);
      log.info({ model, outcome, problem }, 'language model was asked to repair its answer');
    },
    tokensUsed: (model, prompt, completion) => recorder.tokensUsed(tenantId, model, prompt, completion),
    noteWritten(mode, cited) {
      onCited(cited);
      recorder.synthesized(tenantId, mode);
      tracing?.about({ synthesisMode: mode });
    },
  };
}
