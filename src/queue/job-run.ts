import { z } from 'zod';

/**
 * A job that failed for good can be retried: by `ticket-enhancer jobs retry`, or by any other tool for BullMQ. That begins a
 * new run of the job. Each run is counted once as queued and, at its end, once as success or failure. BullMQ itself knows no
 * runs, so the run is stored in the job's `progress`.
 */
export interface JobRun {
  /** 0 for the run that the webhook began; each retry of the failed job adds 1. */
  readonly number: number;
  /** When the run was requested, epoch milliseconds; undefined: the first run, which begins with the webhook. */
  readonly beganAtMs?: number | undefined;
  /** Why and until when the job is deferred; undefined: it is not. */
  readonly deferral?: Deferral | undefined;
  /** The attempt, counted from 1, with which this run failed; written before BullMQ moves the job to failed. */
  readonly failedAttempt?: number | undefined;
}

/** Why and until when a job waits for a condition that passes or that an operator can change. */
export interface Deferral {
  /** The job's tenant: readers of deferrals do not read the job's data. */
  readonly tenantId: string;
  /** One of `deferralReasons`, or a reason of another release. */
  readonly reason: string;
  /** What went wrong, and what to do. */
  readonly message: string;
  /** When the first of its consecutive deferrals began, epoch milliseconds. */
  readonly sinceMs: number;
  /** When it is tried again, epoch milliseconds. */
  readonly untilMs: number;
  /** Number of consecutive deferrals. */
  readonly count: number;
  /** How many of them ended by themselves, not by a promotion. Undefined: an older release, which counted all, wrote it. */
  readonly waits?: number | undefined;
}

const count = z.number().int().nonnegative();
const firstRun = { number: 0 };
const deferralSchema = z.object({
  tenantId: z.string(),
  reason: z.string(),
  message: z.string(),
  sinceMs: z.number(),
  untilMs: z.number(),
  count,
  waits: count.optional(),
});
const runSchema: z.ZodType<JobRun> = z
  .object({
    number: count.default(0),
    beganAtMs: z.number().optional(),
    deferral: deferralSchema.optional().catch(undefined),
    failedAttempt: count.optional(),
  })
  .catch(firstRun);

/** @param progress of the job. Anything but a run, such as the initial 0, is read as the first run. */
export function readRun(progress: unknown): JobRun {
  return runSchema.parse(progress);
}

export function nextRun({ number }: JobRun, beganAtMs: number): JobRun {
  return { number: number + 1, beganAtMs };
}

/**
 * Whether the job was retried by a tool that kept its attempts. BullMQ counts the last attempt together with the failure, so
 * this distinguishes a retry from a start after a worker that died between the note and the failure.
 */
export function wasRunAgain({ failedAttempt }: JobRun, attemptsMade: number): boolean {
  return failedAttempt !== undefined && attemptsMade >= failedAttempt;
}

/** Key of a run, under which each of its events is counted once. */
export function runId(jobId: string, { number }: JobRun): string {
  return number === 0 ? jobId : `${jobId}:${number}`;
}
