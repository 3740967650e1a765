import type { DeferralReason, EnhancementError } from '../../enhancement/index.js';
import type { EnhancementResult } from '../../enhancement/note-engine.js';
import { presentable } from '../../logging/describe-error.js';
import { runId } from '../../queue/job-run.js';
import type { JobEnd } from '../../redis/jobs/job-end.js';
import type { Attempt } from './attempt.js';
import type { Decision } from './decision.js';
import { defer, giveBack, type Left, mayFail, putBack } from './hand-back.js';

/** Ends an attempt: writes to Redis what was decided, and reports the event once. */

export async function succeed(attempt: Attempt, result: EnhancementResult): Promise<JobEnd> {
  await finish(attempt, 'success', { mode: result.mode, publication: result.publication });
  return { kind: 'completed', result };
}

/** Acts on the decision about a job whose start ended with this error. */
export function act(attempt: Attempt, decision: Decision, error: EnhancementError): Promise<JobEnd> {
  switch (decision.kind) {
    case 'give-back':
      attempt.log.info('job is given back to the queue');
      return returned(attempt, giveBack(attempt.job));
    case 'abandon':
      return Promise.resolve(abandoned(attempt, error, 'attempt abandoned'));
    case 'defer':
      return deferred(attempt, error, decision.reason);
    case 'retry':
    case 'fail':
      return failed(attempt, error, decision.kind === 'fail');
  }
}

/** Returns a job that may not run beside the jobs of this worker: a suspect after a moment, any other at once. */
export function makeWay(attempt: Attempt): Promise<JobEnd> {
  const { job, log } = attempt;
  log.debug('job may not run beside those that run here, and is put back');
  return returned(attempt, job.hasStalled ? putBack(job) : giveBack(job));
}

async function returned(attempt: Attempt, handedBack: Promise<Left | undefined>): Promise<JobEnd> {
  const failure = await handedBack;
  if (failure !== undefined) return left(attempt, failure);
  attempt.dependencies.tracing?.about({ outcome: 'given_back' });
  return { kind: 'returned' };
}

function left({ dependencies: { tracing }, log }: Attempt, { left: cause }: Left): JobEnd {
  tracing?.about({ outcome: 'given_back' });
  log.warn({ err: cause }, 'Redis did not accept the end of the job, which stays under its lock until that expires');
  return { kind: 'left', cause };
}

function abandoned({ dependencies: { tracing }, log }: Attempt, error: EnhancementError, message: string): JobEnd {
  tracing?.about({ outcome: 'abandoned' });
  log.warn({ err: error }, message);
  return { kind: 'abandoned', error };
}

async function deferred(attempt: Attempt, error: EnhancementError, reason: DeferralReason): Promise<JobEnd> {
  const { job, identity, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const { message, retryAfterMs, deferMs } = error;
  const { tenantId } = identity;
  const done = await defer(job, { tenantId, reason, message: presentable(message), retryAfterMs, deferMs });
  if ('left' in done) return left(attempt, done);
  recorder.deferred(tenantLabel, reason);
  tracing?.about({ outcome: 'deferred' });
  log.warn({ err: error, reason, retry_in_ms: done.delayMs }, 'job deferred');
  await recorder.committed();
  return { kind: 'returned' };
}

async function failed(attempt: Attempt, error: EnhancementError, forGood: boolean): Promise<JobEnd> {
  const { job, run, number, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const may = await mayFail(job, forGood);
  if (typeof may === 'object') return left(attempt, may);
  if (!may) return abandoned(attempt, error, 'attempt abandoned, its lock is lost');
  tracing?.failed(error.code);
  if (forGood) {
    await finish(attempt, 'failure', { err: error });
    return { kind: 'failed', message: `${error.code}: ${error.message}`, cause: error };
  }
  recorder.attemptFailed(tenantLabel, runId(job.id, run), number);
  tracing?.about({ outcome: 'retry' });
  log.warn({ err: error }, 'attempt failed, to be retried');
  await recorder.committed();
  return { kind: 'retry', error };
}

async function finish(attempt: Attempt, outcome: 'success' | 'failure', details: object): Promise<void> {
  const { job, identity, run, acceptedAtMs, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const seconds = Math.max(0, Date.now() - acceptedAtMs) / 1000;
  recorder.finished({
    tenantId: tenantLabel,
    jobId: runId(job.id, run),
    instance: identity.instance,
    outcome,
    seconds,
    correlationId: identity.correlationId,
  });
  tracing?.about({ outcome });
  log[outcome === 'success' ? 'info' : 'error']({ outcome, seconds, ...details }, 'job finished');
  await recorder.committed();
}
