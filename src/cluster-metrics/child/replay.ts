/**
 * Observations that give a histogram of a client what was recorded: each bucket's count, the count, and the sum. There is no
 * other way to put values into one through its interface, so only as many are replayed as take no time to speak of.
 *
 * Must not know: any metric.
 */
import { bucketsAt, countAt, sumAt } from './spare-arrays.js';

/** Of one metric: some 50 ms. */
export const mostReplayed = 100_000;

export function observationsOf(total: readonly number[], bounds: readonly number[]): number[] {
  const values: number[] = [];
  let inBuckets = 0;
  for (const [i, bound] of bounds.entries()) {
    const count = total[bucketsAt + i] ?? 0;
    inBuckets += count;
    for (let n = 0; n < count; n++) values.push(bound);
  }
  const above = (bounds.at(-1) ?? 0) + 1;
  for (let n = (total[countAt] ?? 0) - inBuckets; n > 0; n--) values.push(above);
  return spread(values, total[sumAt] ?? 0, bounds);
}

/** Moves values within their buckets until they add up to the sum; the lowest bucket is open below, the highest above. */
function spread(values: number[], sum: number, bounds: readonly number[]): number[] {
  let rest = sum - values.reduce((a, b) => a + b, 0);
  const floorOf = (value: number): number => {
    const at = bounds.indexOf(value);
    return at === 0
      ? Number.NEGATIVE_INFINITY
      : (bounds[at < 0 ? bounds.length - 1 : at - 1] ?? Number.NEGATIVE_INFINITY);
  };
  for (let i = values.length - 1; i >= 0 && rest !== 0; i--) {
    const value = values[i] ?? 0;
    const isAbove = !bounds.includes(value);
    if (rest > 0 && !isAbove) continue;
    // Not all of the room: the value stays above the floor, which belongs to the bucket below.
    const room = Math.max(rest, (floorOf(value) - value) * 0.999_999);
    const moved = Number.isFinite(room) ? room : rest;
    values[i] = value + moved;
    rest -= moved;
  }
  return values;
}
