/**
 * The keys of `once()`, each for as long as its reporter asked.
 *
 * Must not know: what was counted under a key.
 */
import { HashSet } from './hash-set.js';
import { createKeyHash } from './key-hash.js';

/**
 * Keys that were seen, each for as long as its reporter asked: for telling a repetition.
 *
 * A key is kept as a 64-bit hash, in the set of all keys that expire in the same span of time (a generation), and a
 * generation is dropped whole. So a key takes 11 to 17 bytes, and is remembered for up to a quarter longer than asked.
 *
 * Two keys may have the same hash, and then the later one is taken for a repetition. With n keys remembered that happens
 * to a new key with a probability of n / 2^64: with 50 million of them (25 hours at 550 keys a second) to one new key in
 * 3.7 x 10^11.
 */
export class RememberedKeys {
  readonly #hash = createKeyHash();
  /** By the time at which they expire, milliseconds. */
  readonly #generations = new Map<number, HashSet>();

  /** How many are remembered. */
  get size(): number {
    return this.#sum((generation) => generation.size);
  }

  get bytes(): number {
    return this.#sum((generation) => generation.bytes);
  }

  /**
   * @param rememberMs counts from the first time that the key is added
   * @param nowMs of a monotonic clock
   * @returns whether the key is new
   */
  add(key: string, rememberMs: number, nowMs: number): boolean {
    const hash = this.#hash(key);
    for (const [expiresAtMs, generation] of this.#generations) {
      if (expiresAtMs <= nowMs) this.#generations.delete(expiresAtMs);
      else if (generation.has(hash)) return false;
    }
    this.#expiringAt(expiryOf(rememberMs, nowMs)).add(hash);
    return true;
  }

  #expiringAt(expiresAtMs: number): HashSet {
    let generation = this.#generations.get(expiresAtMs);
    if (generation === undefined) {
      generation = new HashSet();
      this.#generations.set(expiresAtMs, generation);
    }
    return generation;
  }

  #sum(of: (generation: HashSet) => number): number {
    return [...this.#generations.values()].reduce((sum, generation) => sum + of(generation), 0);
  }
}

/**
 * The end of the generation for a key: at a multiple of the largest power of two up to a quarter of its life. So keys of
 * one life are in nine generations at most, and keys of similar lives share them.
 */
function expiryOf(rememberMs: number, nowMs: number): number {
  const spanMs = 2 ** Math.floor(Math.log2(rememberMs / 4));
  return Math.ceil((nowMs + rememberMs) / spanMs) * spanMs;
}
