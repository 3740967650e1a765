import type { RedisClient } from './connection.js';

/** How a server is configured to keep jobs. Undefined: not shown, as to a user without the right to INFO. */
export interface ServerSettings {
  /** Of Redis, as a compatible server states it: `7.2.4`. */
  readonly version: string | undefined;
  readonly appendOnly: boolean | undefined;
  readonly maxmemoryPolicy: string | undefined;
  /** 0: no limit. */
  readonly maxmemoryBytes: number | undefined;
}

/** Never rejects: what cannot be read is undefined. */
export async function readServerSettings(redis: RedisClient): Promise<ServerSettings> {
  const info = await redis.info().catch(() => '');
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const [appendOnly, maxmemory] = [field('aof_enabled'), field('maxmemory')];
  return {
    version: field('redis_version'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    maxmemoryPolicy: field('maxmemory_policy'),
    maxmemoryBytes: maxmemory === undefined ? undefined : Number(maxmemory),
  };
}

/** The same, without the right to CONFIG or on a managed server. */
export async function readAppendFsync(redis: RedisClient): Promise<string | undefined> {
  const reply: unknown = await redis.call('CONFIG', 'GET', 'appendfsync').catch(() => undefined);
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The policy under which the server would remove jobs; undefined: it has none, has no limit, or does not show it. */
export function evictionPolicy({ maxmemoryPolicy, maxmemoryBytes }: ServerSettings): string | undefined {
  return maxmemoryPolicy === 'noeviction' || maxmemoryBytes === 0 ? undefined : maxmemoryPolicy;
}
