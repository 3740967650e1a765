import type { Express } from 'express';
import { createApp } from '../../src/api/app.js';
import type { BodyBudget } from '../../src/api/body-budget.js';
import { createLogger } from '../../src/logging/logger.js';
import type { WebhookRecorder } from '../../src/telemetry/recorder.js';
import { readTenantsDocument, resolveTenants } from '../../src/tenants/index.js';

/** What the API asks of others, where a test decides when they answer. */
export interface Answers {
  readonly admit?: () => Promise<void>;
  readonly enqueue?: () => Promise<{ duplicate: boolean; correlationId: string }>;
  readonly draining?: () => boolean;
  /** Default: one that notes what it is told. */
  readonly recorder?: WebhookRecorder;
  readonly bodyBudget?: BodyBudget;
}

/** The API over the demo tenants, without a Redis; `events` is what it recorded. */
export function appOver(answers: Answers): { app: Express; events: string[] } {
  const events: string[] = [];
  const app = createApp({
    tenants: resolveTenants(readTenantsDocument(undefined), { env: {}, readFile: () => '' }),
    producer: { enqueue: answers.enqueue ?? (async () => ({ duplicate: false, correlationId: 'c' })) },
    history: { upsert: async () => undefined },
    limiter: { admit: answers.admit ?? (async () => undefined) },
    recorder: answers.recorder ?? {
      queued: (tenant) => void events.push(`queued ${tenant}`),
      duplicate: (tenant) => void events.push(`duplicate ${tenant}`),
      rejected: (tenant, reason) => void events.push(`rejected ${tenant} ${reason}`),
      answered: () => undefined,
      httpAnswered: () => undefined,
      committed: async () => undefined,
    },
    log: createLogger({ level: 'silent', role: 'http', slot: 0 }),
    instance: 'test',
    now: Date.now,
    draining: answers.draining ?? (() => false),
    ...(answers.bodyBudget ? { bodyBudget: answers.bodyBudget } : {}),
  });
  return { app, events };
}
