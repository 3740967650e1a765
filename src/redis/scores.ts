/** How BullMQ orders jobs in its sorted sets. */

/** It keeps a job with a priority, our turn, under priority * 2^32 + order of arrival. */
const arrivals = 2 ** 32;

/** Before every job that BullMQ puts there itself. */
export const firstScore = 0;

export function turnOfScore(score: string | undefined): number {
  return Math.floor(Number(score) / arrivals);
}

/** It keeps a delayed job under its time in epoch milliseconds, times this. */
const delayedScale = 0x1000;

export function dueAtMs(score: number): number {
  return Math.floor(score / delayedScale);
}

export function delayedScore(dueMs: number): number {
  return dueMs * delayedScale;
}
