import { hostname, userInfo } from 'node:os';
import type { JobOperations, RetryOutcome } from '../../queue/job-operations.js';
import { isJobId } from '../../queue/job.js';
import { CliError } from '../cli-error.js';
import { readConfig, refuseUnknownTenant } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { printable } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { type Jobs, withJobs } from './job-access.js';

export interface RetryOptions {
  readonly all?: true;
  readonly tenant?: string;
  readonly json?: true;
}

type JobAccess = (work: (jobs: RetriedJobs) => Promise<void>) => Promise<void>;
type RetriedJobs = Pick<Jobs, 'failed' | 'retry' | 'audit'>;

export async function retryJobs(
  ids: readonly string[],
  { all, tenant, json }: RetryOptions,
  terminal: Terminal,
  access: JobAccess = withJobs,
): Promise<void> {
  if (ids.length > 0 === (all === true)) {
    throw new CliError('USAGE', 'usage', 'Give the ids of jobs, or --all and no ids.');
  }
  if (tenant !== undefined && !all) throw new CliError('USAGE', 'usage', '--tenant goes with --all.');
  const results: Result[] = [];
  try {
    await access(async (jobs) => {
      const chosen = all ? await failedIds(jobs, tenant) : [...new Set(ids)];
      await retryEach(jobs, chosen, results, terminal);
    });
  } catch (error) {
    // Of what was retried before it.
    if (results.length > 0) printSummary(summarize(results), json, terminal);
    throw error;
  }
  if (results.length === 0 && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
  const summary = summarize(results);
  printSummary(summary, json, terminal);
  if (summary.not_found.length > 0) process.exitCode = exitCodes.notFound.code;
  else if (summary.not_failed.length > 0) process.exitCode = exitCodes.failed.code;
}

function printSummary(summary: RetrySummary, json: true | undefined, terminal: Terminal): void {
  if (json) terminal.printJson(summary);
  else for (const line of retryLines(summary, terminal)) terminal.print(line);
}

async function failedIds(operations: Pick<JobOperations, 'failed'>, tenantId: string | undefined): Promise<string[]> {
  const failed = await operations.failed({ limit: Number.POSITIVE_INFINITY, tenantId });
  // Oldest first, as they were queued.
  return failed.map(({ id }) => id).reverse();
}

/** Jobs that are retried at once. */
const batchSize = 20;

type Result = readonly [id: string, outcome: RetryOutcome];

/**
 * A batch is recorded before it is retried, with jobs that turn out not to be failed: no job is retried without a line in the log.
 *
 * @param results receives what was done, also if Redis becomes unavailable meanwhile
 */
async function retryEach(
  { retry, audit }: RetriedJobs,
  ids: readonly string[],
  results: Result[],
  terminal: Terminal,
): Promise<void> {
  const progress = ids.length > batchSize ? terminal.progress(`retrying ${ids.length} jobs`) : undefined;
  try {
    for (let from = 0; from < ids.length; from += batchSize) {
      const batch = ids.slice(from, from + batchSize);
      await audit.record({ ...operator(), action: 'retry', jobs: batch.length, job_ids: batch });
      const ends = await Promise.allSettled(batch.map(async (id): Promise<Result> => [id, await retry(id)]));
      results.push(...ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      if (progress && terminal.isTerminal) progress.update(`retrying ${results.length} of ${ids.length} jobs`);
    }
  } finally {
    progress?.end();
  }
}

/** The operator and the time, for the audit log. */
function operator() {
  return { user: userName(), host: hostname(), at: new Date().toISOString() };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

interface RetrySummary {
  readonly retried: readonly string[];
  readonly not_failed: readonly { readonly id: string; readonly state: string }[];
  readonly not_found: readonly string[];
}

function summarize(results: readonly Result[]): RetrySummary {
  return {
    retried: results.flatMap(([id, outcome]) => (outcome === 'retried' ? [id] : [])),
    not_failed: results.flatMap(([id, outcome]) => (typeof outcome === 'object' ? [{ id, state: outcome.state }] : [])),
    not_found: results.flatMap(([id, outcome]) => (outcome === 'not-found' ? [id] : [])),
  };
}

/** Users often give the id of a ticket instead. */
function hintFor(id: string): string {
  return isJobId(id) ? '' : `; \`ticket-enhancer jobs show ${printable(id)}\` finds those of a ticket`;
}

function retryLines({ retried, not_failed, not_found }: RetrySummary, { paint }: Terminal): string[] {
  const count = retried.length;
  return [
    ...not_failed.map(({ id, state }) => `${paint('yellow', 'skipped')}     ${id}: it is ${state}, not failed`),
    ...not_found.map((id) => `${paint('red', 'not found')}   ${printable(id)}: no job has this id${hintFor(id)}`),
    `${count} ${count === 1 ? 'job is' : 'jobs are'} queued again.`,
  ];
}
