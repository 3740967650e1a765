import { RedisConnection } from 'bullmq';

/** The oldest Redis that has all commands used here, and takes fractions of a second to wait for a job. */
export const oldestRedis = '6.0.6';

/**
 * BullMQ asks for the server's version with INFO, which a user with few rights is refused. Told not to ask, it takes this one
 * for the server's. Its own, 5.0, would have it wait for delayed jobs in whole seconds.
 */
RedisConnection.minimumVersion = oldestRedis;

/** For each queue and worker. */
export const withoutVersionCheck = { skipVersionCheck: true } as const;

/** @param version such as `7.2.4` */
export function isTooOld(version: string): boolean {
  const given = version.split('.').map(Number);
  for (const [i, oldest] of oldestRedis.split('.').map(Number).entries()) {
    const part = given[i] ?? 0;
    if (part !== oldest) return part < oldest;
  }
  return false;
}
