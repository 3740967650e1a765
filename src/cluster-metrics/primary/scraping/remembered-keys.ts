/**
 * The keys of `once()`, each for as long as its reporter asked: for telling a repetition.
 * Must not know: what was counted under a key.
 */
import { hash, randomBytes } from 'node:crypto';

/** A table is copied when it grows. Many small ones, each of which grows by itself, keep each copy below a millisecond or so. */
const tablesPerGeneration = 256;

/**
 * A key is kept as a 61-bit hash: 8 bits choose one of the tables, 53 are stored in it. All keys that expire in the same span
 * of time (a generation) share tables, and a generation is dropped whole. So a key takes 11 to 17 bytes, and is remembered for
 * up to a quarter longer than asked.
 *
 * Two keys may have the same hash, and then the later one is taken for a repetition. With n keys remembered that happens
 * to a new key with a probability of n / 2^61: with 50 million of them (25 hours at 550 keys a second) to one new key in
 * 4.6 x 10^10. A seed of this process keeps reporters from choosing such keys.
 */
export class RememberedKeys {
  readonly #seed = randomBytes(16).toString('hex');
  /** By the time at which they expire, milliseconds. */
  readonly #generations = new Map<number, readonly HashTable[]>();

  get bytes(): number {
    const tables = [...this.#generations.values()].flat();
    return tables.reduce((sum, table) => sum + table.bytes, 0);
  }

  /**
   * @param rememberMs counts from the first time that the key is added
   * @param nowMs of a monotonic clock
   * @returns whether the key is new
   */
  add(key: string, rememberMs: number, nowMs: number): boolean {
    const bytes = hash('sha256', this.#seed + key, 'buffer');
    const table = bytes.readUInt8();
    const hashed = ((bytes.readUInt32LE(4) >>> 11) * 2 ** 32 + bytes.readUInt32LE(8)) / 2 ** 53;
    for (const [expiresAtMs, tables] of this.#generations) {
      if (expiresAtMs <= nowMs) this.#generations.delete(expiresAtMs);
      else if (tables[table]?.has(hashed) === true) return false;
    }
    const expiresAtMs = expiryOf(rememberMs, nowMs);
    const tables =
      this.#generations.get(expiresAtMs) ?? Array.from({ length: tablesPerGeneration }, () => new HashTable());
    this.#generations.set(expiresAtMs, tables);
    tables[table]?.add(hashed);
    return true;
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

const firstCells = 16;
const maxLoad = 0.7;
const growth = 1.5;
const least = 2 ** -53;

/**
 * A set of 53-bit hashes, as fractions from 0 to 1, in 11 to 17 bytes each: by open addressing, 8 bytes at a load of 0.47 to 0.7.
 * A `Set` takes several times as much, and holds 2^24 at most. The hash 0, which stands for an empty cell, is one with its neighbour.
 */
export class HashTable {
  #cells = new Float64Array(firstCells);
  #size = 0;

  get bytes(): number {
    return this.#cells.byteLength;
  }

  has(hashed: number): boolean {
    return this.#cells[this.#cellOf(hashed || least)] !== 0;
  }

  add(hashed: number): void {
    if (this.has(hashed)) return;
    this.#size += 1;
    if (this.#size > maxLoad * this.#cells.length) {
      const before = this.#cells;
      this.#cells = new Float64Array(Math.ceil(before.length * growth));
      for (const one of before) if (one !== 0) this.#cells[this.#cellOf(one)] = one;
    }
    this.#cells[this.#cellOf(hashed || least)] = hashed || least;
  }

  /** Where the cell is that holds a hash, or the empty one where it belongs. */
  #cellOf(hashed: number): number {
    const cells = this.#cells;
    // In the order of the hashes, so that growing reads and writes memory from front to back.
    let at = Math.floor(hashed * cells.length);
    while (cells[at] !== hashed && cells[at] !== 0) at = at + 1 === cells.length ? 0 : at + 1;
    return at;
  }
}
