import type { Logger } from '../logging/logger.js';
import { type StateReason, stateReasons } from '../telemetry/metrics.js';
import { type ServiceState, type StateFacts, serviceState, stateOf, type StateReasonFound } from './service-state.js';

export interface StateWatch {
  /** The state as of now; those who ask at once share one look. */
  current(): Promise<ServiceState>;
  /** The reasons of the latest look, which is never older than a second or two. */
  readonly reasons: ReadonlySet<StateReason>;
  /** Ends the looks and the log lines; `current` still answers. */
  stop(): void;
}

export interface StateWatchOptions {
  readonly facts: () => Promise<StateFacts>;
  readonly log: Logger;
  /** Default: 1000. */
  readonly intervalMs?: number;
}

/** Looks at the service's state all the time, and logs each change of it. */
export function watchState({ facts, log, intervalMs = 1000 }: StateWatchOptions): StateWatch {
  const note = createStateLog(log);
  let latest: ReadonlySet<StateReason> = new Set();
  let looking: Promise<ServiceState> | undefined;
  let stopped = false;

  const current = (): Promise<ServiceState> => {
    looking ??= facts()
      .then((found) => {
        const state = serviceState(found);
        latest = new Set(state.reasons.map(({ reason }) => reason));
        if (!stopped) note(state, performance.now());
        return state;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  const timer = setInterval(() => {
    current().catch((error: unknown) => log.error({ err: error }, 'the state of the service could not be told'));
  }, intervalMs);
  timer.unref();

  return {
    current,
    get reasons() {
      return latest;
    },
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

/** A reason that comes again within this time is one that never went, for the log. Milliseconds. */
const flappingMs = 10_000;

/**
 * One line at each change of the state or of its set of reasons. A reason is logged as soon as it comes, and as gone when
 * it has been gone for some seconds: one that comes and goes every second is two lines, not a flood.
 *
 * A start is told by what the service says while it starts; the first line here is that it is ready, or degraded.
 */
export function createStateLog(log: Logger): (state: ServiceState, nowMs: number) => void {
  const seen = new Map<StateReason, { readonly found: StateReasonFound; readonly atMs: number }>();
  let logged: string | undefined;

  return ({ state, reasons }, nowMs) => {
    if (logged === undefined && state === 'unready') return;
    for (const found of reasons) seen.set(found.reason, { found, atMs: nowMs });
    for (const [reason, { atMs }] of seen) if (nowMs - atMs >= flappingMs) seen.delete(reason);
    // In the order of the state's own reasons: worst first.
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
