/**
 * A 64-bit hash of a key.
 *
 * Must not know: what the key is of.
 */
import { randomInt } from 'node:crypto';

const { imul } = Math;

/** 64 bits, as two unsigned halves. */
export interface KeyHash {
  readonly high: number;
  readonly low: number;
}

/** Makes a hash function with seeds of its own, so that no two primaries confuse the same keys. */
export function createKeyHash(
  seedHigh: number = randomInt(2 ** 32),
  seedLow: number = randomInt(2 ** 32),
): (key: string) => KeyHash {
  return (key) => {
    let high = seedHigh;
    let low = seedLow;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      // Multiplication carries a difference upwards only; the rotation brings it down again.
      high = imul(((high << 5) | (high >>> 27)) ^ unit, 0x9e3779b1);
      low = imul(((low << 13) | (low >>> 19)) ^ unit, 0x85ebca77);
    }
    return { high: finish(high ^ key.length), low: finish(low ^ imul(high, 0xc2b2ae3d)) };
  };
}

/** The last step of MurmurHash3: each bit of the input changes each bit of the result in half of all cases. */
function finish(hash: number): number {
  let mixed = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
