import cluster from 'node:cluster';
import { listenToPrimary, type StartMessage, tell, tellAndExit } from './child-channel.js';
import { type RunningRole, startRole } from './child-roles.js';
import { childIdentity } from './config/child-identity.js';
import { loadConfig } from './config/config.js';
import { secretsOf } from './config/public-config.js';
import { type FromPrimary, machineMs, protocolVersion } from './ipc/control-protocol.js';
import { messageOf, presentable } from './logging/describe-error.js';
import { neverShow } from './logging/known-secrets.js';
import { logConsole } from './logging/console.js';
import { createLogger } from './logging/logger.js';
import { type ChildMonitoring, startChildMonitoring } from './telemetry/child-monitoring.js';
import { type HeldBackTenants, holdBack, resolveTenantsInForce, tenantsDocumentSchema } from './tenants/index.js';
import type { Tracing } from './tracing/tracing.js';

/** A child process: identifies itself to the primary, receives its configuration, serves in its role, and drains on request. */

const identity = childIdentity();
if (identity === undefined) throw new Error('A child is started by its primary.');
const { role, slot } = identity;
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

let running: { readonly service: RunningRole; readonly monitoring: ChildMonitoring } | undefined;
let held: HeldBackTenants | undefined;
let draining = false;

async function start({ instance, redisUrl, ...message }: StartMessage): Promise<void> {
  held = holdBack(
    resolveTenantsInForce(tenantsDocumentSchema.parse(message.tenants)),
    new Set(message.heldBack),
    machineMs,
  );
  const { tenants } = held;
  tracing = await openTracing(instance);
  const monitoring = startChildMonitoring({
    role,
    slot,
    instance,
    tenantIds: tenants.all().map(({ id }) => id),
    jobMaxAgeHours: config.jobMaxAgeHours,
    traceId: tracing?.recordedTraceId,
    onError: (error) => log.warn({ err: error }, 'a metric could not be collected'),
  });
  const service = await startRole[role]({ redisUrl, instance, config, tenants, monitoring, tracing, log, fail });
  running = { service, monitoring };
  if (draining) await drain(config.shutdownTimeoutMs);
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
    onFailing: (error) => log.warn({ err: error }, 'traces cannot be sent to the collector and are dropped'),
    onRecovered: () => log.info('traces are sent to the collector again'),
  });
}

async function drain(deadlineMs: number): Promise<void> {
  draining = true;
  if (running === undefined) {
    process.exit(0); // nothing to finish
  }
  const { service, monitoring } = running;
  try {
    await service.drain(deadlineMs);
  } catch (error) {
    log.error({ err: error }, 'the drain failed');
  }
  await Promise.all([monitoring.stop(), tracing?.stop()]);
  process.exit(0);
}

function fail(error: unknown): void {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  // Redacted, because the status page shows it.
  const message = presentable(messageOf(error));
  log.fatal({ err: error }, 'the child failed and exits');
  tellAndExit({ type: 'te:fatal', code: typeof code === 'string' ? code : 'UNKNOWN', message }, 1);
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

listenToPrimary({
  receive,
  onOtherVersion: (version) =>
    fail(new Error(`the primary speaks version ${version} of the protocol; restart it with this release`)),
  onUnrecognised: () => log.warn('unknown message from the primary'),
});

// Unless this is set synchronously, node:cluster ends the process as soon as its primary exits, with work in progress.
cluster.worker?.on('disconnect', () => {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  if (!draining) {
    log.warn('the primary has exited; finishing work in progress');
    drain(config.shutdownTimeoutMs).catch(fail);
  }
});

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

tell({ type: 'te:hello', version: protocolVersion, role, slot });
