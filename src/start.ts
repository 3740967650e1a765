import cluster from 'node:cluster';
import { isatty } from 'node:tty';
import { openAdminPort } from './admin/admin-port.js';
import { PortError, probePort } from './config/address.js';
import {
  type Config,
  ConfigError,
  configWarnings,
  type Environment,
  loadConfig,
  publicConfig,
  reloadable,
  secretsOf,
  variablesIn,
  withEnvFile,
} from './config/config.js';
import { withSentinelPassword } from './config/redis-url.js';
import { version } from './config/version.js';
import { createLocalDesk } from './connectors/index.js';
import { presentable } from './logging/describe-error.js';
import { neverShow, withoutKnownSecrets } from './logging/known-secrets.js';
import { logConsole } from './logging/console.js';
import { createLogger, type Logger } from './logging/logger.js';
import { createPrimary, type Primary, type Setup } from './primary/primary.js';
import { failFastConnection } from './redis/connection.js';
import { startEmbeddedRedis } from './redis/embedded/embedded-redis.js';
import { EmbeddedRedisError } from './redis/embedded/embedded-redis-error.js';
import { type StopFault, stopGraceMs, type StopStep, stopInSteps } from './shutdown.js';
import type { Signals } from './signals.js';
import { readTenantsDocument, resolveTenants, TenantsError } from './tenants/index.js';
import { within } from './timing/within.js';
import { welcome } from './welcome.js';

/** Wires the primary, and turns signals and errors into exit codes. */

/** A configuration that must be changed by hand; PM2's `stop_exit_codes` knows it and does not restart. */
const exitConfiguration = 78;

function end(code: number, text: string): never {
  process.stderr.write(`${withoutKnownSecrets(text)}\n`);
  process.exit(code);
}

/** @throws {ConfigError} */
function readEnvironment(): Environment {
  return withEnvFile(process.env, process.cwd());
}

/** Also registers its secrets for redaction. @throws {ConfigError} */
function readConfig(environment: Environment): Config {
  const config = loadConfig(environment);
  neverShow(secretsOf(config));
  return config;
}

/** @throws {ConfigError | TenantsError} if a child could not start with it */
function readSetup(environment: Environment, onWarning: (sentence: string) => void): Setup {
  const config = readConfig(environment);
  const document = readTenantsDocument(config.tenantsFile);
  const tenants = resolveTenants(document, undefined, onWarning).all();
  return {
    config: publicConfig(config),
    logLevel: config.logLevel,
    variables: variablesIn(environment),
    document,
    tenants: tenants.map(({ id, name, active, desk }) => ({ id, name, active, localDesk: desk.isLocal })),
  };
}

async function openRedis(config: Config, log: Logger, signal: AbortSignal) {
  if (config.redisUrl !== undefined) {
    const url = withSentinelPassword(config.redisUrl, config.redisSentinelPassword);
    return { url, lifeline: () => undefined, problem: () => undefined, stop: undefined };
  }
  const redis = await startEmbeddedRedis(config.dataDir, { log, signal });
  return { url: redis.url, lifeline: () => redis.lifeline, problem: () => redis.problem, stop: () => redis.stop() };
}

/** Time for a stop step that only closes something. Milliseconds. */
const closeWithinMs = 1000;
/** Time for Redis to end before it is killed. Milliseconds. */
const redisStopWithinMs = 4500;
/** Time for an interrupted start to close what it has opened. Milliseconds. */
const startAbortsWithinMs = 700;
/** How long a reload that is requested during the start waits for readiness. Milliseconds. */
const reloadAfterMs = 10_000;

interface Start {
  readonly config: Config;
  readonly log: Logger;
  readonly setup: Setup;
  /** Reads the setup again. @throws {ConfigError | TenantsError} */
  readonly readSetup: () => Setup;
  /** Aborted by the first TERM. */
  readonly signal: AbortSignal;
  /** The steps of a stop so far, in order; the start adds to them. */
  readonly steps: StopStep[];
}

