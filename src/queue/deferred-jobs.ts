import { type Queue, Job } from 'bullmq';
import { z } from 'zod';
import { jobKey, keyPrefix, type RedisClient } from './connection.js';
import { dueAtMs } from './delay.js';
import { queueName } from './job.js';
import { type Deferral, readRun } from './job-run.js';
import type { PromptQueue } from './prompt-queue.js';

/** The deferred jobs of one tenant and reason. */
export interface DeferredGroup {
  readonly tenantId: string;
  /** A word of `deferralReasons`, or of another release's. */
  readonly reason: string;
  readonly jobs: number;
  /** When the next of them is tried again, epoch milliseconds. */
  readonly nextAtMs: number;
  /** Since when the first of them is deferred, epoch milliseconds. */
  readonly sinceMs: number;
  /** Of the one that is tried next: what went wrong, and what to do. */
  readonly message: string;
}

export interface DeferredSummary {
  /** Most jobs first. */
  readonly groups: readonly DeferredGroup[];
  /** More jobs are delayed than were looked at: there may be more in each group, and more groups. */
  readonly isLowerBound: boolean;
}

export interface DeferredJob extends Deferral {
  readonly id: string;
  readonly ticketId: string;
}

/** All of it fails with QueueUnavailableError within about a second. */
export interface DeferredJobs {
  /** Looks at {@link mostLookedAt} delayed jobs at most, those that are due next. */
  summary(): Promise<DeferredSummary>;
  /** In the order in which they are tried again; of the jobs that {@link DeferredJobs.summary} looks at. */
  list(options: { readonly limit: number; readonly tenantId?: string | undefined }): Promise<readonly DeferredJob[]>;
}

/** Delayed jobs that are looked at for a summary: some milliseconds of work for Redis and for us. */
export const mostLookedAt = 2000;
const pageSize = 500;

export function createDeferredJobs(promptQueue: Pick<PromptQueue, 'use'>): DeferredJobs {
  return {
    summary: () =>
      promptQueue.use(async (_queue, redis) => {
        const [found, delayed] = await Promise.all([readDeferred(redis, mostLookedAt), redis.zcard(delayedKey(redis))]);
        return { groups: grouped(found), isLowerBound: delayed > mostLookedAt };
      }),
    list: ({ limit, tenantId }) =>
      promptQueue.use(async (queue, redis) => {
        const found = await readDeferred(redis, mostLookedAt);
        const chosen = found.filter(({ deferral }) => tenantId === undefined || deferral.tenantId === tenantId);
        return Promise.all(
          chosen.slice(0, limit).map(async ({ id, deferral }) => {
            const { ticketId } = ticketSchema.parse((await queue.getJob(id))?.data);
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

/** Jobs that one call makes ready to run, at most. */
const promotedAtOnce = 1000;
/** Delayed jobs that one call looks at, at most; those beyond it come up by themselves within minutes. */
const lookedAtForPromotion = 20_000;

/**
 * Makes deferred jobs run now: what they wait for may be there again. One that is deferred for another reason, or waits
 * for a retry, keeps its time. Calling it twice, or from several processes at once, does no harm.
 *
 * @returns what this call did: {@link untilPromoted} repeats it
 */
export async function promoteDeferred(
  queue: Queue,
  redis: RedisClient,
  { tenantId, reasons }: DeferralFilter = {},
): Promise<Promotion> {
  const matching = (await readDeferred(redis, lookedAtForPromotion)).filter(
    ({ deferral }) =>
      (tenantId === undefined || deferral.tenantId === tenantId) &&
      (reasons === undefined || reasons.includes(deferral.reason)),
  );
  const chosen = matching.slice(0, promotedAtOnce);
  const promoted = await promoteDelayed(
    queue,
    chosen.map(({ id }) => id),
  );
  return { promoted, more: promoted > 0 && matching.length > chosen.length };
}

/** What is left after so many calls comes up by itself within minutes. */
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

/**
 * Makes delayed jobs run now, without reading their data, which may be a megabyte each.
 *
 * @returns how many; one may just have come up by itself, or be gone
 */
export async function promoteDelayed(queue: Queue, jobIds: readonly string[]): Promise<number> {
  const done = await Promise.allSettled(jobIds.map((id) => new Job(queue, '', {}, {}, id).promote()));
  return done.filter(({ status }) => status === 'fulfilled').length;
}

const delayedKey = (redis: RedisClient): string => `${keyPrefix(redis)}:${queueName}:delayed`;

const ticketSchema = z.object({ ticketId: z.string().catch('') }).catch({ ticketId: '' });

interface Found {
  readonly id: string;
  readonly deferral: Deferral;
}

/** Of the delayed jobs that are due next, those that are deferred; the others wait for a retry. */
async function readDeferred(redis: RedisClient, most: number): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (let from = 0; from < most; from += pageSize) {
    const page = await redis.zrange(delayedKey(redis), from, String(from + pageSize - 1), 'WITHSCORES');
    const entries = page.flatMap((id, i) => (i % 2 === 0 ? [{ id, untilMs: dueAtMs(Number(page[i + 1])) }] : []));
    const pipeline = redis.pipeline();
    for (const { id } of entries) pipeline.hget(jobKey(redis, id), 'progress');
    const replies = (await pipeline.exec()) ?? [];
    for (const [i, { id, untilMs }] of entries.entries()) {
      const deferral = deferralIn(replies[i]?.[1]);
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
    return undefined; // another tool's
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
