import type { Logger } from '../../logging/logger.js';
import type { JobRecovery } from '../../queue/job-recovery.js';

export interface ClockWatchOptions {
  readonly recovery: Pick<JobRecovery, 'clockSetBack' | 'hurryMisdated'>;
  readonly log: Logger;
  /** Epoch milliseconds. Default: the wall clock. */
  readonly now?: () => number;
  /** Milliseconds; default: 1000. */
  readonly intervalMs?: number;
}

/** A smaller step is an ordinary correction, by which jobs wait longer. Milliseconds. */
const toleratedMs = 2000;

/**
 * Runs delayed jobs at once when the wall clock was set back: jobs are due at a time of that clock, and after a step of an hour
 * they would wait for an hour. Covers the jobs that are delayed when the step is detected, and jobs that any process has
 * delayed by more than the longest delay.
 *
 * @returns ends the watch
 */
export function watchClock({ recovery, log, now = Date.now, intervalMs = 1000 }: ClockWatchOptions): () => void {
  let lastAheadMs = now() - performance.now();
  let owed = false;

  const look = async (): Promise<void> => {
    const aheadMs = now() - performance.now();
    const setBackMs = lastAheadMs - aheadMs;
    lastAheadMs = aheadMs;
    if (setBackMs > toleratedMs) {
      owed = true;
      log.warn({ set_back_ms: Math.round(setBackMs) }, 'the clock was set back; delayed jobs run at once');
    }
    try {
      if (owed) await recovery.clockSetBack();
      owed = false;
      const hurried = await recovery.hurryMisdated();
      if (hurried > 0) log.warn({ jobs: hurried }, 'jobs were delayed under a clock that was ahead; they run at once');
    } catch {
      // Redis is unavailable, which readiness reports: the next check repeats this.
    }
  };

  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
