/**
 * The keys of `once()`, each for as long as its reporter asked: for telling a repetition.
 * Must not know: what was counted under a key.
 */
import { hash, randomBytes } from 'node:crypto';

/** A table is copied when it grows. Many small ones, each of which grows by itself, keep each copy below a millisecond or so. */
const tablesPerGeneration = 256;

/**
 * A key is kept as a 64-bit hash, in the tables of all keys that expire in the same span of time (a generation), and a
 * generation is dropped whole. So a key takes 11 to 17 bytes, and is remembered for up to a quarter longer than asked.
 *
 * Two keys may have the same hash, and then the later one is taken for a repetition. With n keys remembered that happens
 * to a new key with a probability of n / 2^64: with 50 million of them (25 hours at 550 keys a second) to one new key in
 * 3.7 x 10^11. A seed of this process keeps reporters from choosing such keys.
 */
export class RememberedKeys {
  readonly #seed = randomBytes(16).toString('hex');
  /** By the time at which they expire, milliseconds. */
  readonly #generations = new Map<number, readonly HashTable[]>();

  /** Memory that the tables take. */
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
    const hashed = hash('sha256', this.#seed + key, 'buffer');
    const [high, low] = [hashed.readUInt32LE(0), hashed.readUInt32LE(4)];
    const table = low % tablesPerGeneration;
    for (const [expiresAtMs, tables] of this.#generations) {
      if (expiresAtMs <= nowMs) this.#generations.delete(expiresAtMs);
      else if (tables[table]?.has(high, low) === true) return false;
    }
    const expiresAtMs = expiryOf(rememberMs, nowMs);
    const tables = this.#generations.get(expiresAtMs) ?? newGeneration();
    this.#generations.set(expiresAtMs, tables);
    tables[table]?.add(high, low);
    return true;
  }
}

function newGeneration(): HashTable[] {
  return Array.from({ length: tablesPerGeneration }, () => new HashTable());
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

/**
 * A set of 64-bit hashes in 11 to 17 bytes each, by open addressing: 8 bytes, at a load of 0.47 to 0.7. A `Set` takes several
 * times as much, and holds 2^24 at most. The hash 0 is one with its neighbour.
 */
export class HashTable {
  /** High and low half of each cell; both 0: the cell is empty. */
  #cells = new Uint32Array(2 * firstCells);
  #size = 0;

  get bytes(): number {
    return this.#cells.byteLength;
  }

  has(high: number, low: number): boolean {
    return !this.#isEmpty(this.#cellOf(high, low || Number(high === 0)));
  }

  /** Does nothing when the hash is in the set already. */
  add(high: number, low: number): void {
    if (this.has(high, low)) return;
    this.#size += 1;
    if (2 * this.#size > maxLoad * this.#cells.length) {
      const before = this.#cells;
      this.#cells = new Uint32Array(2 * Math.ceil((before.length / 2) * growth));
      for (let at = 0; at < before.length; at += 2) this.#put(before[at] ?? 0, before[at + 1] ?? 0);
    }
    this.#put(high, low || Number(high === 0));
  }

  #put(high: number, low: number): void {
    if (high === 0 && low === 0) return;
    const at = this.#cellOf(high, low);
    this.#cells[at] = high;
    this.#cells[at + 1] = low;
  }

  #isEmpty(at: number): boolean {
    return this.#cells[at] === 0 && this.#cells[at + 1] === 0;
  }

  /** Where the cell is that holds a hash, or the empty one where it belongs. */
  #cellOf(high: number, low: number): number {
    const cells = this.#cells;
    // In the order of the hashes, so that growing reads and writes memory from front to back.
    let at = 2 * Math.floor((high / 2 ** 32) * (cells.length / 2));
    while (!(cells[at] === high && cells[at + 1] === low) && !this.#isEmpty(at)) {
      at = at + 2 === cells.length ? 0 : at + 2;
    }
    return at;
  }
}
