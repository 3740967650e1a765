import type { Logger } from '../../logging/logger.js';
import type { StateReason } from '../../telemetry/catalog.js';
import { type ServiceState, serviceState } from './service-state.js';
import type { StateFacts } from './state-facts.js';
import { createStateLog } from './state-log.js';

export interface StateWatch {
  /** The state as of now. Concurrent calls are coalesced. */
  current(): Promise<ServiceState>;
  /** The reasons of the latest evaluation, at most two seconds old. */
  readonly reasons: ReadonlySet<StateReason>;
  /** Ends the evaluation by timer and the log lines; `current` still works. */
  stop(): void;
}

export interface StateWatchOptions {
  readonly facts: () => Promise<StateFacts>;
  readonly log: Logger;
}

/** Evaluates the service's state every second, and logs its changes. */
export function watchState({ facts, log }: StateWatchOptions): StateWatch {
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
    current().catch((error: unknown) => log.error({ err: error }, 'the state of the service could not be read'));
  }, 1000);
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
