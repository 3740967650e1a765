import cluster from 'node:cluster';
import { resolve } from 'node:path';
import { register } from 'prom-client';
import { z } from 'zod';
import { loadConfig, secretsOf } from './config/config.js';
import { createCitedNotes, createTicketHistory } from './connectors/index.js';
import {
  childRoles,
  type FromChild,
  type FromPrimary,
  machineMs,
  parseFromPrimary,
  protocolVersion,
} from './ipc/protocol.js';
import { messageOf, presentable } from './logging/describe-error.js';
import { neverShow } from './logging/known-secrets.js';
import { logConsole } from './logging/console.js';
import { createLogger } from './logging/logger.js';
import { type ChildMonitoring, startChildMonitoring } from './telemetry/child-monitoring.js';
import { failFastConnection } from './redis/connection.js';
import {
  type HeldBackTenants,
  holdBack,
  resolveTenantsInForce,
  type Tenants,
  tenantsDocumentSchema,
} from './tenants/index.js';
import type { Tracing } from './tracing/tracing.js';

/** A child process: identifies itself to the primary, receives its configuration, serves in its role, and drains on request. */

const identitySchema = z.object({ role: z.enum(childRoles), slot: z.number().int() });
const { role, slot } = identitySchema.parse(JSON.parse(process.env['TICKET_ENHANCER_CHILD'] ?? 'null'));
const config = loadConfig(process.env);
neverShow(secretsOf(config));
let tracing: Tracing | undefined;
const traceFields = (): object => {
  const reference = tracing?.current();
  return reference === undefined ? {} : { trace_id: reference.traceId, span_id: reference.spanId };
};
const context = config.otlpEndpoint === undefined ? undefined : traceFields;
const log = createLogger({ level: config.logLevel, role, slot, context });
logConsole(log);

/** A started role. */
interface Running {
  drain(deadlineMs: number): Promise<void>;
}

let running: { readonly service: Running; readonly stopMonitoring: () => Promise<void> } | undefined;
let held: HeldBackTenants | undefined;
let ending = false;

function tell(message: FromChild): void {
  // The exit of the primary is handled by the `disconnect` event, not at each message.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

type StartMessage = Extract<FromPrimary, { type: 'te:start' }>;

async function start(message: StartMessage): Promise<void> {
  held = holdBack(
    resolveTenantsInForce(tenantsDocumentSchema.parse(message.tenants)),
    new Set(message.heldBack),
    machineMs,
  );
  const { tenants } = held;
  tracing = await openTracing(message.instance);
  const monitoring = startChildMonitoring({
    role,
    slot,
    instance: message.instance,
    tenantIds: tenants.all().map(({ id }) => id),
    jobMaxAgeHours: config.jobMaxAgeHours,
    traceId: tracing?.recordedTraceId,
    onError: (error) => log.warn({ err: error }, 'a metric could not be collected'),
  });
  const service = await (role === 'http' ? startHttp : startWorker)(message, tenants, monitoring);
  running = { service, stopMonitoring: () => monitoring.stop() };
  if (ending) await drain(config.shutdownTimeoutMs);
  else tell({ type: 'te:ready' });
}

/** Loads OpenTelemetry, about a hundred modules, only if a collector is configured. */
async function openTracing(instance: string): Promise<Tracing | undefined> {
  const { otlpEndpoint: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const { startTracing } = await import('./tracing/start-tracing.js');
  return startTracing({
    endpoint,
    config,
    role,
    slot,
    instance,
    onFailing: (error) => log.warn({ err: error }, 'the collector does not take traces; they are dropped'),
    onRecovered: () => log.info('the collector takes traces again'),
  });
}

type Start = (message: StartMessage, tenants: Tenants, monitoring: ChildMonitoring) => Promise<Running>;

const startHttp: Start = async ({ redisUrl, instance }, tenants, { webhooks }) => {
  // Each role loads its own modules only, so that a new child serves sooner.
  const { createHttpChild } = await import('./api/http-child.js');
  const redis = failFastConnection(redisUrl);
  const history = createTicketHistory(redis);
  const child = await createHttpChild({
    config,
    redisUrl,
    tenants,
    history,
    citations: createCitedNotes(redis),
    recorder: webhooks,
    tracing,
    instance,
    log,
  });
  return {
    async drain(deadlineMs) {
      await child.drain(deadlineMs);
      redis.disconnect();
    },
  };
};

const startWorker: Start = async ({ redisUrl }, tenants, { jobs }) => {
  const { createEnhancementWorker, startContextThread } = await import('./workers/index.js');
  const leases = {
    started: ({ jobId, token }: { jobId: string; token: string }) => tell({ type: 'te:job-started', jobId, token }),
    left: (jobId: string) => tell({ type: 'te:job-left', jobId }),
    ended: (jobId: string) => tell({ type: 'te:job-ended', jobId }),
  };
  const indexed = tenants.all().filter(({ searchEngine }) => searchEngine === undefined);
  const tenantIds = indexed.map(({ id }) => id);
  const worker = createEnhancementWorker({
    config,
    redisUrl,
    openContext: (events) => startContextThread({ redisUrl, dataDir: resolve(config.dataDir), tenantIds }, events),
    tenants,
    recorder: jobs,
    tracing,
    leases,
    onRedis: (problem) => tell({ type: 'te:redis', problem: problem === undefined ? null : presentable(problem) }),
    onStopped: (error) => fail(new Error('The worker takes no more jobs.', { cause: error })),
    log,
  });
  await worker.start();
  return worker;
};

async function drain(deadlineMs: number): Promise<void> {
  ending = true;
  if (running === undefined) {
    process.exit(0); // nothing to finish
  }
  const { service, stopMonitoring } = running;
  try {
    await service.drain(deadlineMs);
  } catch (error) {
    log.error({ err: error }, 'the drain failed');
  }
  await Promise.all([stopMonitoring(), tracing?.stop()]);
  register.clear();
  process.exit(0);
}

function fail(error: unknown): void {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  // Redacted, because the status page shows it.
  const message = presentable(messageOf(error));
  log.fatal({ err: error }, 'the child failed and exits');
  // From the callback: messages that are still queued when a process exits are lost.
  const last: FromChild = { type: 'te:fatal', code: typeof code === 'string' ? code : 'UNKNOWN', message };
  if (process.connected) process.send?.(last, undefined, undefined, () => process.exit(1));
  else process.exit(1);
}

function receive(message: FromPrimary): void {
  switch (message.type) {
    case 'te:start':
      start(message).catch(fail);
      return;
    case 'te:open':
      held?.open(message.atMs);
      return;
    case 'te:drain':
      drain(message.deadlineMs).catch(fail);
  }
}

process.on('message', (value: unknown) => {
  const parsed = parseFromPrimary(value);
  switch (parsed.kind) {
    case 'foreign':
      return;
    case 'unrecognised':
      log.warn('a message of the primary was not understood');
      return;
    case 'version-mismatch':
      fail(new Error(`the primary speaks version ${parsed.version} of the protocol; restart it with this release`));
      return;
    case 'message':
      receive(parsed.message);
  }
});

// Unless this is set synchronously, node:cluster ends the process as soon as its primary exits, with work in progress.
cluster.worker?.on('disconnect', () => {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  if (!ending) {
    log.warn('the primary has exited; finishing work in progress');
    drain(config.shutdownTimeoutMs).catch(fail);
  }
});

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

tell({ type: 'te:hello', version: protocolVersion, role, slot });
