import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackoffOptions, type JobState, Queue } from 'bullmq';
import { deskKind, type TenantDesk } from '../../src/connectors/desks/index.js';
import { createLocalDesk, createTicketHistory, type LocalDesk } from '../../src/connectors/index.js';
import { createLogger } from '../../src/logging/logger.js';
import type { JobRecorder } from '../../src/telemetry/recorder.js';
import { patientConnection } from '../../src/redis/connection.js';
import { type EnhancementJob, jobIdFor } from '../../src/queue/job.js';
import { queuePrefix } from '../../src/redis/key-prefix.js';
import { queueName } from '../../src/redis/keys.js';
import type { Tenant, Tenants } from '../../src/tenants/index.js';
import {
  createContextSources,
  createEnhancementWorker,
  type EnhancementWorkerOptions,
  type JobLeases,
} from '../../src/workers/index.js';
import type { DeskServer } from './desk-server.js';
import { afterTest, temporaryFolder } from './opened.js';
import type { TestRedis } from './redis.js';

/** A worker on a real Redis, its tenants made here, and everything that it reports kept to look at. */

export interface RecordedEvents {
  readonly runAgain: { tenantId: string; jobId: string }[];
  readonly finished: Parameters<JobRecorder['finished']>[0][];
  readonly attemptFailed: { tenantId: string; jobId: string; attempt: number }[];
  readonly deferred: { tenantId: string; reason: string }[];
  readonly operations: { tenantId: string; operation: string; status: string; seconds: number }[];
  readonly synthesized: { tenantId: string; mode: string }[];
  readonly contextFailed: { tenantId: string; source: string }[];
  readonly contextRead: { tenantId: string; source: string; documents: object }[];
  readonly tokens: { tenantId: string; model: string; prompt: number; completion: number }[];
  readonly modelRefusals: { tenantId: string; model: string; parameter: string }[];
  readonly repairs: { tenantId: string; model: string; outcome: string }[];
  commits: number;
}

function recordEvents(): JobRecorder & { readonly events: RecordedEvents; readonly bus: EventEmitter } {
  const events: RecordedEvents = {
    runAgain: [],
    finished: [],
    attemptFailed: [],
    deferred: [],
    operations: [],
    synthesized: [],
    contextFailed: [],
    contextRead: [],
    tokens: [],
    modelRefusals: [],
    repairs: [],
    commits: 0,
  };
  const bus = new EventEmitter();
  bus.setMaxListeners(0);
  return {
    events,
    bus,
    runAgain: (tenantId, jobId) => void events.runAgain.push({ tenantId, jobId }),
    attemptFailed(tenantId, jobId, attempt) {
      events.attemptFailed.push({ tenantId, jobId, attempt });
      bus.emit('attemptFailed', jobId);
    },
    deferred: (tenantId, reason) => void events.deferred.push({ tenantId, reason }),
    finished(end) {
      events.finished.push(end);
      bus.emit('finished', end.jobId);
    },
    operation({ tenantId, operation, status, seconds }) {
      events.operations.push({ tenantId, operation, status, seconds });
    },
    synthesized: (tenantId, mode) => void events.synthesized.push({ tenantId, mode }),
    contextFailed: (tenantId, source) => void events.contextFailed.push({ tenantId, source }),
    contextRead: (tenantId, source, documents) => void events.contextRead.push({ tenantId, source, documents }),
    tokensUsed: (tenantId, model, prompt, completion) =>
      void events.tokens.push({ tenantId, model, prompt, completion }),
    modelRefused: (tenantId, model, parameter) => void events.modelRefusals.push({ tenantId, model, parameter }),
    answerRepaired: (tenantId, model, outcome) => void events.repairs.push({ tenantId, model, outcome }),
    async committed() {
      events.commits++;
    },
  };
}

/** A credential whose reference can be read. */
export function readable(value: string): () => { readonly ok: true; readonly value: string } {
  return () => ({ ok: true, value });
}

export function tenant(id: string, overrides: Partial<Tenant> = {}): Tenant {
  return {
    id,
    name: id,
    active: true,
    webhook: {},
    desk: deskKind('local').open({}, { renewable: () => readable('') }),
    llm: { whenUnavailable: 'fallback' },
    // Most tests look for a note, whatever the ticket is about.
    notes: { language: 'en', whenNothingFound: 'short', style: 'full', links: {} },
    priorities: new Map(),
    limits: { requestsPerMinute: 6000, wordsPerNote: 500 },
    ...overrides,
  };
}

/** A ServiceDesk Plus on this machine. */
export function serviceDeskPlus(baseUrl: string, credential = readable('desk-secret')): TenantDesk {
  const entry = { base_url: baseUrl, credential: 'env:TOKEN', allow_private_network: true };
  return deskKind('servicedesk-plus').open(entry, { renewable: () => credential });
}

/** A tenant whose desk is this one, over HTTP. */
export function deskTenant({ baseUrl }: Pick<DeskServer, 'baseUrl'>, overrides: Partial<Tenant> = {}): Tenant {
  return tenant('acme', {
    ...overrides,
    desk: serviceDeskPlus(baseUrl),
  });
}

export function tenantsOf(...all: Tenant[]): Tenants {
  const byId = new Map(all.map((one) => [one.id, one]));
  return {
    get: (id) => byId.get(id),
    all: () => all,
    label: (id) => (byId.has(id) ? id : 'unknown'),
  };
}

