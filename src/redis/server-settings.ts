import type { RedisClient } from './connection.js';
import { isForbidden } from './redis-errors.js';

/** The settings of a server that matter for jobs. Undefined: not readable, for example without the right to INFO. */
export interface ServerSettings {
  /** `7.2.4`; of a compatible server the version of Redis that it reports. */
  readonly version: string | undefined;
  readonly appendOnly: boolean | undefined;
  readonly maxmemoryPolicy: string | undefined;
  /** 0: no limit. */
  readonly maxmemoryBytes: number | undefined;
}

/** Time for which a user who may not use INFO does not ask again: Redis logs each refusal, and operators look at that log. Milliseconds. */
const forbiddenMs = 3_600_000;
const forbiddenUntilMs = new WeakMap<RedisClient, number>();

async function readInfo(redis: RedisClient): Promise<string> {
  if (performance.now() < (forbiddenUntilMs.get(redis) ?? 0)) return '';
  return redis.info().catch((error: unknown) => {
    if (isForbidden(error)) forbiddenUntilMs.set(redis, performance.now() + forbiddenMs);
    return '';
  });
}

/** Reads them from INFO. Never rejects: a setting that cannot be read is undefined. */
export async function readServerSettings(redis: RedisClient): Promise<ServerSettings> {
  const info = await readInfo(redis);
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const [appendOnly, maxmemory] = [field('aof_enabled'), field('maxmemory')];
  return {
    version: field('redis_version'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    maxmemoryPolicy: field('maxmemory_policy'),
    maxmemoryBytes: maxmemory === undefined ? undefined : Number(maxmemory),
  };
}

/** Reads `appendfsync`. Never rejects; undefined: without the right to CONFIG, or on a managed server. */
export async function readAppendFsync(redis: RedisClient): Promise<string | undefined> {
  const reply: unknown = await redis.call('CONFIG', 'GET', 'appendfsync').catch(() => undefined);
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The policy under which the server removes jobs when its memory is full; undefined: it removes none, or cannot be read. */
export function evictionPolicy({ maxmemoryPolicy, maxmemoryBytes }: ServerSettings): string | undefined {
  return maxmemoryPolicy === 'noeviction' || maxmemoryBytes === 0 ? undefined : maxmemoryPolicy;
}
