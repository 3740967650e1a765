import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.js';
import { messageOf } from '../../logging/describe-error.js';
import { parseRedisUrl } from '../../config/redis-url.js';
import { embeddedSocketPath } from '../../redis/embedded/data-dir.js';
import { EmbeddedRedisError } from '../../redis/embedded/embedded-redis-error.js';
import { findRedisServer } from '../../redis/embedded/redis-server.js';
import { QueueUnavailableError } from '../../redis/queue-unavailable.js';
import type { FailFastQueue } from '../../redis/fail-fast-queue.js';
import { readAppendFsync, readServerSettings, type ServerSettings } from '../../redis/server-settings.js';
import { isTooOld, oldestRedis } from '../../redis/oldest-redis.js';
import { createQueueReader } from '../../queue/queue-reader.js';
import { formatDuration } from '../quantities.js';
import { shownAddress, withQueue } from '../redis-access.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

const subject = 'redis';

/** Redis: reachable, accepts a job, and is configured so that accepted jobs are kept. */
export function redisCheck(config: Config): Check {
  return {
    title: subject,
    async run() {
      const embedded = config.redisUrl === undefined;
      const findings = embedded ? [installed(), ...writable(config.dataDir)] : [];
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
  const settings = await queue.use(async ({ redis }) => [
    ...judge(await readServerSettings(redis), await readAppendFsync(redis)),
    // Without the right to TIME the clocks are not compared.
    ...(await redis.time().then(
      ([seconds]) => judgeClock(Number(seconds), Date.now() / 1000),
      () => [],
    )),
  ]);
  try {
    await createQueueReader(queue).probeWrite();
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    return [failed(subject, `${where} answers, but accepts no job: ${error.reason}.`), ...settings];
  }
  return [ok(subject, `${where} answers and accepts a job`), ...settings];
}

function installed(): Finding {
  try {
    return ok(subject, `${findRedisServer()} is run by the service itself (REDIS_URL is not set)`);
  } catch (error) {
    if (error instanceof EmbeddedRedisError) return failed(subject, error.message);
    throw error;
  }
}

function writable(dataDir: string): Finding[] {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    const text = `DATA_DIR ${dataDir} cannot be written. Give this user the right to, or set another folder.`;
    return [failed(subject, text)];
  }
  return [ok(subject, `DATA_DIR ${dataDir} can be written`), ...judgeSpace(dataDir, freeBytesOf(folder))];
}

function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY; // the file system does not tell
  }
}

/** With less, the embedded Redis may stop at any moment: it rewrites its log beside the old one. Bytes. */
const leastSpace = 512 * 2 ** 20;

export function judgeSpace(dataDir: string, freeBytes: number): Finding[] {
  if (freeBytes >= leastSpace) return [];
  const left = `has ${Math.floor(freeBytes / 2 ** 20)} MiB left`;
  const text = `the disk of DATA_DIR ${dataDir} ${left}. Free some: when it is full, webhooks get 503.`;
  return [warning(subject, text)];
}

function judge({ version, appendOnly, maxmemoryPolicy }: ServerSettings, appendFsync: string | undefined): Finding[] {
  const findings: Finding[] = [];
  if (version !== undefined && isTooOld(version)) {
    findings.push(failed(subject, `it is version ${version}, and the service needs ${oldestRedis} or newer.`));
  }
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

/** A smaller difference is not told. Seconds. */
const toldFromSeconds = 30;

/** @returns a warning if the clock of this machine is not that of Redis' machine */
export function judgeClock(redisSeconds: number, hereSeconds: number): Finding[] {
  const ahead = Math.round(hereSeconds - redisSeconds);
  if (Math.abs(ahead) < toldFromSeconds) return [];
  const differs = `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'}`;
  const text = `the clock of this machine is ${differs} that of Redis. Correct the wrong one (NTP): jobs wait by these clocks, and from 5 minutes on webhooks with a timestamp are refused (401).`;
  return [warning(subject, text)];
}
