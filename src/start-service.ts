import type { Socket } from 'node:net';
import { openAdminPort } from './admin/admin-port.js';
import { probePort } from './config/address.js';
import type { Config } from './config/config.js';
import { withSentinelPassword } from './config/redis-url.js';
import { version } from './config/version.js';
import { createLocalDesk } from './connectors/desks/local/local-desk.js';
import type { Logger } from './logging/logger.js';
import { createPrimary, type Primary } from './primary/primary.js';
import type { Setup } from './primary/setup.js';
import { failFastConnection } from './redis/connection.js';
import { startEmbeddedRedis } from './redis/embedded/embedded-redis.js';
import { type StopFault, stopGraceMs, type StopStep, stopInSteps } from './shutdown.js';
import { within } from './timing/within.js';

export interface ServiceOptions {
  readonly config: Config;
  readonly setup: Setup;
  /** Reads the setup again. @throws {ConfigError | TenantsError} */
  readonly readSetup: () => Setup;
  readonly log: Logger;
}

/** The service, from its start to its stop. */
export interface Service {
  /**
   * Resolves when all parts are open and the children are forked. Rejects with a PortError, an EmbeddedRedisError, or an
   * AbortError if the service is stopped meanwhile.
   */
  readonly started: Promise<Primary>;
  readonly isStopping: boolean;
  /**
   * Closes what is open, the last part first, also while the start is in progress. Resolves within `SHUTDOWN_TIMEOUT_MS` and
   * {@link stopGraceMs}.
   */
  stop(): Promise<readonly StopFault[]>;
}

/** Time for Redis to end before it is killed. Milliseconds. */
const redisStopWithinMs = 4500;
/** Time for an interrupted start to close what it has opened. Milliseconds. */
const startAbortsWithinMs = 700;

export function startService(options: ServiceOptions): Service {
  const stopping = new AbortController();
  const steps: StopStep[] = [];
  const started = openParts(options, stopping.signal, steps);
  return {
    started,
    get isStopping() {
      return stopping.signal.aborted;
    },
    async stop() {
      stopping.abort();
      await within(
        startAbortsWithinMs,
        started.catch(() => undefined),
        () => undefined,
      );
      return stopInSteps(steps, options.config.shutdownTimeoutMs + stopGraceMs);
    },
  };
}

/** @param steps receives the steps that close what is open, in the order in which a stop runs them */
async function openParts(
  { config, setup, readSetup, log }: ServiceOptions,
  signal: AbortSignal,
  steps: StopStep[],
): Promise<Primary> {
  if (config.httpProcesses > 0) await probePort('HTTP_PORT', config.httpHost, config.httpPort);
  await probePort('METRICS_PORT', config.metricsHost, config.metricsPort);
  signal.throwIfAborted();
  const redis = await openRedis(config, log, signal);
  if (redis.stop !== undefined) steps.unshift({ name: 'embedded Redis', withinMs: redisStopWithinMs, run: redis.stop });
  signal.throwIfAborted();
  const deskConnection = failFastConnection(redis.url);
  steps.unshift({ name: 'desk connection', run: () => deskConnection.disconnect() });
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

interface OpenRedis {
  readonly url: string;
  readonly lifeline: () => Socket | undefined;
  readonly problem: () => string | undefined;
  /** Undefined: Redis is not ours. */
  readonly stop: (() => Promise<void>) | undefined;
}

/** The Redis of `REDIS_URL`, or an embedded one. @throws {EmbeddedRedisError} */
async function openRedis(config: Config, log: Logger, signal: AbortSignal): Promise<OpenRedis> {
  if (config.redisUrl !== undefined) {
    const url = withSentinelPassword(config.redisUrl, config.redisSentinelPassword);
    return { url, lifeline: () => undefined, problem: () => undefined, stop: undefined };
  }
  const redis = await startEmbeddedRedis(config.dataDir, { log, signal });
  return { url: redis.url, lifeline: () => redis.lifeline, problem: () => redis.problem, stop: () => redis.stop() };
}
