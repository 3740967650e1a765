import type { RestartReason } from '../../telemetry/catalog.js';

/** Delay of a slot's second consecutive restart; doubles with each further one. The first has no delay. Milliseconds. */
const firstDelayMs = 100;

/**
 * The longest delay, by what ended the child. A child that cannot start or runs out of memory will fail again: with four
 * such children, one attempt a minute each costs 3% of a core. A child that has served, or was killed, is restarted soon.
 */
const longestDelayMs: Readonly<Record<RestartReason, number>> = {
  start_failed: 60_000,
  out_of_memory: 60_000,
  hung: 1000,
  crash: 1000,
};

/** A child that lived this long is restarted without delay. Milliseconds. */
export const stableAfterMs = 10_000;

/** @param failures in a row, the last one included */
export function restartDelayMs(failures: number, reason: RestartReason): number {
  if (failures <= 1) return 0;
  return Math.min(firstDelayMs * 2 ** (failures - 2), longestDelayMs[reason]);
}
