import type { Redis } from 'ioredis';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTicketHistory } from '../src/connectors/index.js';
import type { ResolvedTicket } from '../src/enhancement/index.js';
import { dueAtMs } from '../src/redis/jobs/scores.js';
import { until } from '../test/support/service.js';

export interface JobCounts {
  readonly completed: number;
  readonly failed: number;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Of the next delayed one, epoch milliseconds; Infinity without any. */
  readonly nextDueMs: number;
}

export type JobEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unended' }
  /** Redis does not know the job. */
  | { readonly kind: 'missing' };

/** The Redis of the service, seen from outside. */
export interface RedisView {
  /** Of redis-server. Waits until it answers. */
  pid(): Promise<number>;
  /** Of the process that starts it again when it dies. */
  keeperPid(): Promise<number>;
  config(name: string, value: string): Promise<void>;
  /** Bytes, as `maxmemory` counts them. */
  usedMemory(): Promise<string>;
  /** Jobs by where they are. */
  jobs(): Promise<JobCounts>;
  endOf(jobId: string): Promise<JobEnd>;
  /** When the job ended, epoch milliseconds; undefined: it has not. */
  endedAtMs(jobId: string): Promise<number | undefined>;
  /** Adds tickets to a tenant's history, as the API does. */
  addHistory(tenantId: string, tickets: readonly ResolvedTicket[]): Promise<void>;
  /** Why the job failed for good; undefined: it did not. */
  failedReason(jobId: string): Promise<string | undefined>;
  /** All that Redis has about a job and its note, for a person. */
  recordsOf(jobId: string): Promise<readonly string[]>;
  /** The workers that hold one of these jobs just now, by the names that their locks have. */
  holders(ofJob: (jobId: string) => boolean): Promise<readonly string[]>;
  /** Resolves as a worker claims a note for itself: true; false when none did within the time, milliseconds. */
  nextClaim(withinMs: number): Promise<boolean>;
  /**
   * As if its clock had jumped: Redis uses it for the expiry of keys and in the note ledger's scripts, and only ever by
   * what lies between two moments. So everything it wrote down is moved the other way.
   */
  jump(aheadMs: number): Promise<void>;
  close(): void;
}

/** ARGV milliseconds. */
const jumpScript = `
for _, key in ipairs(redis.call('KEYS', 'enhancement:*')) do
  if string.sub(key, 1, 17) == 'enhancement:note:' then
    local at = redis.call('HGET', key, 'settles_at')
    if at then redis.call('HSET', key, 'settles_at', string.format('%.0f', at - ARGV[1])) end
  end
  local left = redis.call('PTTL', key)
  if left > 0 then
    if left > tonumber(ARGV[1]) then redis.call('PEXPIRE', key, string.format('%.0f', left - ARGV[1]))
    else redis.call('DEL', key) end
  end
end`;

const queue = 'enhancement:queue';
const noteKey = (jobId: string): string => `enhancement:note:${jobId}`;
/** What MONITOR prints of the write of a claim. */
const claimLine = /"(?:hset|hmset)" "enhancement:note:[^"]+" .*"intent"/i;
const progressMs = 10_000;

