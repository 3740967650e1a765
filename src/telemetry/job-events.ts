import type { Instruments, OnceOptions, Reporter } from '../cluster-metrics/prom-client.js';
import type { ExemplarOf } from './exemplars.js';
import type { catalog } from './catalog.js';
import type { WebhookRecorder } from './recorder.js';

export type ServiceInstruments = Instruments<typeof catalog>;

/** How long repeated reports of a job's events are recognised. */
export interface JobEvents {
  /** A job older than this is not counted as queued at its end. Milliseconds. */
  readonly queuedAgainUntilMs: number;
  readonly remembered: OnceOptions;
}

const hourMs = 3_600_000;

/**
 * The key of every event of a job is kept for JOB_MAX_AGE_HOURS, the age at which a deferred job fails, and one hour more:
 * - `queued` is reported by the http child that accepts the job, and again by the worker that ends it. A job that only waits
 *   for a free worker can end at any age. So the worker repeats the report until half an hour after that age, and not later,
 *   when the key may have expired. The other half hour covers the last delay of the job, and clocks that differ: a job's age
 *   is measured by the wall clock, the life of a key by a monotonic one.
 * - `finished` and `pending` are repeated when their worker dies after the report and before Redis has accepted the end of the
 *   attempt. The attempt then runs again, and may be deferred until the job has that age.
 *
 * Not covered: a job whose worker dies at that moment, and that no worker takes for more than a day, is counted twice.
 *
 * @param jobMaxAgeHours JOB_MAX_AGE_HOURS. Default: 24
 */
export function jobEvents(jobMaxAgeHours = 24): JobEvents {
  return {
    queuedAgainUntilMs: (jobMaxAgeHours + 0.5) * hourMs,
    remembered: { rememberMs: (jobMaxAgeHours + 1) * hourMs },
  };
}

export type CountQueued = WebhookRecorder['queued'];

/** Counts a job as queued, once: the http child that accepts it reports it, and the worker that ends it repeats the report. */
export function queuedCounter(
  metrics: ServiceInstruments,
  reporter: Reporter,
  { remembered }: JobEvents,
  exemplarOf: ExemplarOf,
): CountQueued {
  const requests = metrics.enhancement_requests_total;
  return (tenant_id, jobId, correlationId) => {
    const count = (): void => {
      requests.with({ tenant_id, status: 'received' }).inc();
      requests.with({ tenant_id, status: 'queued' }).inc(1, exemplarOf(correlationId));
    };
    reporter.once(`queued:${jobId}`, count, remembered);
  };
}
