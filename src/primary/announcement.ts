import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';
import type { Readiness } from './state/readiness.js';

export interface AnnouncementOptions {
  readonly readiness: () => Promise<Readiness>;
  readonly allChildrenReady: () => boolean;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  readonly log: Logger;
}

const pollMs = 50;
/** How long a start may take before the log says why it is not ready. Milliseconds. */
const silentMs = 3000;
/** How long the slower children are waited for once the service is ready. Milliseconds. */
const stragglersMs = 10_000;

/**
 * Resolves when the start can be announced: Redis takes a write and all children serve, or {@link stragglersMs} after each role
 * has a child that serves, so that one slow child does not delay the announcement. Never resolves once the service stops.
 */
export async function untilAnnounced(options: AnnouncementOptions): Promise<void> {
  const { readiness, allChildrenReady, stopping, log } = options;
  const startedMs = performance.now();
  let readySinceMs = Number.POSITIVE_INFINITY;
  let logged = '';
  for (;;) {
    const { ready, reasons } = await readiness();
    const nowMs = performance.now();
    if (ready && !stopping.aborted) {
      readySinceMs = Math.min(readySinceMs, nowMs);
      if (allChildrenReady() || nowMs - readySinceMs > stragglersMs) return;
    }
    const why = reasons.join(' ');
    if (!ready && !stopping.aborted && why !== logged && nowMs - startedMs > silentMs) {
      // For an operator at a terminal, to whom a slow start would show nothing.
      log.warn(`not ready yet: ${why}`);
      logged = why;
    }
    await sleep(pollMs);
  }
}
