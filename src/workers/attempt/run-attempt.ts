import { toEnhancementError } from '../../enhancement/index.js';
import { type EnhancementResult } from '../../enhancement/note-engine.js';
import type { HeldJob } from '../../redis/jobs/held-job.js';
import type { JobEnd } from '../../redis/jobs/job-end.js';
import { type AttemptDependencies, beginAttempt } from './attempt.js';
import { act, makeWay, succeed } from './attempt-end.js';
import { decide } from './decision.js';
import { enhanceJob } from './job-enhancement.js';

const oneHourMs = 3_600_000;

/**
 * Runs one attempt of a job, acts on its outcome, and reports each event once. When it resolves, its events survive a SIGKILL
 * of this process.
 *
 * @param signal aborts with an EnhancementError: `DRAINED` or `LOCK_LOST`
 */
export async function runAttempt(
  job: HeldJob,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): Promise<JobEnd> {
  const attempt = await beginAttempt(job, signal, dependencies);
  let result: EnhancementResult | undefined;
  try {
    result = await enhanceJob(attempt, dependencies);
  } catch (thrown) {
    const error = toEnhancementError(thrown, 'UNEXPECTED', 'The attempt failed for an unexpected reason.');
    const decision = decide(error, {
      attempt: attempt.number,
      attemptsAllowed: job.attemptsAllowed,
      ageMs: Date.now() - attempt.acceptedAtMs,
      maxAgeMs: dependencies.config.jobMaxAgeHours * oneHourMs,
    });
    return act(attempt, decision, error);
  }
  return result === undefined ? makeWay(attempt) : succeed(attempt, result);
}
