/**
 * Handles signals from the start of the process. Without a handler PID 1 ignores a signal, and any other process ends, so this
 * file imports nothing and is loaded first. A reload that is requested before the service runs is done later.
 */

/**
 * A stop with a drain: by service managers, terminals (the last by Ctrl-\\) and development tools, which restart with USR2. Any
 * that is not caught ends the process at once.
 */
export const stopSignals = [
  'SIGTERM',
  'SIGINT',
  // Unless something handles it already: Node does on --report-on-signal and --heapsnapshot-signal, and a report must not stop the service.
  ...(['SIGQUIT', 'SIGUSR2'] as const).filter((signal) => process.listenerCount(signal) === 0),
] as const;

export interface StopHandlers {
  /** The first of {@link stopSignals} or PM2's `shutdown`. */
  stop(signal: string): void;
  /** Another stop signal during the stop. */
  stopAtOnce(signal: string): void;
}

export interface Signals {
  /** Sets the handlers of stops. Before that, a stop ends the process. */
  obeyStops(handlers: StopHandlers): void;
  /** Sets the handler of reloads, and calls it once if reloads were requested before. */
  obeyReloads(reload: () => void): void;
}

/** Time in which repeated signals count once: Ctrl-C under `npm start` comes from the terminal and from npm. Milliseconds. */
const echoMs = 50;

export function catchSignals(): Signals {
  let handlers: StopHandlers | undefined;
  let reload: (() => void) | undefined;
  let reloadWanted = false;
  let stoppingSinceMs: number | undefined;

  const stop = (signal: string): void => {
    if (handlers === undefined) process.exit(0);
    if (stoppingSinceMs === undefined) {
      stoppingSinceMs = performance.now();
      handlers.stop(signal);
    } else if (performance.now() - stoppingSinceMs >= echoMs) handlers.stopAtOnce(signal);
  };
  for (const signal of stopSignals) process.on(signal, stop);
  process.on('SIGHUP', () => {
    if (reload === undefined) reloadWanted = true;
    else reload();
  });
  // PM2 on Windows, and `pm2 start --shutdown-with-message`.
  process.on('message', (message) => {
    if (message === 'shutdown') stop('shutdown');
  });

  return {
    obeyStops(given) {
      handlers = given;
    },
    obeyReloads(given) {
      reload = given;
      if (reloadWanted) given();
      reloadWanted = false;
    },
  };
}
