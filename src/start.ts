import cluster from 'node:cluster';
import { isatty } from 'node:tty';
import { configWarnings, reloadable } from './config/environment.js';
import { exitAfterStop, exitForConfiguration, exitForError, exitWith } from './exit.js';
import { logConsole } from './logging/console.js';
import { createLogger } from './logging/logger.js';
import type { Primary } from './primary/primary.js';
import { readConfig, readEnvironment, readSetup } from './read-setup.js';
import { startService } from './start-service.js';
import type { Signals } from './signals.js';
import { within } from './timing/within.js';
import { welcome } from './welcome.js';

/** How long a reload that is requested during the start waits for readiness. Milliseconds. */
const reloadAfterMs = 10_000;

/** Resolves when the service is ready. Errors of the configuration or the machine become an exit with a sentence. */
export async function start(signals: Signals): Promise<void> {
  // A full disk or a closed pipe must not end the service.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  try {
    await run(signals);
  } catch (error) {
    exitForError(error);
  }
}

async function run(signals: Signals): Promise<void> {
  if (cluster.isWorker) {
    exitForConfiguration(
      'ticket-enhancer forks its own children and cannot be one of PM2’s: set exec_mode to "fork" and instances to 1, as in ecosystem.config.js.',
    );
  }
  const atStart = readEnvironment();
  const config = readConfig(atStart);
  const warnings = configWarnings(process.env, process.cwd());
  const setup = readSetup(atStart, (sentence) => warnings.push(sentence));
  const log = createLogger({ level: config.logLevel, role: 'primary', slot: 0 });
  logConsole(log);
  for (const sentence of warnings) log.warn(sentence);
  // Node would print the error without redaction.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the primary failed and exits');
    process.exit(1);
  });

  const service = startService({
    config,
    setup,
    readSetup() {
      const { environment, ignored } = reloadable(readEnvironment(), atStart);
      if (ignored.length > 0) log.warn(`a reload does not change ${ignored.join(', ')}; restart the service for that`);
      return readSetup(environment, (sentence) => log.warn(sentence));
    },
    log,
  });

  const stop = (signal: string): void => {
    if (service.isStopping) return;
    log.info({ signal }, 'stopping: running requests and jobs are finished first');
    void service.stop().then((faults) => exitAfterStop(faults, log));
  };
  signals.obeyStops({ stop, stopAtOnce: (signal) => exitWith(1, `${signal} again: ended at once.`) });

  const onTerminal = isatty(1);
  let primary: Primary;
  try {
    primary = await service.started;
  } catch (error) {
    if (service.isStopping) return; // the stop ends the process
    throw error;
  }
  const ready = primary.whenReady();
  void within(reloadAfterMs, ready, () => undefined).then(() =>
    signals.obeyReloads(() => {
      // A terminal that closes sends SIGHUP too, and ends the service like any other program that runs in it.
      if (onTerminal && !isatty(1)) stop('SIGHUP');
      else primary.reload().catch((error: unknown) => log.error({ err: error }, 'the reload failed'));
    }),
  );
  await ready;
  if (service.isStopping) return;
  process.stdout.write(welcome(config));
  // PM2's wait_ready. A parent that closed the channel must not end the service: without a callback the failure is thrown.
  process.send?.('ready', undefined, undefined, () => undefined);
}