async function startService({ config, log, setup, readSetup, signal, steps }: Start): Promise<Primary> {
  if (config.httpProcesses > 0) await probePort('HTTP_PORT', config.httpHost, config.httpPort);
  await probePort('METRICS_PORT', config.metricsHost, config.metricsPort);
  signal.throwIfAborted();
  const redis = await openRedis(config, log, signal);
  if (redis.stop !== undefined) steps.unshift({ name: 'embedded Redis', withinMs: redisStopWithinMs, run: redis.stop });
  signal.throwIfAborted();
  const deskConnection = failFastConnection(redis.url);
  steps.unshift({ name: 'desk connection', withinMs: closeWithinMs, run: () => deskConnection.disconnect() });
  const desk = createLocalDesk(deskConnection);
  const primary = createPrimary({
    config,
    redisUrl: redis.url,
    embeddedRedisProblem: redis.problem,
    lifeline: redis.lifeline,
    setup,
    readSetup,
    latestNotes: async (limit) =>
      (await desk.latestNotes(limit)).map(({ tenant_id, ticket_id, subject, created_at, correlation_id, mode }) => ({
        tenantId: tenant_id,
        ticketId: ticket_id,
        subject,
        createdAt: created_at,
        correlationId: correlation_id,
        mode,
      })),
    log,
  });
  steps.unshift(...primary.closeSteps);
  const closeAdminPort = await openAdminPort({
    config,
    primary,
    readTicket: desk.readTicket,
    // Loaded at the first request, to keep the start fast.
    openApi: async () => (await import('./openapi/openapi-document.js')).openApiDocument({ ...config, version }),
    log,
  });
  steps.unshift(primary.drain, ...closeAdminPort);
  primary.start();
  return primary;
}

async function run(signals: Signals): Promise<void> {
  if (cluster.isWorker) {
    end(
      exitConfiguration,
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
  const onTerminal = isatty(1);
  const stopping = new AbortController();
  const steps: StopStep[] = [];
  const starting = startService({
    config,
    log,
    setup,
    readSetup() {
      const { environment, ignored } = reloadable(readEnvironment(), atStart);
      if (ignored.length > 0) log.warn(`a reload does not change ${ignored.join(', ')}; restart the service for that`);
      return readSetup(environment, (sentence) => log.warn(sentence));
    },
    signal: stopping.signal,
    steps,
  });
  const stop = (signal: string): void => {
    if (stopping.signal.aborted) return;
    log.info({ signal }, 'stopping: running requests and jobs are finished first');
    stopping.abort();
    const interrupted = starting.then(
      () => undefined,
      () => undefined,
    );
    void within(startAbortsWithinMs, interrupted, () => undefined)
      .then(() => stopInSteps(steps, config.shutdownTimeoutMs + stopGraceMs))
      .then((faults) => endStop(faults, log));
  };
  signals.obeyStops({ stop, stopAtOnce: (signal) => end(1, `${signal} again: ended at once.`) });
  let primary: Primary;
  try {
    primary = await starting;
  } catch (error) {
    if (stopping.signal.aborted) return; // the stop ends the process
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
  if (stopping.signal.aborted) return;
  process.stdout.write(welcome(config));
  // PM2's wait_ready. A parent that closed the channel must not end the service: without a callback the failure is thrown.
  process.send?.('ready', undefined, undefined, () => undefined);
}

/** An incomplete stop exits with 1 and logs what had not ended. */
function endStop(faults: readonly StopFault[], log: Logger): never {
  if (faults.length === 0) process.exit(0);
  for (const { step, error } of faults)
    if (error !== undefined) log.error({ err: error, step }, 'a step of the stop failed');
  log.fatal(
    { steps: faults.map(({ step }) => step) },
    `the stop is not complete: ${faults.map(({ step }) => step).join(', ')}`,
  );
  process.exit(1);
}

/** Resolves when the service is ready. Errors of the configuration or the machine become an exit with a sentence. */
export async function start(signals: Signals): Promise<void> {
  // A full disk or a closed pipe must not end the service.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  try {
    await run(signals);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof TenantsError) end(exitConfiguration, error.message);
    if (error instanceof PortError || error instanceof EmbeddedRedisError) end(1, error.message);
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    end(1, `ticket-enhancer could not start: ${presentable(what)}`);
  }
}
