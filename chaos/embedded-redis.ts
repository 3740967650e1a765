import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../test/support/service.js';

/** The service's own Redis, seen from outside. */
export interface RedisView {
  /** Of redis-server. Waits until it answers. */
  pid(): Promise<number>;
  /** Of the process that starts it again when it dies. */
  keeperPid(): Promise<number>;
  config(name: string, value: string): Promise<void>;
  /** Jobs by where they are; `unfinished` has neither completed nor failed. */
  jobs(): Promise<{ readonly completed: number; readonly failed: number; readonly unfinished: number }>;
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
      const unfinished = (prioritized ?? 0) + (delayed ?? 0) + (waiting ?? 0) + (active ?? 0);
      return { completed: completed ?? 0, failed: failed ?? 0, unfinished };
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

export async function untilAllEnded(
  view: RedisView,
  deadlineMs: number,
  onProgress: (unfinished: number) => void = () => undefined,
): Promise<void> {
  let saidMs = performance.now();
  await until(
    'every job has ended',
    async () => {
      const { unfinished } = await view.jobs();
      if (performance.now() - saidMs > progressMs) {
        saidMs = performance.now();
        onProgress(unfinished);
      }
      return unfinished === 0;
    },
    deadlineMs,
  );
}
