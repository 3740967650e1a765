/** Milliseconds before a slot's first new start after it failed; doubles with each failure in a row. */
const firstDelayMs = 100;

/** So a child that dies at each start costs one start in half a minute, whatever it burns while it lasts. */
const longestDelayMs = 30_000;

/** A child that lived this long has earned a start without delay. Milliseconds. */
export const stableAfterMs = 10_000;

/** @param failures in a row, the last one included */
export function restartDelayMs(failures: number): number {
  if (failures <= 1) return 0;
  return Math.min(firstDelayMs * 2 ** (failures - 2), longestDelayMs);
}
