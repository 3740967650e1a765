/**
 * Handles signals from the start of the process. Without handlers a signal is ignored by PID 1 and ends any other process, so
 * this file imports nothing and is loaded first. A reload that is requested before the service runs is done later.
 */

export interface SignalHandlers {
  /** The first TERM, INT or PM2's `shutdown`. */
  stop(signal: string): void;
  /** Another stop signal during the stop. */
  stopAtOnce(signal: string): void;
  reload(): void;
}

export interface Signals {
  /** Sets the handlers of stops. Before that, a stop ends the process. */
  obeyStops(handlers: Pick<SignalHandlers, 'stop' | 'stopAtOnce'>): void;
  /** Sets the handler of reloads; earlier requests are merged into one. */
  obeyReloads(reload: () => void): void;
}

/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm, and counts once. Milliseconds. */
const echoMs = 50;

export function catchSignals(): Signals {
  let handlers: Pick<SignalHandlers, 'stop' | 'stopAtOnce'> | undefined;
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
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
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
