import { type Excerpt, type PipelineObserver, toEnhancementError } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import type { EndedWork, Tracing } from '../tracing/tracing.js';

export interface PipelineReport {
  readonly recorder: JobRecorder;
  readonly tracing: Tracing | undefined;
  readonly log: Logger;
  /** Called with the sources that a written note cites. */
  readonly onCited?: ((cited: readonly Excerpt[]) => void) | undefined;
  /** As it may stand in a label. */
  readonly tenantId: string;
  readonly correlationId: string;
  /** Default: it is counted and logged only. */
  readonly onModelFailed?: ((error: unknown) => void) | undefined;
}

/** What the pipeline says of one attempt, as metrics, log lines and spans. */
export function reportPipeline({
  recorder,
  tracing,
  log,
  tenantId,
  correlationId,
  onCited,
  onModelFailed,
}: PipelineReport): PipelineObserver {
  /** Until the step ends in which they were asked. */
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
      onModelFailed?.(error);
    },
    answerRepaired(model, outcome, problem) {
      recorder.answerRepaired(tenantId, model, outcome);
      log.info({ model, outcome, problem }, 'language model was asked to repair its answer');
    },
    tokensUsed: (model, prompt, completion) => recorder.tokensUsed(tenantId, model, prompt, completion),
    noteWritten(mode, cited) {
      onCited?.(cited);
      recorder.synthesized(tenantId, mode);
      tracing?.about({ synthesisMode: mode });
    },
  };
}
