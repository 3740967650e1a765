/** Milliseconds before a slot's second new start in a row; doubles with each after it. The first comes at once. */
const firstDelayMs = 100;

/** For a child that dies before it serves: one start in half a minute, whatever it burns while it lasts. */
const longestDelayAtStartMs = 30_000;

/** For one that served and died: somebody waits for it, and what killed it may not come again. */
const longestDelayMs = 1000;

/** A child that lived this long has earned a start without delay. Milliseconds. */
export const stableAfterMs = 10_000;

/**
 * @param failures in a row, the last one included
 * @param served whether the child that died had become ready
 */
export function restartDelayMs(failures: number, served: boolean): number {
  if (failures <= 1) return 0;
  return Math.min(firstDelayMs * 2 ** (failures - 2), served ? longestDelayMs : longestDelayAtStartMs);
}
