/**
 * Signals from the first moment on. The process that runs as PID 1 has no default for them, and any other would die by
 * it, so this file imports nothing and is loaded before everything else: what comes before there is a service is kept.
 */

export interface SignalHandlers {
  /** The first TERM, INT or PM2's `shutdown`. */
  stop(signal: string): void;
  /** Another one while the first is obeyed. */
  stopAtOnce(signal: string): void;
  reload(): void;
}

export interface Signals {
  /** From here on stops go to these handlers. Before, there is nothing to be stopped but the process. */
  obeyStops(handlers: Pick<SignalHandlers, 'stop' | 'stopAtOnce'>): void;
  /** From here on reloads go to this handler; those that came before are one. */
  obeyReloads(reload: () => void): void;
}

/** Ctrl-C under `npm start` comes twice, from the terminal and from npm: that is one request. Milliseconds. */
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
