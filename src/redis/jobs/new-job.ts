import { createRequire } from 'node:module';
import { z } from 'zod';
import { cachedScript } from '../cached-script.js';
import type { RedisClient } from '../connection.js';
import { jobKey, queueKey, queueName } from '../keys.js';
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

/** The keys of that script, in its order. */
const scriptKeys = ['marker', 'meta', 'id', 'prioritized', 'delayed', 'completed', 'active', 'events', 'pc'] as const;

const keysByConnection = new WeakMap<RedisClient, readonly string[]>();

function scriptKeysOf(redis: RedisClient): readonly string[] {
  const known = keysByConnection.get(redis) ?? scriptKeys.map((key) => queueKey(redis, key));
  keysByConnection.set(redis, known);
  return known;
}

/** Name of all jobs of the queue. */
const jobName = 'enhance';

/**
 * Counts the job against its limit and adds it, in one command: each reply that is awaited costs a sync of Redis' disk, and a
 * job that is over the limit must not be added.
 *
 * KEYS those of BullMQ's script, the limit's window, the job. ARGV the limit or -1, the window's length; then of the job: the
 * prefix of its key, its id, the time of its addition, its data, its options. The arguments of BullMQ's script are packed
 * inside this one, because ioredis writes a command of strings faster than one with a buffer.
 */
const addScript = cachedScript(`${takeFromWindow}
local limit, window, prefix, id, addedAt, data, options = unpack(ARGV)
if tonumber(limit) >= 0 then
  local granted, ends = takeFromWindow(KEYS[10], tonumber(limit), 1, tonumber(window))
  if granted == 0 then return { 'over_limit', ends } end
end
if redis.call('EXISTS', KEYS[11]) == 1 then
  return { 'present', redis.call('HGET', KEYS[11], 'data') or 'null' }
end
local ARGV = {
  cmsgpack.pack({ prefix, id, '${jobName}', tonumber(addedAt) }),
  data,
  cmsgpack.pack(cjson.decode(options))
}
local function addJob()
${bullMq.content}
end
addJob()
return { 'added' }
`);

const replySchema = z.union([
  z.tuple([z.literal('added')]),
  z.tuple([z.literal('present'), z.string()]),
  z.tuple([z.literal('over_limit'), z.number()]),
]);

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
}

/**
 * Adds a job, unless one with its id exists or its limit is reached.
 *
 * Resolves when Redis has acknowledged it: with `appendfsync always` the job is on disk.
 *
 * @param redis preferably a connection without BullMQ's scripts: ioredis copies all scripts of a connection into each pipeline
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
  const options = {
    jobId: id,
    priority: turn,
    attempts,
    backoff: { type: retryBackoff },
    removeOnComplete: { age: keepCompleted.seconds, count: keepCompleted.count },
    removeOnFail: false,
    tm: trace,
  };
  const keys = [...scriptKeysOf(redis), limitKey(redis, limit?.tenantId ?? ''), jobKey(redis, id)];
  const job = [jobKey(redis, ''), id, Date.now(), JSON.stringify(data), JSON.stringify(options)];
  return toAddedJob(replySchema.parse(await addScript(redis, keys, [limit?.requests ?? -1, windowMs, ...job])));
}

function toAddedJob(reply: z.infer<typeof replySchema>): AddedJob {
  switch (reply[0]) {
    case 'added':
      return { kind: 'added' };
    case 'present':
      return { kind: 'present', data: JSON.parse(reply[1]) };
    case 'over_limit':
      return { kind: 'over_limit', endsInMs: reply[1] };
  }
}
