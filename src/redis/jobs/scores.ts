/** The scores of jobs in BullMQ's sorted sets. */

/** Score of a prioritized job: priority (our turn) * 2^32 + order of arrival. */
const arrivals = 2 ** 32;

/** Lower than every score that BullMQ gives. */
export const firstScore = 0;

export function turnOfScore(score: string | undefined): number {
  return Math.floor(Number(score) / arrivals);
}

/** Score of a delayed job: its time in epoch milliseconds, times this. */
const delayedScale = 0x1000;

export function dueAtMs(score: number): number {
  return Math.floor(score / delayedScale);
}

export function delayedScore(dueMs: number): number {
  return dueMs * delayedScale;
}