export function ticketJob(overrides: Partial<EnhancementJob> = {}): EnhancementJob {
  return {
    version: 1,
    tenantId: 'acme',
    ticketId: 'TKT-1001',
    subject: 'VPN drops every hour',
    description: 'Since the update my VPN tunnel disconnects every hour and reconnects after a minute.',
    priority: 'high',
    createdAt: '2026-11-23T10:00:00Z',
    correlationId: '6d0f1a9c-9f0e-4d1f-8f5a-0f4bb1d3a111',
    acceptedAtMs: Date.now(),
    nonce: 'n',
    ...overrides,
  };
}

/** A knowledge base, an inventory and a history on disk, as a tenant's configuration names them. */
export async function contextFolder(
  files: Readonly<Record<string, string>>,
  end = afterTest,
): Promise<{ path: (name: string) => string }> {
  const folder = temporaryFolder(end);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { path: (name) => join(folder, name) };
}

export interface AddOptions {
  /** Default: 1. */
  readonly attempts?: number;
  /** BullMQ's: the turn that fair queueing would give. Default: 0, before all turns. */
  readonly priority?: number;
  readonly delivery?: string;
  /** Default: 50 ms. */
  readonly backoff?: BackoffOptions;
}

export interface RunningWorker {
  readonly queue: Queue;
  readonly localDesk: LocalDesk;
  readonly events: RecordedEvents;
  readonly leases: { started: { jobId: string; token: string }[]; left: string[]; ended: string[] };
  readonly logLines: Record<string, unknown>[];
  add(job: EnhancementJob, options?: AddOptions): Promise<string>;
  /** Adds the job and waits until BullMQ has taken its end. */
  run(job: EnhancementJob, options?: AddOptions): Promise<string>;
  ended(jobId: string, states?: readonly JobState[]): Promise<JobState>;
  event(name: 'finished' | 'attemptFailed'): Promise<unknown>;
  drain(deadlineMs?: number): Promise<void>;
  /** @param deadlineMs of the drain. Default: 5000, which a job takes whose desk never answers */
  stop(deadlineMs?: number): Promise<void>;
}

/** Stops after the test. */
export async function startWorker(
  redis: TestRedis,
  tenants: Tenants,
  config: Partial<EnhancementWorkerOptions['config']> = {},
  deskBreaker: EnhancementWorkerOptions['deskBreaker'] = {},
): Promise<RunningWorker> {
  const recorder = recordEvents();
  const logLines: Record<string, unknown>[] = [];
  const ledger = { started: [] as { jobId: string; token: string }[], left: [] as string[], ended: [] as string[] };
  const leases: JobLeases = {
    started: (lease) => void ledger.started.push(lease),
    left: (jobId) => void ledger.left.push(jobId),
    ended: (jobId) => void ledger.ended.push(jobId),
  };
  const worker = createEnhancementWorker({
    config: {
      workerConcurrency: 4,
      contextTimeoutMs: 2000,
      jobTimeoutMs: 20_000,
      jobMaxAgeHours: 24,
      llmBaseUrl: undefined,
      llmApiKey: undefined,
      llmModel: undefined,
      llmTimeoutMs: 5000,
      llmMaxOutputTokens: 4096,
      llmApiKeyHeader: undefined,
      ...config,
    },
    redisUrl: redis.url,
    openContext(events) {
      const connection = patientConnection(redis.url);
      const history = createTicketHistory(connection);
      return {
        sourcesOf: createContextSources({ history, indexFolder: undefined, events }),
        end: async () => connection.disconnect(),
      };
    },
    tenants,
    recorder,
    leases,
    onRedis: () => undefined,
    onStopped(error) {
      throw error;
    },
    deskBreaker,
    log: createLogger({
      level: 'debug',
      role: 'worker',
      slot: 0,
      destination: { write: (line) => void logLines.push(JSON.parse(line)) },
    }),
  });
  const client = patientConnection(redis.url);
  const queue = new Queue(queueName, { prefix: queuePrefix, connection: client });
  queue.on('error', () => undefined);
  await worker.start();
  let drained = false;

  const add: RunningWorker['add'] = async (
    job,
    { attempts = 1, priority = 0, delivery = 'd', backoff = { type: 'fixed', delay: 50 } } = {},
  ) => {
    const jobId = jobIdFor(job.tenantId, `${delivery}${job.ticketId}`);
    await queue.add('enhance', job, { jobId, attempts, priority, backoff });
    return jobId;
  };
  const ended: RunningWorker['ended'] = async (jobId, states = ['completed', 'failed']) => {
    for (;;) {
      const state = await queue.getJobState(jobId);
      const found = states.find((one) => one === state);
      if (found !== undefined) return found;
      // BullMQ's end of a job is an event in a stream of Redis; asking is the simpler way to wait for it.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const drain = async (deadlineMs = 5000): Promise<void> => {
    drained = true;
    await worker.drain(deadlineMs);
  };
  const stop: RunningWorker['stop'] = async (deadlineMs) => {
    if (!drained) await drain(deadlineMs);
    await queue.close();
    client.disconnect();
  };
  afterTest(() => stop());
  return {
    queue,
    localDesk: createLocalDesk(client),
    events: recorder.events,
    leases: ledger,
    logLines,
    add,
    ended,
    drain,
    async run(job, options) {
      const jobId = await add(job, options);
      await ended(jobId);
      return jobId;
    },
    event: (name) => once(recorder.bus, name),
    stop,
  };
}
