import type { DeferralReason, EnhancementError } from '../../enhancement/index.js';

/** What is done with a job whose start ended with an error. */
export type Decision =
  /** Return it to the queue at once: this worker is being stopped. */
  | { readonly kind: 'give-back' }
  /** Do nothing: another worker holds the job. */
  | { readonly kind: 'abandon' }
  /** Delay it without counting an attempt: the reason passes, or an operator can remove it. */
  | { readonly kind: 'defer'; readonly reason: DeferralReason }
  /** Count a failed attempt; others are left. */
  | { readonly kind: 'retry' }
  /** Fail it for good. */
  | { readonly kind: 'fail' };

export interface AttemptState {
  /** Counted from 1. */
  readonly attempt: number;
  readonly attemptsAllowed: number;
  /** Time since its run began. Milliseconds. */
  readonly ageMs: number;
  /** A job of this age fails instead of being deferred. Milliseconds. */
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
