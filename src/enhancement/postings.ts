/** Which documents have a term, and how often: the inverted index. Documents are known by their slots, small integers. */
export interface Postings {
  /** What they take of the heap; a close estimate. */
  readonly bytes: number;
  /** Documents that have the term. */
  countOf(term: string): number;
  /** @param frequencies weighted by field; of those above 255 that is counted */
  add(slot: number, frequencies: ReadonlyMap<string, number>): void;
  /** Of what was added under the slot. */
  remove(slot: number, terms: Iterable<string>): void;
  /** Calls `visit` with each document that has the term. */
  forEach(term: string, visit: (slot: number, frequency: number) => void): void;
  clear(): void;
}

/** What they take of the heap, in bytes, as `npm run bench:index-memory` measures it (docs/scaling.md). */
const termBytes = 150;
const postingBytes = 10;

/** From this length on V8 makes a part of a text a view of the whole, which then stays in memory with it. */
const shortestView = 13;

/** Slot and frequency are one integer, which V8 keeps in an array as it is. */
const mostFrequent = 255;
const perSlot = mostFrequent + 1;

export function createPostings(): Postings {
  /** Sorted by slot. */
  const lists = new Map<string, number[]>();
  let bytes = 0;

  return {
    get bytes() {
      return bytes;
    },
    countOf: (term) => lists.get(term)?.length ?? 0,
    add(slot, frequencies) {
      for (const [term, frequency] of frequencies) {
        const posting = slot * perSlot + Math.min(mostFrequent, frequency);
        const list = lists.get(term);
        bytes += postingBytes;
        if (list !== undefined) {
          list.splice(placeOf(slot, list), 0, posting);
          continue;
        }
        lists.set(term.length < shortestView ? term : Buffer.from(term).toString(), [posting]);
        bytes += termBytes;
      }
    },
    remove(slot, terms) {
      for (const term of terms) {
        const list = lists.get(term) ?? [];
        list.splice(placeOf(slot, list), 1);
        bytes -= postingBytes;
        if (list.length > 0) continue;
        lists.delete(term);
        bytes -= termBytes;
      }
    },
    forEach(term, visit) {
      for (const posting of lists.get(term) ?? []) visit(Math.floor(posting / perSlot), posting % perSlot);
    },
    clear() {
      lists.clear();
      bytes = 0;
    },
  };
}

/** Where the slot is in a list, or belongs. */
function placeOf(slot: number, list: readonly number[]): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < slot * perSlot) low = middle + 1;
    else high = middle;
  }
  return low;
}
