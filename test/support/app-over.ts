import { type App, type AppDependencies, createApp } from '../../src/api/app.js';
import type { BodyBudget } from '../../src/api/body-budget.js';
import { Rejection } from '../../src/api/rejection.js';
import type { ResolvedTicket } from '../../src/enhancement/index.js';
import { createLogger } from '../../src/logging/logger.js';
import type { EnhancementJob } from '../../src/queue/job.js';
import type { Enqueued } from '../../src/queue/producer.js';
import type { WebhookRecorder } from '../../src/telemetry/recorder.js';
import { resolveTenants, type Tenants } from '../../src/tenants/index.js';
import { readTenantsDocument } from '../../src/tenants/tenants-file.js';

/** What the API asks of others, where a test decides when they answer. */
export interface Answers {
  /** Of requests that become no job. */
  readonly admit?: () => Promise<void>;
  readonly enqueue?: () => Promise<Enqueued>;
  /** Of a resolved ticket. Default: one that keeps it. */
  readonly upsert?: () => Promise<void>;
  readonly draining?: () => boolean;
  /** Default: one that notes what it is told. */
  readonly recorder?: WebhookRecorder;
  readonly bodyBudget?: BodyBudget;
  /** Default: the demo tenants. */
  readonly tenants?: Tenants;
  /** Default: as shipped. */
  readonly desks?: AppDependencies['desks'];
}

export interface AppOver {
  readonly app: App;
  readonly events: string[];
  /** By id, as the default `enqueue` keeps them. */
  readonly jobs: ReadonlyMap<string, EnhancementJob>;
  readonly resolved: readonly ResolvedTicket[];
  /** As `method route status`. */
  readonly answered: readonly string[];
  readonly logs: readonly string[];
}

/** The API over the demo tenants, without a Redis; `events` is what it recorded. */
export function appOver(answers: Answers): AppOver {
  const events: string[] = [];
  const jobs = new Map<string, EnhancementJob>();
  const resolved: ResolvedTicket[] = [];
  const logs: string[] = [];
  const answered: string[] = [];
  const seen = new Map<string, string>();
  const firstOf = (tenantId: string, names: readonly string[]): string => {
    const keys = names.map((name) => `${tenantId} ${name}`);
    const first = keys.map((key) => seen.get(key)).find((known) => known !== undefined) ?? names[0] ?? '';
    for (const key of keys) if (!seen.has(key)) seen.set(key, first);
    return first;
  };
  const enqueue = async (jobId: string, job: EnhancementJob): Promise<Enqueued> => {
    const first = jobs.get(jobId);
    if (first === undefined) jobs.set(jobId, job);
    return { kind: 'queued', duplicate: first !== undefined, correlationId: (first ?? job).correlationId };
  };
  const app = createApp({
    tenants: answers.tenants ?? resolveTenants(readTenantsDocument(undefined), { env: {}, readFile: () => '' }),
    producer: { enqueue: answers.enqueue ?? enqueue },
    history: { upsert: answers.upsert ?? (async (_tenant, ticket) => void resolved.push(ticket)) },
    citations: { judge: async () => undefined },
    deliveries: { firstOf: async (tenantId, names) => firstOf(tenantId, names) },
    limiter: {
      admit: answers.admit ?? (async () => undefined),
      refuseOverLimit: () => undefined,
      usedUp: () => new Rejection('rate_limited'),
    },
    recorder: answers.recorder ?? {
      queued: (tenant) => void events.push(`queued ${tenant}`),
      duplicate: (tenant) => void events.push(`duplicate ${tenant}`),
      rejected: (tenant, reason) => void events.push(`rejected ${tenant} ${reason}`),
      citationJudged: (tenant, outcome) => void events.push(`cited ${tenant} ${outcome}`),
      answered: () => undefined,
      httpAnswered: (method, route, status) => void answered.push(`${method} ${route} ${status}`),
      committed: async () => undefined,
    },
    log: createLogger({ level: 'info', role: 'http', slot: 0, destination: { write: (line) => void logs.push(line) } }),
    instance: 'test',
    now: Date.now,
    draining: answers.draining ?? (() => false),
    ...(answers.bodyBudget ? { bodyBudget: answers.bodyBudget } : {}),
    ...(answers.desks ? { desks: answers.desks } : {}),
  });
  return { app, events, jobs, resolved, answered, logs };
}
