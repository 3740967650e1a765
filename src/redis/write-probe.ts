import { randomUUID } from 'node:crypto';
import type { RedisClient } from './connection.js';
import { queueKey } from './keys.js';

/**
 * KEYS hash, sorted set; ARGV a value of this probe. A script with a key that is composed inside it, as in BullMQ's scripts:
 * some servers refuse keys that are not among KEYS. The first write takes memory, because a full Redis accepts a script whose
 * first write takes none. The keys expire in case the server ends in the middle.
 */
const probeScript = `
redis.call('HSET', KEYS[1], 'at', ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 1000)
redis.call('PEXPIRE', KEYS[2], 1000)
redis.call('DEL', KEYS[1] .. '-job')
return redis.call('DEL', KEYS[1], KEYS[2])`;

/**
 * Tests whether Redis accepts a job: writes a hash and a sorted set under the queue's prefix, and removes them in the same
 * script. Rejects with the error of Redis.
 */
export async function probeWrite(redis: RedisClient): Promise<void> {
  const keys = [queueKey(redis, 'write-probe'), queueKey(redis, 'write-probe-order')];
  await redis.eval(probeScript, keys.length, ...keys, randomUUID());
}
