import { createRequire } from 'node:module';
import { z } from 'zod';
import { cachedScript } from '../cached-script.js';
import type { RedisClient } from '../connection.js';
import { jobKey, type QueueKey, queueName } from '../keys.js';
import { limitKey, takeFromWindow, windowMs } from '../limit-window.js';

/** The highest turn: BullMQ's highest priority. */
export const lastTurn = 2 ** 21 - 1;

/** Name of the workers' backoff strategy: BullMQ's own exponential backoff has no upper bound. */
export const retryBackoff = 'capped-exponential';

export interface NewJob {
  readonly id: string;
  readonly data: object;
  /** Workers take jobs in the order of their turns, 1 to {@link lastTurn}. */
  readonly turn: number;
  readonly attempts: number;
  /** How long a completed job is kept, and how many completed jobs of the queue are. */
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
  /** A job with this id exists, in any state; nothing was changed. `data` is that job's. */
  | { readonly kind: 'present'; readonly data: unknown }
  /** Nothing was added. `endsInMs`: milliseconds until the window of the limit ends. */
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
 * Counts the job against its limit and adds it, in one command: each reply that is awaited costs a sync of Redis' disk, and a
 * job that is over the limit must not be added.
 *
 * KEYS the job, the limit's window; both in the slot of the queue. ARGV the limit or -1; then of the job: its id, the time of its
 * addition, its data, its turn, its attempts, how many seconds and how many of the completed ones are kept, its trace context or
 * nothing; and 1 if the command is repeated because its reply was lost, since a job that exists then has been counted. What follows
 * from these is made here, because the client spends more on each further argument than Redis: the names of the queue's other keys,
 * as BullMQ's own scripts do, and the arguments of its script, which shadow the KEYS and ARGV of this one.
 */
const addScript = cachedScript(`${takeFromWindow}
local limit, id, addedAt, data, turn, attempts, keptSeconds, keptCount, trace, isRepeat = unpack(ARGV)
if isRepeat and redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'present', redis.call('HGET', KEYS[1], 'data') or 'null' }
end
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

/** Runs the addition in a span, and passes it the trace context to store in the job. */
export type TraceAdd = <T>(
  job: { readonly queue: string; readonly name: string; readonly id: string },
  add: (trace: string | undefined) => Promise<T>,
) => Promise<T>;

export interface AddOptions {
  /** Default: no limit. */
  readonly limit?: JobLimit | undefined;
  /** Default: not traced. */
  readonly traced?: TraceAdd | undefined;
  /** It was perhaps added before, without a reply: a job that exists is not counted against the limit again. Default: false. */
  readonly isRepeat?: boolean;
}

/**
 * Adds a job, unless one with its id exists or its limit is reached.
 *
 * Resolves when Redis has acknowledged it: with `appendfsync always` the job is on disk.
 *
 * @param redis preferably a connection without BullMQ's scripts: ioredis copies all scripts of a connection into each pipeline
 */
export function addJob(
  redis: RedisClient,
  job: NewJob,
  { limit, traced, isRepeat = false }: AddOptions = {},
): Promise<AddedJob> {
  const add = (trace: string | undefined) => send(redis, job, { limit, trace, isRepeat });
  return traced === undefined ? add(undefined) : traced({ queue: queueName, name: jobName, id: job.id }, add);
}

async function send(
  redis: RedisClient,
  { id, data, turn, attempts, keepCompleted }: NewJob,
  { limit, trace, isRepeat }: Pick<AddOptions, 'limit' | 'isRepeat'> & { readonly trace: string | undefined },
): Promise<AddedJob> {
  const { seconds, count } = keepCompleted;
  const keys = [jobKey(redis, id), limitKey(redis, limit?.tenantId ?? '')];
  const job = [
    id,
    Date.now(),
    JSON.stringify(data),
    turn,
    attempts,
    seconds,
    count,
    trace ?? '',
    ...(isRepeat ? [1] : []),
  ];
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
