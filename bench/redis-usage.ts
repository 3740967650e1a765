import type { Redis } from 'ioredis';

/** What Redis has done and holds, from its own counters. */
export interface RedisUsage {
  /** Those inside of scripts included. */
  readonly commands: number;
  readonly cpuSeconds: number;
  readonly networkBytes: number;
  /** Of the append-only file. */
  readonly writtenBytes: number;
  readonly memoryBytes: number;
}

function field(info: string, name: string): number {
  const value = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1];
  if (value === undefined) throw new Error(`Redis' INFO has no ${name}`);
  return Number(value);
}

export async function redisUsage(redis: Redis): Promise<RedisUsage> {
  const info = await redis.info();
  return {
    commands: field(info, 'total_commands_processed'),
    cpuSeconds: field(info, 'used_cpu_sys') + field(info, 'used_cpu_user'),
    networkBytes: field(info, 'total_net_input_bytes') + field(info, 'total_net_output_bytes'),
    writtenBytes: field(info, 'aof_current_size'),
    memoryBytes: field(info, 'used_memory'),
  };
}

/** For one of `count` events between two looks. */
export function usageEach(before: RedisUsage, after: RedisUsage, count: number): RedisUsage {
  const each = (name: keyof RedisUsage): number => (after[name] - before[name]) / count;
  return {
    commands: each('commands'),
    cpuSeconds: each('cpuSeconds'),
    networkBytes: each('networkBytes'),
    writtenBytes: each('writtenBytes'),
    memoryBytes: each('memoryBytes'),
  };
}
