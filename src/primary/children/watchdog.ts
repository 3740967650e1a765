import type { Logger } from '../../logging/logger.js';
import { type ChildHandle, describeChild } from './child-handle.js';
import type { ChildReports } from './child-status.js';

type WatchedChild = Pick<ChildHandle, 'role' | 'slot' | 'pid' | 'workerId' | 'ageMs' | 'life' | 'kill'>;

export interface WatchdogOptions {
  readonly children: () => readonly WatchedChild[];
  readonly reports: Pick<ChildReports, 'ageMs'>;
  /** Silence after which a child is killed. Milliseconds. */
  readonly hungMs: number;
  readonly log: Logger;
}

const intervalMs = 1000;

/** A child that is starting may at least be silent for this long: on a busy machine all children load their code at once. Milliseconds. */
const shortestStartMs = 30_000;

/**
 * Kills children that have not reported for {@link WatchdogOptions.hungMs}, those that drain excepted. While they start, for
 * 30 s at least.
 *
 * @returns ends the watch
 */
export function watchForHungChildren({ children, reports, hungMs, log }: WatchdogOptions): () => void {
  let lastLookMs = performance.now();
  const look = (): void => {
    const nowMs = performance.now();
    const wasBlocked = nowMs - lastLookMs > 2 * intervalMs;
    lastLookMs = nowMs;
    // After the primary was stopped or blocked, reports of children are still unread: the children are not silent.
    if (wasBlocked) return;
    for (const child of children()) {
      if (child.life === 'draining') continue;
      const silentMs = reports.ageMs(child.workerId) ?? child.ageMs;
      const isStarting = child.life === 'starting';
      if (silentMs <= (isStarting ? Math.max(hungMs, shortestStartMs) : hungMs)) continue;
      log.error(
        { child: describeChild(child), silent_ms: Math.round(silentMs) },
        'child does not report any more; it is replaced',
      );
      child.kill(isStarting ? 'start_failed' : 'hung');
    }
  };
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
