import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Config } from '../../config/config.js';
import { messageOf } from '../../logging/describe-error.js';
import { parseRedisUrl } from '../../config/redis-url.js';
import type { RedisClient } from '../../redis/connection.js';
import { EmbeddedRedisError, embeddedSocketPath, findRedisServer } from '../../redis/embedded/embedded-redis.js';
import { QueueUnavailableError } from '../../redis/queue-unavailable.js';
import type { FailFastQueue } from '../../redis/fail-fast-queue.js';
import { createQueueReader } from '../../queue/queue-reader.js';
import { shownAddress, withQueue } from '../redis-access.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

const subject = 'redis';

/** Redis: reachable, accepts a job, and is configured so that accepted jobs are kept. */
export function redisCheck(config: Config): Check {
  return {
    title: subject,
    async run() {
      const embedded = config.redisUrl === undefined;
      const findings = embedded ? [installed(), writable(config.dataDir)] : [];
      if (embedded && !existsSync(embeddedSocketPath(config.dataDir))) return findings;
      const where = config.redisUrl === undefined ? 'the running service’s own' : whereOf(config.redisUrl);
      try {
        return [...findings, ...(await withQueue(config, (queue) => look(queue, where)))];
      } catch (error) {
        return [...findings, failed(subject, messageOf(error))];
      }
    },
  };
}

function whereOf(redisUrl: string): string {
  const shown = shownAddress(redisUrl);
  const address = parseRedisUrl(redisUrl);
  return address.kind === 'sentinel' ? `the primary ${address.name} that the sentinels name (${shown})` : shown;
}

async function look(queue: FailFastQueue, where: string): Promise<Finding[]> {
  const durability = judge(await queue.use(({ redis }) => readDurability(redis)));
  try {
    await createQueueReader(queue).probeWrite();
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    return [failed(subject, `${where} answers, but accepts no job. ${error.message}`), ...durability];
  }
  return [ok(subject, `${where} answers and accepts a job`), ...durability];
}

function installed(): Finding {
  try {
    return ok(subject, `${findRedisServer()} is run by the service itself (REDIS_URL is not set)`);
  } catch (error) {
    if (error instanceof EmbeddedRedisError) return failed(subject, error.message);
    throw error;
  }
}

function writable(dataDir: string): Finding {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return ok(subject, `DATA_DIR ${dataDir} can be written`);
  } catch {
    return failed(
      subject,
      `DATA_DIR ${dataDir} cannot be written. Give this user the right to, or set another folder.`,
    );
  }
}

/** Undefined: not available, as with managed servers and for users without the right to INFO or CONFIG. */
interface Durability {
  readonly appendOnly: boolean | undefined;
  readonly appendFsync: string | undefined;
  readonly maxmemoryPolicy: string | undefined;
}

async function readDurability(redis: RedisClient): Promise<Durability> {
  const [info, fsync] = await Promise.all([
    redis.info().catch(() => ''),
    redis.call('CONFIG', 'GET', 'appendfsync').catch(() => undefined),
  ]);
  const pair: unknown[] = Array.isArray(fsync) ? fsync : [];
  const value = pair[1];
  return {
    appendOnly: flag(/^aof_enabled:([01])\r?$/m.exec(info)?.[1]),
    appendFsync: typeof value === 'string' ? value : undefined,
    maxmemoryPolicy: /^maxmemory_policy:(\S+)\r?$/m.exec(info)?.[1],
  };
}

function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === '1';
}

function judge({ appendOnly, appendFsync, maxmemoryPolicy }: Durability): Finding[] {
  const findings: Finding[] = [];
  if (appendOnly === undefined) {
    findings.push(ok(subject, 'appendonly is not shown here; without it jobs are lost when Redis ends'));
  } else if (!appendOnly) {
    const text = 'appendonly is no: jobs that were accepted are lost when Redis ends. Set appendonly yes.';
    findings.push(warning(subject, text));
  } else if (appendFsync === undefined) {
    findings.push(ok(subject, 'appendonly is yes; appendfsync is not shown here'));
  } else if (appendFsync === 'always') {
    findings.push(ok(subject, 'appendonly yes, appendfsync always: a 202 means that the job is on the disk'));
  } else {
    const text = `appendfsync is ${appendFsync}: a crash of its machine can lose the last jobs. Set always to keep each.`;
    findings.push(warning(subject, text));
  }
  if (maxmemoryPolicy === undefined || maxmemoryPolicy === 'noeviction') {
    findings.push(ok(subject, `maxmemory-policy is ${maxmemoryPolicy ?? 'not shown here; it must be noeviction'}`));
  } else {
    const text = `maxmemory-policy is ${maxmemoryPolicy}: jobs can be evicted unseen. Set noeviction.`;
    findings.push(failed(subject, text));
  }
  return findings;
}
