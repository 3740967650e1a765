import type { Logger } from '../../logging/logger.js';
import type { AuditTrail } from '../../queue/audit-trail.js';

export interface AuditWatchOptions {
  readonly trail: Pick<AuditTrail, 'recorded' | 'remove'>;
  readonly log: Logger;
  /** Milliseconds; default: 2000. */
  readonly intervalMs?: number;
}

/**
 * Writes changes that operators make by the command line into the log. A line is written before its record is removed, so that
 * none is lost; it is doubled if the removal fails, or if two instances look at the same moment.
 *
 * @returns ends the watch, and resolves when nothing is under way; what is not in the log then is still in Redis
 */
export function watchAuditTrail({ trail, log, intervalMs = 2000 }: AuditWatchOptions): () => Promise<void> {
  let stopped = false;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    try {
      for (const recorded of await trail.recorded()) {
        if (stopped) return;
        if (recorded.change === undefined) {
          log.warn({ audit_text: recorded.text }, 'a record of a change by the command line is not readable');
        } else log.info({ audit: recorded.change }, 'a change by the command line');
        await trail.remove(recorded);
      }
    } catch (error) {
      // Redis is unavailable, which readiness reports: the next look repeats this.
      log.debug({ err: error }, 'the changes by the command line cannot be read');
    }
  };
  const timer = setInterval(() => {
    // One at a time: two would write the same lines.
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, intervalMs);
  timer.unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await looking;
  };
}
