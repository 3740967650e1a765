import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { createJobOperations, type JobView } from '../queue/job-operations.js';
import type { Tenant } from '../tenants/index.js';
import { CliError } from './cli-error.js';
import { withQueue } from './redis-access.js';
import { createServiceClient, type DeskTicket, metricsUrl } from './service-client.js';
import { printable } from './text-table.js';
import type { Progress, Terminal } from './terminal.js';

/** The outcome of an accepted ticket. */
export type NoteOutcome =
  /** The local desk has the note. */
  | { readonly kind: 'note'; readonly note: DeskTicket['notes'][number] }
  /** The job succeeded. The note is on a remote desk, which is not read. */
  | { readonly kind: 'posted'; readonly mode: string }
  /** The job succeeded. Nothing was found for the ticket, and its tenant wants no note then. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'job-failed'; readonly reason: string }
  /** `seen`: the job's last known state. */
  | { readonly kind: 'timed-out'; readonly seen: string };

export interface AwaitedJob {
  readonly jobId: string;
  readonly correlationId: string;
  readonly tenant: Tenant;
  readonly ticketId: string;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly metricsUrl: string | undefined;
}

const pollMs = 150;
/** The status, which is larger than a ticket, is only needed to see a failure. */
const statusEachPolls = 5;

/** One poll: the outcome, or the state of the job in words. */
type Look = () => Promise<Exclude<NoteOutcome, { kind: 'timed-out' }> | string>;

/** Waits until a job has its note or has failed for good. */
export async function awaitNote(
  config: Config,
  job: AwaitedJob,
  options: WaitOptions,
  terminal: Terminal,
): Promise<NoteOutcome> {
  const progress = terminal.progress('waiting for the note');
  const poll = (look: Look): Promise<NoteOutcome> => pollUntil(look, options.timeoutMs, progress);
  try {
    if (job.tenant.desk.isLocal) return await awaitLocalNote(config, job, options, poll);
    return await withQueue(config, (queue) => {
      const operations = createJobOperations(queue);
      return poll(async () => judge(await operations.find(job.jobId)));
    });
  } finally {
    progress.end();
  }
}

/** The desk has the note, and Redis, where it can be reached from here, the state of the job, which may write none. */
async function awaitLocalNote(
  config: Config,
  job: AwaitedJob,
  options: WaitOptions,
  poll: (look: Look) => Promise<NoteOutcome>,
): Promise<NoteOutcome> {
  const lookAtDesk = lookAtLocalDesk(config, job, options.metricsUrl);
  try {
    return await withQueue(config, (queue) => {
      const operations = createJobOperations(queue);
      return poll(async () => {
        const seen = await lookAtDesk();
        if (typeof seen !== 'string') return seen;
        const judged = judge(await operations.find(job.jobId));
        return typeof judged === 'string' || judged.kind === 'silent' ? judged : seen;
      });
    });
  } catch (error) {
    if (error instanceof CliError && error.code === 'UNREACHABLE') return poll(lookAtDesk);
    throw error;
  }
}

async function pollUntil(look: Look, timeoutMs: number, progress: Progress): Promise<NoteOutcome> {
  for (const startedMs = performance.now(); ; await sleep(pollMs)) {
    const seen = await look();
    if (typeof seen !== 'string') return seen;
    if (performance.now() - startedMs > timeoutMs) return { kind: 'timed-out', seen };
    progress.update(seen === '' ? 'waiting for the note' : `waiting for the note: the job is ${seen}`);
  }
}

function lookAtLocalDesk(config: Config, job: AwaitedJob, url: string | undefined): Look {
  const service = createServiceClient(metricsUrl(config, url), config.metricsBearerToken, '--metrics-url');
  let polls = 0;
  return async () => {
    const ticket = await service.ticket(job.tenant.id, job.ticketId);
    const note = ticket?.notes.find(({ correlation_id }) => correlation_id === job.correlationId);
    if (note !== undefined) return { kind: 'note', note };
    if (polls++ % statusEachPolls !== 0) return '';
    const failed = (await service.status()).failedJobs.find(({ id }) => id === job.jobId);
    return failed === undefined ? '' : { kind: 'job-failed', reason: failed.reason };
  };
}

const resultSchema = z.object({ mode: z.string() }).catch({ mode: 'it was there already' });

function judge(job: JobView | undefined): Exclude<NoteOutcome, { kind: 'timed-out' }> | string {
  if (job === undefined) return 'not in the queue of this Redis';
  switch (job.state) {
    case 'completed': {
      const { mode } = resultSchema.parse(job.result);
      return mode === 'none' ? { kind: 'silent' } : { kind: 'posted', mode };
    }
    case 'failed':
      return { kind: 'job-failed', reason: job.reason ?? 'it gave no reason' };
    case 'delayed': {
      const { made, allowed } = job.attempts;
      const again = job.nextAttemptAt === null ? '' : `, the next at ${job.nextAttemptAt}`;
      if (job.deferred !== null) return `deferred (${job.deferred.reason}: ${printable(job.deferred.message)})${again}`;
      const why = job.reason === null ? '' : ` (${printable(job.reason)})`;
      return `delayed after attempt ${made} of ${allowed}${why}${again}`;
    }
    default:
      return job.state;
  }
}
