import { RedisConnection } from 'bullmq';
import { oldestRedis } from './oldest-redis.js';

/**
 * BullMQ reads the server's version from INFO, which a user with few rights may not call. Without that check it assumes this
 * version. Its default, 5.0, would make it wait for delayed jobs in whole seconds.
 */
RedisConnection.minimumVersion = oldestRedis;

/** Option of every queue and worker. */
export const withoutVersionCheck = { skipVersionCheck: true } as const;