export function lookThrough(redis: Redis, keeperPid: RedisView['keeperPid']): RedisView {
  redis.on('error', () => undefined); // it is being killed and frozen all the time
  const view: RedisView = {
    pid: async () => Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]),
    keeperPid,
    async config(name, value) {
      await redis.config('SET', name, value);
    },
    usedMemory: async () => /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? '1',
    async jobs() {
      const [completed, failed, prioritized, delayed, waiting, active] = await Promise.all([
        ...['completed', 'failed', 'prioritized', 'delayed'].map((state) => redis.zcard(`${queue}:${state}`)),
        ...['wait', 'active'].map((state) => redis.llen(`${queue}:${state}`)),
      ]);
      const [, score] = await redis.zrange(`${queue}:delayed`, '0', '0', 'WITHSCORES');
      return {
        completed: completed ?? 0,
        failed: failed ?? 0,
        waiting: (prioritized ?? 0) + (waiting ?? 0),
        active: active ?? 0,
        delayed: delayed ?? 0,
        nextDueMs: score === undefined ? Number.POSITIVE_INFINITY : dueAtMs(Number(score)),
      };
    },
    async endOf(jobId) {
      const reason = await view.failedReason(jobId);
      if (reason !== undefined) return { kind: 'failed', reason };
      if ((await redis.zscore(`${queue}:completed`, jobId)) !== null) return { kind: 'completed' };
      return { kind: (await redis.exists(`${queue}:${jobId}`)) === 1 ? 'unended' : 'missing' };
    },
    async endedAtMs(jobId) {
      const finishedOn = await redis.hget(`${queue}:${jobId}`, 'finishedOn');
      return finishedOn === null ? undefined : Number(finishedOn);
    },
    async addHistory(tenantId, tickets) {
      const history = createTicketHistory(redis);
      await Promise.all(tickets.map((ticket) => history.upsert(tenantId, ticket)));
    },
    async failedReason(jobId) {
      if ((await redis.zscore(`${queue}:failed`, jobId)) === null) return undefined;
      return (await redis.hget(`${queue}:${jobId}`, 'failedReason')) ?? '';
    },
    async recordsOf(jobId) {
      const [job, note] = [await redis.hgetall(`${queue}:${jobId}`), await redis.hgetall(noteKey(jobId))];
      // Its data is text of the ticket, and long.
      const fields = Object.entries(job).filter(([name]) => name !== 'data' && name !== 'opts');
      return [
        ...fields.map(([name, value]) => `job ${name}: ${value}`),
        ...Object.entries(note).map(([name, value]) => `note ${name}: ${value}`),
      ];
    },
    async holders(ofJob) {
      const active = (await redis.lrange(`${queue}:active`, 0, -1)).filter(ofJob);
      const tokens = await Promise.all(active.map((jobId) => redis.get(`${queue}:${jobId}:lock`)));
      // BullMQ's token: the worker's own id, and a number for each job that it takes.
      return [...new Set(tokens.flatMap((token) => token?.split(':', 1)[0] ?? []))];
    },
    async nextClaim(withinMs) {
      const { path, host = '127.0.0.1', port = 0 } = redis.options;
      // Not ioredis' own: its monitor ends the process where a fault cuts its connection.
      const monitor = path === undefined ? connect(port, host) : connect(path);
      const lines = createInterface({ input: monitor });
      // Redis is away: there is no claim either. The interface passes the errors of its input on.
      for (const source of [monitor, lines]) source.on('error', () => undefined);
      const claimed = new Promise<boolean>((resolve) => {
        lines.on('line', (line) => {
          if (claimLine.test(line)) resolve(true);
        });
      });
      monitor.write('MONITOR\r\n');
      const found = await Promise.race([claimed, sleep(withinMs).then(() => false)]);
      monitor.destroy();
      return found;
    },
    async jump(aheadMs) {
      await redis.eval(jumpScript, 0, aheadMs);
    },
    close: () => redis.disconnect(),
  };
  return view;
}

/**
 * @param onProgress told where the jobs are that have not ended, now and then
 * @returns false: not all had ended by the deadline
 */
export async function untilAllEnded(
  view: RedisView,
  deadlineMs: number,
  onProgress: (where: string) => void = () => undefined,
): Promise<boolean> {
  let saidMs = performance.now();
  const ended = until(
    'every job has ended',
    async () => {
      const { waiting, active, delayed, nextDueMs } = await view.jobs();
      const due = delayed === 0 ? '' : `, the next in ${((nextDueMs - Date.now()) / 1000).toFixed(0)} s`;
      if (performance.now() - saidMs > progressMs) {
        saidMs = performance.now();
        onProgress(`${waiting} jobs wait, ${active} are being worked on, ${delayed} are delayed${due}`);
      }
      return waiting + active + delayed === 0;
    },
    deadlineMs,
  );
  return ended.then(
    () => true,
    () => false,
  );
}
