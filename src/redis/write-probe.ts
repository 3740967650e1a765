import { randomUUID } from 'node:crypto';
import type { RedisClient } from './connection.js';
import { queueKey } from './keys.js';

/**
 * KEYS hash, sorted set, stream; ARGV a value of this probe. In a script, as BullMQ adds its jobs, with a key that is made in it, as
 * those of its jobs are: some servers take none that is not among KEYS. The first write takes memory, or a full Redis would take
 * the whole script. The expiry is for a server that ends in the middle.
 */
const probeScript = `
redis.call('HSET', KEYS[1], 'at', ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 1000)
redis.call('PEXPIRE', KEYS[2], 1000)
redis.call('XADD', KEYS[3], '*', 'at', ARGV[1])
redis.call('PEXPIRE', KEYS[3], 1000)
redis.call('DEL', KEYS[1] .. '-job')
return redis.call('DEL', unpack(KEYS))`;

/** Writes what a job would need, a hash, a sorted set and a stream under the queue's prefix, and removes it in the same step. */
export async function probeWrite(redis: RedisClient): Promise<void> {
  const names = ['write-probe', 'write-probe-order', 'write-probe-events'] as const;
  const keys = names.map((name) => queueKey(redis, name));
  await redis.eval(probeScript, keys.length, ...keys, randomUUID());
}
