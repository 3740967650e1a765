import { z } from 'zod';
import { childRoles } from '../ipc/control-protocol.js';
import {
  childStates,
  requestStatuses,
  restartReasons,
  stateReasons,
  synthesisModes,
  writtenModes,
} from '../telemetry/catalog.js';
import { readinessSchema } from './state/readiness.js';
import { serviceStates, severities } from './state/service-state.js';

/** The answer of `/status`, from which the page at `/` is rendered. Holds no secret; subjects are text of tickets. */

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const time = z.iso.datetime().describe('RFC 3339, UTC');

const childSchema = z.object({
  role: z.enum(childRoles),
  slot: count.describe('Its place, which it keeps across restarts'),
  pid: count.optional(),
  state: z.enum(childStates),
  uptime: seconds.describe('Seconds since this process was started'),
  restarts: count,
  lastRestart: z.object({ reason: z.enum(restartReasons), at: time, detail: z.string() }).optional(),
  reportAgeSeconds: seconds.optional().describe('Since it last reported to the primary'),
  redisProblem: z.string().optional().describe('Why this worker cannot use Redis'),
  configuration: z.string().describe('A short hash of the tenants that it was started with'),
  loopLagP99Seconds: z
    .number()
    .optional()
    .describe('nodejs_eventloop_lag_p99_seconds; absent while it does not report'),
  residentMemoryBytes: z.number().optional().describe('process_resident_memory_bytes; absent while it does not report'),
});

const stateReasonSchema = z.object({
  reason: z.enum(stateReasons).describe('As in service_degraded{reason}'),
  severity: z.enum(severities),
  message: z.string().describe('What it is, since when, and what to do'),
});

const queueSchema = z.object({
  depth: count.describe('queue_depth: waiting, prioritized and delayed jobs'),
  counts: z.object({ waiting: count, prioritized: count, delayed: count, active: count, failed: count }),
  oldestJobAgeSeconds: seconds.describe('0 when no job waits'),
  isPaused: z.boolean().describe('No job is started, by an order on the queue page or with another tool'),
});

export const tenantSchema = z.object({
  id: z.string(),
  name: z.string(),
  active: z.boolean(),
  requests: z.record(z.enum(requestStatuses), count).describe('enhancement_requests_total; each status is an event'),
  successRate: z.number().optional().describe('enhancement_success_rate: percent, of the last five minutes'),
  durationSeconds: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number() })
    .optional()
    .describe('Quantiles of enhancement_duration_seconds{status="success"} since the primary started'),
});

const failedJobSchema = z.object({
  id: z.string(),
  tenantId: z.string(),
  ticketId: z.string(),
  reason: z.string(),
  attempts: count,
  finishedAt: time,
});

const deferredGroupSchema = z.object({
  tenantId: z.string(),
  reason: z.string().describe('As in enhancement_deferrals_total'),
  jobs: count,
  since: time.describe('When the first of them was deferred'),
  nextAt: time.describe('When the next of them is tried again'),
  message: z.string().describe('What went wrong, and what to do'),
});

const latestNoteSchema = z.object({
  tenantId: z.string(),
  ticketId: z.string(),
  subject: z.string(),
  createdAt: z.string(),
  correlationId: z.string(),
  mode: z.enum(writtenModes),
});

const modelsSchema = z.object({
  notes: z.record(z.enum(synthesisModes), count).describe('enhancement_synthesis_total, by mode'),
  refusals: z
    .array(z.object({ model: z.string(), parameter: z.string(), count }))
    .readonly()
    .describe('llm_refusals_total: parameters that an endpoint refused'),
  repairs: z
    .array(z.object({ model: z.string(), outcome: z.string(), count }))
    .readonly()
    .describe('llm_repairs_total: unusable answers, and whether the model repaired them'),
  lastFailure: z
    .object({ tenantId: z.string(), model: z.string(), message: z.string(), at: time })
    .optional()
    .describe("The last failure of the last 24 hours, with the endpoint's own words"),
});

export const statusSchema = z.object({
  asOf: time,
  version: z.string(),
  pid: count,
  uptimeSeconds: seconds,
  state: z
    .enum(serviceStates)
    .describe('`degraded` works, but not as it should; `unready` is what /readyz answers 503 for'),
  reasons: z.array(stateReasonSchema).readonly().describe('Why it is not ready, worst first; empty when it is'),
  readiness: readinessSchema.describe('As /readyz has it'),
  children: z.array(childSchema).readonly(),
  queue: queueSchema.nullable().describe('Null: Redis has not been readable for 30 seconds'),
  depthHistory: z
    .array(z.tuple([z.number(), z.number().nullable()]).readonly())
    .readonly()
    .describe('The last 15 minutes: epoch seconds and depth, null where the queue could not be read'),
  failedJobs: z.array(failedJobSchema).readonly().describe('The latest of them, newest first'),
  deferred: z
    .object({
      groups: z.array(deferredGroupSchema).readonly(),
      isLowerBound: z.boolean().describe('More jobs are delayed than were looked at'),
    })
    .describe('Jobs that wait for something that passes, or that an operator can end (docs/failures.md)'),
  objectives: z.object({
    successPercent: z.number(),
    latencyPercent: z.number(),
    latencySeconds: z.number(),
  }),
  tenants: z.array(tenantSchema).readonly(),
  models: modelsSchema.optional().describe('Absent when LLM_BASE_URL is not set'),
  latestNotes: z
    .array(latestNoteSchema)
    .readonly()
    .nullable()
    .describe('Of the local desk, newest first; null when no tenant uses it'),
  queuePage: z.boolean().describe('Whether /queues is served'),
  configuration: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe(
      'Each variable of docs/configuration.md with the value in force; `set` or `not set` if it holds a secret',
    ),
});

export type Status = Readonly<z.infer<typeof statusSchema>>;
export type LatestNote = Readonly<z.infer<typeof latestNoteSchema>>;
