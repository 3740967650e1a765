import type { DeferralReason, EnhancementError } from '../enhancement/index.js';

/** What happens to a job whose start ended with an error. */
export type Decision =
  /** It returns to the queue at once: this worker is being stopped. */
  | { readonly kind: 'give-back' }
  /** Nothing: another worker holds the job. */
  | { readonly kind: 'abandon' }
  /** It waits, and no attempt is counted: the reason passes, or an operator can remove it. */
  | { readonly kind: 'defer'; readonly reason: DeferralReason }
  /** An attempt failed, and others are left. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'fail' };

export interface AttemptState {
  /** Counted from 1. */
  readonly attempt: number;
  readonly attemptsAllowed: number;
  /** Time since its run began. */
  readonly ageMs: number;
  /** A job of this age fails instead of being deferred. */
  readonly maxAgeMs: number;
}

/** The one place that decides whether a job has failed for good. */
export function decide(
  { code, failureClass }: Pick<EnhancementError, 'code' | 'failureClass'>,
  { attempt, attemptsAllowed, ageMs, maxAgeMs }: AttemptState,
): Decision {
  if (failureClass === 'returned') return code === 'DRAINED' ? { kind: 'give-back' } : { kind: 'abandon' };
  if (failureClass === 'retryable') return attempt < attemptsAllowed ? { kind: 'retry' } : { kind: 'fail' };
  if (failureClass === 'terminal' || ageMs >= maxAgeMs) return { kind: 'fail' };
  return { kind: 'defer', reason: failureClass.deferred };
}
