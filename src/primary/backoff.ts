import type { RestartReason } from '../telemetry/metrics.js';

/** Milliseconds before a slot's second new start in a row; doubles with each after it. The first comes at once. */
const firstDelayMs = 100;

/**
 * The longest delay, by what ended the child. One that cannot start, or outgrows its memory, will do it again: one try in
 * a minute, of each of four children, costs 3% of a core. One that served, or was killed from outside, is waited for.
 */
const longestDelayMs: Readonly<Record<RestartReason, number>> = {
  start_failed: 60_000,
  out_of_memory: 60_000,
  hung: 1000,
  crash: 1000,
};

/** A child that lived this long has earned a start without delay. Milliseconds. */
export const stableAfterMs = 10_000;

/** @param failures in a row, the last one included */
export function restartDelayMs(failures: number, reason: RestartReason): number {
  if (failures <= 1) return 0;
  return Math.min(firstDelayMs * 2 ** (failures - 2), longestDelayMs[reason]);
}
