import { RedisConnection } from 'bullmq';

/**
 * BullMQ asks for the server's version with INFO, which a user with few rights is refused. Told not to ask, it takes this one
 * for the server's: the oldest that has all commands used here (ZMSCORE). Its own, 5.0, would have it wait for delayed jobs
 * in whole seconds.
 */
RedisConnection.minimumVersion = '6.2.0';

/** For each queue and worker. */
export const withoutVersionCheck = { skipVersionCheck: true } as const;
