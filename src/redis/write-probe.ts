import { randomUUID } from 'node:crypto';
import type { RedisClient } from './connection.js';
import { queueKey } from './keys.js';

/**
 * KEYS hash, sorted set, stream; ARGV a value of this probe. A script with a key that is composed inside it, as in BullMQ's scripts:
 * some servers refuse keys that are not among KEYS. The first write takes memory, because a full Redis accepts a script whose
 * first write takes none. The keys expire in case the server ends in the middle.
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

/**
 * Tests whether Redis accepts a job: writes a hash, a sorted set and a stream under the queue's prefix, and removes them in the same
 * script. Rejects with the error of Redis.
 */
export async function probeWrite(redis: RedisClient): Promise<void> {
  const names = ['write-probe', 'write-probe-order', 'write-probe-events'] as const;
  const keys = names.map((name) => queueKey(redis, name));
  await redis.eval(probeScript, keys.length, ...keys, randomUUID());
}
