import type { Logger } from '../../logging/logger.js';
import { type StateReason, stateReasons } from '../../telemetry/catalog.js';
import { type ServiceState, stateOf, type StateReasonFound } from './service-state.js';

/** A reason that returns within this time is logged as if it had held throughout. Milliseconds. */
const flappingMs = 10_000;

/**
 * Logs one line for each change of the state or of its set of reasons. A reason is logged at once when it appears, and as
 * gone {@link flappingMs} after it was last seen, so a flapping reason causes two lines and not a flood.
 *
 * Nothing is logged before the service is ready or degraded for the first time: announcement.ts logs a slow start.
 */
export function createStateLog(log: Logger): (state: ServiceState, nowMs: number) => void {
  const seen = new Map<StateReason, { readonly found: StateReasonFound; readonly atMs: number }>();
  let logged: string | undefined;

  return ({ state, reasons }, nowMs) => {
    if (logged === undefined && state === 'unready') return;
    for (const found of reasons) seen.set(found.reason, { found, atMs: nowMs });
    for (const [reason, { atMs }] of seen) if (nowMs - atMs >= flappingMs) seen.delete(reason);
    // Worst first, as in the state.
    const now = [...seen.values()].map(({ found }) => found).sort(worstFirst);
    const shown = stateOf(now.map(({ severity }) => severity));
    const key = `${shown} ${now
      .map(({ reason }) => reason)
      .sort()
      .join()}`;
    if (key === logged) return;
    logged = key;
    const fields = { state: shown, reasons: now.map(({ reason }) => reason) };
    const why = now.map(({ message }) => message).join(' ');
    switch (shown) {
      case 'ready':
        log.info(fields, 'the service is ready');
        return;
      case 'degraded':
        log.warn(fields, `the service is degraded: ${why}`);
        return;
      case 'unready':
        log.error(fields, `the service is not ready: ${why}`);
    }
  };
}

function worstFirst(a: StateReasonFound, b: StateReasonFound): number {
  return stateReasons.indexOf(a.reason) - stateReasons.indexOf(b.reason);
}
