#!/usr/bin/env node
import cluster from 'node:cluster';
import { PortError, probePort } from './config/address.js';
import { type Config, ConfigError, loadConfig, secretsOf, withEnvFile } from './config/config.js';
import { withSentinelPassword } from './config/redis-url.js';
import { version } from './config/version.js';
import { createLocalDesk } from './connectors/index.js';
import { presentable } from './logging/describe-error.js';
import { neverShow, withoutKnownSecrets } from './logging/known-secrets.js';
import { createLogger, type Logger } from './logging/logger.js';
import { type Primary, startPrimary, type TenantSet } from './primary/primary.js';
import { promptConnection } from './queue/connection.js';
import { EmbeddedRedisError, startEmbeddedRedis } from './queue/embedded-redis.js';
import { readTenantsDocument, resolveTenants, TenantsError } from './tenants/index.js';
import { welcome } from './welcome.js';

/** The primary's entry: it wires, and turns signals and mistakes into exits. */

/** A configuration that must be changed by hand; PM2's `stop_exit_codes` knows it and does not restart. */
const exitConfiguration = 78;

function end(code: number, text: string): never {
  process.stderr.write(`${withoutKnownSecrets(text)}\n`);
  process.exit(code);
}

function readTenants(config: Config): TenantSet {
  const document = readTenantsDocument(config.tenantsFile);
  const tenants = resolveTenants(document).all();
  return {
    document,
    tenants: tenants.map(({ id, name, active, desk }) => ({ id, name, active, localDesk: desk.type === 'local' })),
  };
}

async function openRedis(config: Config) {
  if (config.redisUrl !== undefined) {
    const url = withSentinelPassword(config.redisUrl, config.redisSentinelPassword);
    return { url, lifeline: () => undefined, stop: async () => undefined };
  }
  const redis = await startEmbeddedRedis(config.dataDir);
  return { url: redis.url, lifeline: () => redis.lifeline, stop: () => redis.stop() };
}

/** Ctrl-C under `npm start` comes twice, from the terminal and from npm: that is one wish. Milliseconds. */
const echoMs = 50;

function obeySignals(primary: Primary, log: Logger, close: () => Promise<void>): void {
  let stoppingSinceMs: number | undefined;
  const stop = (signal: string): void => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs < echoMs) return;
      end(1, `${signal} again: ended at once.`);
    }
    stoppingSinceMs = performance.now();
    log.info({ signal }, 'stopping: running requests and jobs are finished first');
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => {
    primary.reload().catch((error: unknown) => log.error({ err: error }, 'the reload failed'));
  });
  // PM2 on Windows, and `pm2 start --shutdown-with-message`.
  process.on('message', (message) => {
    if (message === 'shutdown') stop('shutdown');
  });
}

async function main(): Promise<void> {
  if (cluster.isWorker) {
    end(
      exitConfiguration,
      'ticket-enhancer forks its own children and cannot be one of PM2’s: set exec_mode to "fork" and instances to 1, as in ecosystem.config.js.',
    );
  }
  const config = loadConfig(withEnvFile(process.env, process.cwd()));
  neverShow(secretsOf(config));
  const tenants = readTenants(config);
  const log = createLogger({ level: config.logLevel, role: 'primary', slot: 0 });
  // Node itself would print the error as it is, secrets and all.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the primary cannot go on');
    process.exit(1);
  });
  if (config.httpProcesses > 0) await probePort('HTTP_PORT', config.httpHost, config.httpPort);
  await probePort('METRICS_PORT', config.metricsHost, config.metricsPort);
  const redis = await openRedis(config);
  const deskConnection = promptConnection(redis.url);
  const desk = createLocalDesk(deskConnection);
  const primary = await startPrimary({
    config,
    redisUrl: redis.url,
    lifeline: redis.lifeline,
    tenants,
    readTenants: () => readTenants(config),
    // Loaded when somebody asks: a start does not wait for it.
    openApi: async () => (await import('./openapi/document.js')).openApiDocument({ ...config, version }),
    localDesk: {
      readTicket: desk.readTicket,
      latestNotes: async (limit) =>
        (await desk.latestNotes(limit)).map(({ tenant_id, ticket_id, subject, created_at, correlation_id, mode }) => ({
          tenantId: tenant_id,
          ticketId: ticket_id,
          subject,
          createdAt: created_at,
          correlationId: correlation_id,
          mode,
        })),
    },
    log,
  });
  obeySignals(primary, log, async () => {
    await primary.stop();
    deskConnection.disconnect();
    await redis.stop();
  });
  await primary.whenReady();
  process.stdout.write(welcome(config));
  process.send?.('ready'); // PM2's wait_ready
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError || error instanceof TenantsError) end(exitConfiguration, error.message);
  if (error instanceof PortError || error instanceof EmbeddedRedisError) end(1, error.message);
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  end(1, `ticket-enhancer could not start: ${presentable(what)}`);
});
