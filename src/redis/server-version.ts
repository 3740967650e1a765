import { RedisConnection } from 'bullmq';
import { oldestRedis } from './oldest-redis.js';

/**
 * BullMQ asks for the server's version with INFO, which a user with few rights is refused. Told not to ask, it takes this one
 * for the server's. Its own, 5.0, would have it wait for delayed jobs in whole seconds.
 */
RedisConnection.minimumVersion = oldestRedis;

/** For each queue and worker. */
export const withoutVersionCheck = { skipVersionCheck: true } as const;
