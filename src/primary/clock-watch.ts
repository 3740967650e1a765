import type { Logger } from '../logging/logger.js';
import type { JobRecovery } from '../queue/job-recovery.js';

export interface ClockWatch {
  stop(): void;
}

export interface ClockWatchOptions {
  readonly recovery: Pick<JobRecovery, 'clockSetBack' | 'hurryMisdated'>;
  readonly log: Logger;
  /** Epoch milliseconds. Default: the wall clock. */
  readonly now?: () => number;
  /** Default: 1000. */
  readonly intervalMs?: number;
}

/** Less than this is an ordinary correction, which jobs can wait out. Milliseconds. */
const toleratedMs = 2000;

/**
 * What waits for a time of the wall clock would wait for an hour when that is set back by one. Delayed jobs are retries
 * after some seconds, so they run at once instead: those that wait when it is seen to be set back, and those that can
 * only have been delayed under a wrong clock, whichever process did that.
 */
export function watchClock({ recovery, log, now = Date.now, intervalMs = 1000 }: ClockWatchOptions): ClockWatch {
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
      // Redis is away, which readiness says: at the next look.
    }
  };

  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
