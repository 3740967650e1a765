import type { Logger } from '../../logging/logger.js';
import type { AuditTrail } from '../../queue/audit-trail.js';

export interface AuditWatchOptions {
  readonly trail: Pick<AuditTrail, 'take'>;
  readonly log: Logger;
  /** Milliseconds; default: 2000. */
  readonly intervalMs?: number;
}

/** Writes changes that operators make by the command line into the log. @returns ends the watch */
export function watchAuditTrail({ trail, log, intervalMs = 2000 }: AuditWatchOptions): () => void {
  const look = async (): Promise<void> => {
    try {
      for (const audit of await trail.take()) log.info({ audit }, 'a change by the command line');
    } catch (error) {
      // Redis is unavailable, which readiness reports: the next look repeats this.
      log.debug({ err: error }, 'the changes by the command line cannot be read');
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
