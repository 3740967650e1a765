/**
 * A set of 64-bit hashes in little memory.
 *
 * Must not know: what is hashed.
 */
import type { KeyHash } from './key-hash.js';

/** Cells of eight bytes in which some of the hashes lie, by open addressing. */
interface Shard {
  /** High and low half of each cell; both 0: the cell is empty. */
  cells: Uint32Array;
  size: number;
}

/** A table is copied when it grows. Many small ones, each of which grows by itself, keep each copy below a millisecond or so. */
const shardCount = 256;
const firstCells = 16;
const maxLoad = 0.7;
const growth = 1.5;

/** A set of 64-bit hashes in 11 to 17 bytes each (8 bytes, at a load of 0.47 to 0.7). */
export class HashSet {
  readonly #shards: (Shard | undefined)[] = Array.from({ length: shardCount }, () => undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Memory that the cells take. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + (shard?.cells.byteLength ?? 0), 0);
  }

  has(hash: KeyHash): boolean {
    const { high, low } = nonZero(hash);
    const shard = this.#shards[low % shardCount];
    return shard !== undefined && !isEmpty(shard.cells, cellOf(shard.cells, high, low));
  }

  /** Does nothing when the hash is in the set already. */
  add(hash: KeyHash): void {
    const { high, low } = nonZero(hash);
    const index = low % shardCount;
    const shard = (this.#shards[index] ??= { cells: new Uint32Array(2 * firstCells), size: 0 });
    if (!put(shard.cells, high, low)) return;
    this.#size += 1;
    shard.size += 1;
    if (shard.size > (maxLoad * shard.cells.length) / 2) grow(shard);
  }
}

/** (0, 0) marks an empty cell, so that hash shares the place of its neighbour. */
function nonZero(hash: KeyHash): KeyHash {
  return hash.high === 0 && hash.low === 0 ? { high: 0, low: 1 } : hash;
}

function isEmpty(cells: Uint32Array, cell: number): boolean {
  return cells[2 * cell] === 0 && cells[2 * cell + 1] === 0;
}

/** The cell that holds a hash, or the empty one where it belongs. */
function cellOf(cells: Uint32Array, high: number, low: number): number {
  const count = cells.length / 2;
  // In the order of the hashes, so that growing reads and writes memory from front to back.
  let cell = Math.floor((high / 2 ** 32) * count);
  while (!isEmpty(cells, cell) && !(cells[2 * cell] === high && cells[2 * cell + 1] === low)) {
    cell = cell + 1 === count ? 0 : cell + 1;
  }
  return cell;
}

/** @returns whether it is new */
function put(cells: Uint32Array, high: number, low: number): boolean {
  const cell = cellOf(cells, high, low);
  if (!isEmpty(cells, cell)) return false;
  cells[2 * cell] = high;
  cells[2 * cell + 1] = low;
  return true;
}

function grow(shard: Shard): void {
  const before = shard.cells;
  shard.cells = new Uint32Array(2 * Math.ceil((before.length / 2) * growth));
  for (let at = 0; at < before.length; at += 2) {
    const high = before[at] ?? 0;
    const low = before[at + 1] ?? 0;
    if (high !== 0 || low !== 0) put(shard.cells, high, low);
  }
}
