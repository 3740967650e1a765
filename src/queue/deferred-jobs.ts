import type { RedisClient } from '../redis/connection.js';
import { countDelayed, delayedJobs, runNow } from '../redis/jobs/delayed-jobs.js';
import type { FailFastQueue, QueueAccess } from '../redis/fail-fast-queue.js';
import { findJob } from '../redis/jobs/stored-jobs.js';
import { readableFields } from './job.js';
import { type Deferral, readRun } from './job-run.js';

/** The deferred jobs of one tenant and reason. */
export interface DeferredGroup {
  readonly tenantId: string;
  /** One of `deferralReasons`, or a reason of another release. */
  readonly reason: string;
  readonly jobs: number;
  /** When the next of them is tried again, epoch milliseconds. */
  readonly nextAtMs: number;
  /** When the first of them was deferred, epoch milliseconds. */
  readonly sinceMs: number;
  /** Of the job that is due next: what went wrong, and what to do. */
  readonly message: string;
}

export interface DeferredSummary {
  /** Most jobs first. */
  readonly groups: readonly DeferredGroup[];
  /** More jobs are delayed than were read: there may be more in each group, and more groups. */
  readonly isLowerBound: boolean;
}

export interface DeferredJob extends Deferral {
  readonly id: string;
  readonly ticketId: string;
}

/** All methods reject with QueueUnavailableError within about a second when Redis cannot be used. */
export interface DeferredJobs {
  /** Reads at most {@link mostRead} delayed jobs, those that are due next. */
  summary(): Promise<DeferredSummary>;
  /** In the order in which they are due; of the jobs that {@link DeferredJobs.summary} reads. */
  list(options: { readonly limit: number; readonly tenantId?: string | undefined }): Promise<readonly DeferredJob[]>;
}

/** Delayed jobs that a summary reads: some milliseconds of work for Redis and for this process. */
export const mostRead = 2000;
const pageSize = 500;

export function createDeferredJobs(queue: Pick<FailFastQueue, 'use'>): DeferredJobs {
  return {
    summary: () =>
      queue.use(async ({ redis }) => {
        const [found, delayed] = await Promise.all([readDeferred(redis, mostRead), countDelayed(redis)]);
        return { groups: grouped(found), isLowerBound: delayed > mostRead };
      }),
    list: ({ limit, tenantId }) =>
      queue.use(async (access) => {
        const found = await readDeferred(access.redis, mostRead);
        const chosen = found.filter(({ deferral }) => tenantId === undefined || deferral.tenantId === tenantId);
        return Promise.all(
          chosen.slice(0, limit).map(async ({ id, deferral }) => {
            const { ticketId } = readableFields((await findJob(access, id))?.data);
            return { id, ticketId, ...deferral };
          }),
        );
      }),
  };
}

export interface DeferralFilter {
  /** Default: of any tenant. */
  readonly tenantId?: string | undefined;
  /** Default: of any reason. */
  readonly reasons?: readonly string[] | undefined;
}

export interface Promotion {
  readonly promoted: number;
  /** Another call may find more. */
  readonly more: boolean;
}

/** Jobs that one call promotes at most. */
const promotedAtOnce = 1000;
/** Delayed jobs that one call reads at most; the others are due within minutes. */
const readForPromotion = 20_000;

/**
 * Promotes deferred jobs whose reasons may have passed. Jobs that are deferred for another reason or wait for a retry keep their
 * time. Repeated and concurrent calls are safe. One call promotes 1,000 jobs at most: {@link untilPromoted} repeats it.
 */
export async function promoteDeferred(
  access: QueueAccess,
  { tenantId, reasons }: DeferralFilter = {},
): Promise<Promotion> {
  const matching = (await readDeferred(access.redis, readForPromotion)).filter(
    ({ deferral }) =>
      (tenantId === undefined || deferral.tenantId === tenantId) &&
      (reasons === undefined || reasons.includes(deferral.reason)),
  );
  const chosen = matching.slice(0, promotedAtOnce);
  const promoted = await runNow(
    access,
    chosen.map(({ id }) => id),
  );
  return { promoted, more: promoted > 0 && matching.length > chosen.length };
}

/** Bound of the calls. Remaining jobs run when their delays, of some minutes at most, have ended. */
const promotionCalls = 20;

/**
 * Repeats a call of {@link promoteDeferred} while there may be more, within bounds.
 *
 * @param isWanted asked before each call
 * @returns how many jobs were promoted
 */
export async function untilPromoted(call: () => Promise<Promotion>, isWanted = (): boolean => true): Promise<number> {
  let all = 0;
  for (let calls = 0; calls < promotionCalls && isWanted(); calls++) {
    const { promoted, more } = await call();
    all += promoted;
    if (!more) break;
  }
  return all;
}

interface Found {
  readonly id: string;
  readonly deferral: Deferral;
}

/** The deferred jobs among the delayed jobs that are due next; the others wait for a retry. */
async function readDeferred(redis: RedisClient, most: number): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (let from = 0; from < most; from += pageSize) {
    const entries = await delayedJobs(redis, from, pageSize);
    for (const { id, dueAtMs: untilMs, progress } of entries) {
      const deferral = deferralIn(progress);
      if (deferral !== undefined) found.set(id, { id, deferral: { ...deferral, untilMs } });
    }
    if (entries.length < pageSize) break;
  }
  return [...found.values()];
}

function deferralIn(progress: unknown): Deferral | undefined {
  if (typeof progress !== 'string') return undefined;
  try {
    return readRun(JSON.parse(progress)).deferral;
  } catch {
    return undefined; // another tool wrote it
  }
}

function grouped(found: readonly Found[]): DeferredGroup[] {
  const groups = new Map<string, DeferredGroup>();
  for (const { deferral } of found) {
    const { tenantId, reason, sinceMs, untilMs: nextAtMs, message } = deferral;
    const key = `${tenantId} ${reason}`;
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? { tenantId, reason, jobs: 1, nextAtMs, sinceMs, message }
        : { ...group, jobs: group.jobs + 1, sinceMs: Math.min(group.sinceMs, sinceMs) },
    );
  }
  return [...groups.values()].sort((a, b) => b.jobs - a.jobs);
}
