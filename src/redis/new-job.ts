import { createRequire } from 'node:module';
import { z } from 'zod';
import { cachedScript } from './cached-script.js';
import type { RedisClient } from './connection.js';
import { jobKey, type QueueKey, queueName } from './keys.js';
import { limitKey, takeFromWindow, windowMs } from './limit-window.js';

/** BullMQ's priorities, our turns, end here. */
export const lastTurn = 2 ** 21 - 1;

/** The name under which a worker knows how long to wait for a retry: BullMQ's own growing delay has no end. */
export const retryBackoff = 'capped-exponential';

export interface NewJob {
  readonly id: string;
  readonly data: object;
  /** Jobs are taken in the order of their turns, 1 to {@link lastTurn}. */
  readonly turn: number;
  readonly attempts: number;
  /** Bounds of the jobs that are kept after they have completed. */
  readonly keepCompleted: { readonly seconds: number; readonly count: number };
}

/** The rate limit that a job counts against. */
export interface JobLimit {
  readonly tenantId: string;
  /** Requests per {@link windowMs}. */
  readonly requests: number;
}

export type AddedJob =
  | { readonly kind: 'added' }
  /** A job has this id already, in any state; nothing was changed. `data` is that job's. */
  | { readonly kind: 'present'; readonly data: unknown }
  /** Nothing was added. The window of the limit ends in so many milliseconds. */
  | { readonly kind: 'over_limit'; readonly endsInMs: number };

/** BullMQ's script, which its package does not export. */
const { addPrioritizedJob: bullMq } = z
  .object({ addPrioritizedJob: z.object({ content: z.string(), keys: z.literal(9) }) })
  .parse(createRequire(import.meta.url)('bullmq/dist/cjs/scripts/addPrioritizedJob-9.js'));

/** The queue's keys that this script takes, in its order. */
const scriptKeys = [
  'marker',
  'meta',
  'id',
  'prioritized',
  'delayed',
  'completed',
  'active',
  'events',
  'pc',
] as const satisfies readonly QueueKey[];

/** Name of all jobs of the queue. */
const jobName = 'enhance';

/**
 * Counts the job against its limit and adds it, in one command: each answer that is waited for costs a sync of Redis' disk, and
 * a job that is over the limit must not be added.
 *
 * KEYS the job, the limit's window; both in the slot of the queue. ARGV the limit or -1; then of the job: its id, when it is added,
 * its data, its turn, its attempts, how long and how many completed ones are kept, its trace or nothing. What follows from these
 * is made here, for the client spends more on each further argument than Redis: the names of the queue's other keys, as BullMQ's
 * own scripts do, and the arguments of its script.
 */
const addScript = cachedScript(`${takeFromWindow}
local limit, id, addedAt, data, turn, attempts, keptSeconds, keptCount, trace = unpack(ARGV)
if tonumber(limit) >= 0 then
  local granted, ends = takeFromWindow(KEYS[2], tonumber(limit), 1, ${windowMs})
  if granted == 0 then return { 'over_limit', ends } end
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'present', redis.call('HGET', KEYS[1], 'data') or 'null' }
end
local options = {
  jobId = id,
  priority = tonumber(turn),
  attempts = tonumber(attempts),
  backoff = { type = '${retryBackoff}' },
  removeOnComplete = { age = tonumber(keptSeconds), count = tonumber(keptCount) },
  removeOnFail = false
}
if trace ~= '' then options.tm = trace end
local prefix = string.sub(KEYS[1], 1, -1 - #id)
local KEYS = { ${scriptKeys.map((key) => `prefix .. '${key}'`).join(', ')} }
local ARGV = { cmsgpack.pack({ prefix, id, '${jobName}', tonumber(addedAt) }), data, cmsgpack.pack(options) }
local function addJob()
${bullMq.content}
end
addJob()
return { 'added' }
`);

/** Does the addition in a span, and gives it the trace that goes with the job. */
export type TraceAdd = <T>(
  job: { readonly queue: string; readonly name: string; readonly id: string },
  add: (trace: string | undefined) => Promise<T>,
) => Promise<T>;

export interface AddOptions {
  /** Default: no limit. */
  readonly limit?: JobLimit | undefined;
  /** Default: not traced. */
  readonly traced?: TraceAdd | undefined;
}

/**
 * Adds a job, unless one with its id exists or its limit is reached.
 *
 * @param redis best one without BullMQ's scripts: ioredis copies all that a connection has into each write of a turn
 * @returns when Redis has it on disk, as far as Redis is configured to
 */
export function addJob(redis: RedisClient, job: NewJob, { limit, traced }: AddOptions = {}): Promise<AddedJob> {
  const add = (trace: string | undefined) => send(redis, job, limit, trace);
  return traced === undefined ? add(undefined) : traced({ queue: queueName, name: jobName, id: job.id }, add);
}

async function send(
  redis: RedisClient,
  { id, data, turn, attempts, keepCompleted }: NewJob,
  limit: JobLimit | undefined,
  trace: string | undefined,
): Promise<AddedJob> {
  const { seconds, count } = keepCompleted;
  const keys = [jobKey(redis, id), limitKey(redis, limit?.tenantId ?? '')];
  const job = [id, Date.now(), JSON.stringify(data), turn, attempts, seconds, count, trace ?? ''];
  return toAddedJob(await addScript(redis, keys, [limit?.requests ?? -1, ...job]));
}

/** @throws TypeError for what the script never replies */
function toAddedJob(reply: unknown): AddedJob {
  const [kind, detail]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (kind === 'added') return { kind };
  if (kind === 'present' && typeof detail === 'string') return { kind, data: JSON.parse(detail) };
  if (kind === 'over_limit' && typeof detail === 'number') return { kind, endsInMs: detail };
  throw new TypeError(`the script that adds a job answered ${JSON.stringify(reply)}`);
}
