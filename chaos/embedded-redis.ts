import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { dueAtMs } from '../src/queue/delay.js';
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

/** The service's own Redis, seen from outside. */
export interface RedisView {
  /** Of redis-server. Waits until it answers. */
  pid(): Promise<number>;
  /** Of the process that starts it again when it dies. */
  keeperPid(): Promise<number>;
  config(name: string, value: string): Promise<void>;
  /** Jobs by where they are. */
  jobs(): Promise<JobCounts>;
  /** Why the job failed for good; undefined: it did not. */
  failedReason(jobId: string): Promise<string | undefined>;
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
    local at = redis.call('HGET', key, 'at')
    if at then redis.call('HSET', key, 'at', string.format('%.0f', at - ARGV[1])) end
  end
  local left = redis.call('PTTL', key)
  if left > 0 then
    if left > tonumber(ARGV[1]) then redis.call('PEXPIRE', key, string.format('%.0f', left - ARGV[1]))
    else redis.call('DEL', key) end
  end
end`;

const queue = 'enhancement:queue';
const progressMs = 10_000;

export function lookInto(dataDir: string): RedisView {
  const redis = new Redis({
    path: join(dataDir, 'redis.sock'),
    disconnectTimeout: 50,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  redis.on('error', () => undefined); // it is being killed and frozen all the time
  const pid = async (): Promise<number> => Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  return {
    pid,
    async keeperPid() {
      return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(await pid())], { encoding: 'utf8' }));
    },
    async config(name, value) {
      await redis.config('SET', name, value);
    },
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
    async failedReason(jobId) {
      if ((await redis.zscore(`${queue}:failed`, jobId)) === null) return undefined;
      return (await redis.hget(`${queue}:${jobId}`, 'failedReason')) ?? '';
    },
    async jump(aheadMs) {
      await redis.eval(jumpScript, 0, aheadMs);
    },
    close: () => redis.disconnect(),
  };
}

/** @param onProgress told where the jobs are that have not ended, now and then */
export async function untilAllEnded(
  view: RedisView,
  deadlineMs: number,
  onProgress: (where: string) => void = () => undefined,
): Promise<void> {
  let saidMs = performance.now();
  let where = '';
  try {
    await until(
      'every job has ended',
      async () => {
        const { waiting, active, delayed, nextDueMs } = await view.jobs();
        const due = delayed === 0 ? '' : `, the next in ${((nextDueMs - Date.now()) / 1000).toFixed(0)} s`;
        where = `${waiting} jobs wait, ${active} are being worked on, ${delayed} are delayed${due}`;
        if (performance.now() - saidMs > progressMs) {
          saidMs = performance.now();
          onProgress(where);
        }
        return waiting + active + delayed === 0;
      },
      deadlineMs,
    );
  } catch (error) {
    throw new Error(`not every job came to its end: ${where}`, { cause: error });
  }
}
