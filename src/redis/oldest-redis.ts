/** The oldest Redis that has all commands used here, and accepts fractions of a second as the time to wait for a job. */
export const oldestRedis = '6.0.6';

/** @param version such as `7.2.4` */
export function isTooOld(version: string): boolean {
  const given = version.split('.').map(Number);
  for (const [i, oldest] of oldestRedis.split('.').map(Number).entries()) {
    const part = given[i] ?? 0;
    if (part !== oldest) return part < oldest;
  }
  return false;
}
