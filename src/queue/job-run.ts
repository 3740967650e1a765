import { z } from 'zod';

/**
 * A job that has failed for good may be run again: by `ticket-enhancer jobs retry`, or by any other tool that knows
 * BullMQ. That begins a new run of the same job. Each run is counted as queued and, at its end, as success or failure, so
 * that nothing is lost or counted twice; BullMQ itself knows no runs, so the number is kept in the job's `progress`.
 */
export interface JobRun {
  /** 0 as the webhook queued it, one more for each time that it was run again. */
  readonly number: number;
  /** When it was asked for again, epoch milliseconds; undefined in the first run, which begins with the webhook. */
  readonly beganAtMs?: number | undefined;
  /** Starts of before this run that were no attempts, where whoever asked for the job again let them stand. */
  readonly writtenOff: number;
  /** How often it was held back for its desk. */
  readonly deferrals: number;
  /** For how long it was held back for its desk, all in all. */
  readonly deferredMs: number;
  /** The attempt, counted from 1, with which this run failed; written before BullMQ is told. */
  readonly failedAttempt?: number | undefined;
}

const count = z.number().int().nonnegative();
const firstRun = { number: 0, writtenOff: 0, deferrals: 0, deferredMs: 0 };
const runSchema: z.ZodType<JobRun> = z
  .object({
    number: count.default(0),
    beganAtMs: z.number().optional(),
    writtenOff: count.default(0),
    deferrals: count.default(0),
    deferredMs: z.number().nonnegative().default(0),
    failedAttempt: count.optional(),
  })
  .catch(firstRun);

/** @param progress as BullMQ keeps it: nothing yet, or what was written of an earlier start */
export function readRun(progress: unknown): JobRun {
  return runSchema.parse(progress);
}

export function nextRun({ number }: JobRun, beganAtMs: number, writtenOff = 0): JobRun {
  return { number: number + 1, beganAtMs, writtenOff, deferrals: 0, deferredMs: 0 };
}

/**
 * Whether somebody had a job run again and left its attempts as they were. BullMQ counts the last attempt in the moment
 * in which it takes the job's failure, so this tells it from a start after a worker that died between the two.
 */
export function wasRunAgain({ failedAttempt }: JobRun, attemptsMade: number): boolean {
  return failedAttempt !== undefined && attemptsMade >= failedAttempt;
}

/** Names a run, for counting each of its events once. */
export function runId(jobId: string, { number }: JobRun): string {
  return number === 0 ? jobId : `${jobId}:${number}`;
}
