import { type Bytes, createByteReader } from './bytes.js';
import { createFilter, filterBytes } from './filter.js';
import { footerNumbers, idTerm, isIdTerm, magic, termsPerBlock } from './segment-format.js';

/** The documents that have one term. */
export interface Postings {
  readonly count: number;
  /** By ascending slot. */
  forEach(visit: (slot: number, frequency: number) => void): void;
}

/** An inverted index that never changes (segment-format.ts). Every method may throw what reading its bytes throws. */
export interface Segment {
  readonly documents: number;
  readonly bytes: number;
  /** What it takes of this process's memory, bytes. */
  readonly held: number;
  /** In weighted terms. */
  lengthOf(slot: number): number;
  idOf(slot: number): string;
  textOf(slot: number): string;
  /** Of each document what was written, by ascending slot. */
  records(): Generator<Buffer>;
  postingsOf(term: string): Postings | undefined;
  /** Where the document is that was written under this id last. */
  slotOf(id: string): number | undefined;
  /** All terms, in ascending order. */
  terms(): Generator<readonly [term: string, postings: Postings]>;
}

/** Of the beginning of a document, in which its id is. */
const idBytes = 128;
/** Of documents that are read one after the other. */
const readAtOnce = 64 * 1024;
/** Objects that stand for a segment, and each block's first term. */
const segmentBytes = 2000;
const blockBytes = 80;

/** @throws {Error} when these bytes are no segment of this format */
export function openSegment(bytes: Bytes): Segment {
  const footerStart = bytes.length - 4 * footerNumbers;
  const footer = footerStart < 4 ? [] : numbersAt(footerStart, footerNumbers);
  const [documents = 0, terms = 0, documentsEnd = 0, dictionaryStart = 0, tablesStart = 0, firstTermsStart = 0] =
    footer;
  const blockCount = Math.ceil(terms / termsPerBlock);
  const tablesEnd = tablesStart + 4 * (2 * documents + 1 + 2 * blockCount);
  if (footer.at(-1) !== magic || numbersAt(0, 1)[0] !== magic || tablesEnd !== firstTermsStart) {
    throw new Error('these bytes are no segment of an index of this release');
  }
  const offsets = numbersAt(tablesStart, documents + 1);
  const lengths = numbersAt(tablesStart + 4 * (documents + 1), documents);
  const blocks = numbersAt(tablesStart + 4 * (2 * documents + 1), 2 * blockCount);
  const firstTerms = readFirstTerms();

  function numbersAt(offset: number, count: number): Uint32Array {
    const numbers = new Uint32Array(count);
    bytes.read(offset, 4 * count).copy(Buffer.from(numbers.buffer));
    return numbers;
  }

  function readFirstTerms(): string[] {
    const reader = createByteReader(bytes.read(firstTermsStart, footerStart - firstTermsStart));
    return Array.from({ length: blockCount }, () => reader.text());
  }

  function record(slot: number, most = Number.POSITIVE_INFINITY): Buffer {
    const start = offsets[slot] ?? 0;
    return bytes.read(start, Math.min(most, (offsets[slot + 1] ?? start) - start));
  }

  function idOf(slot: number): string {
    const beginning = record(slot, idBytes);
    const length = createByteReader(beginning);
    return length.number() + length.offset <= beginning.length
      ? createByteReader(beginning).text()
      : createByteReader(record(slot)).text();
  }

  /** @param read called when they are looked at */
  function postingsIn(count: number, length: number, read: () => Buffer): Postings {
    return {
      count,
      forEach(visit) {
        const packed = read();
        let slot = 0;
        for (let at = 0; at < length; ) {
          let shift = 0;
          let byte = packed[at++] ?? 0;
          let distance = byte & 0x7f;
          while (byte > 0x7f) {
            byte = packed[at++] ?? 0;
            shift += 7;
            distance |= (byte & 0x7f) << shift;
          }
          slot += distance;
          visit(slot, packed[at++] ?? 0);
        }
      },
    };
  }

  function dictionaryOf(block: number) {
    const start = dictionaryStart + (blocks[2 * block] ?? 0);
    const end = block + 1 < blockCount ? dictionaryStart + (blocks[2 * block + 2] ?? 0) : tablesStart;
    const postingsStart = documentsEnd + (blocks[2 * block + 1] ?? 0);
    return { dictionary: bytes.read(start, end - start), postingsStart };
  }

  /** With the places of their postings. */
  function* termsOfBlock(block: number): Generator<{ term: string; count: number; start: number; length: number }> {
    const { dictionary, postingsStart } = dictionaryOf(block);
    let start = postingsStart;
    const reader = createByteReader(dictionary);
    while (reader.offset < dictionary.length) {
      const [term, count, length] = [reader.text(), reader.number(), reader.number()];
      yield { term, count, start, length };
      start += length;
    }
  }

  /** All postings of a block are read at once: one by one it would be thirty times as many reads. */
  function* allTermsOfBlock(block: number): Generator<readonly [string, Postings]> {
    const places = [...termsOfBlock(block)];
    const [first, last] = [places[0]?.start ?? 0, places.at(-1)];
    const packed = bytes.read(first, last === undefined ? 0 : last.start + last.length - first);
    for (const { term, count, start, length } of places) {
      yield [term, postingsIn(count, length, () => packed.subarray(start - first, start - first + length))];
    }
  }

  /** The last block whose first term is not behind this one; -1: there is none. */
  function blockOf(term: string): number {
    let low = 0;
    let high = blockCount;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((firstTerms[middle] ?? '') <= term) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function* idsOfAll(): Generator<string> {
    // Their terms are before all others.
    for (let block = 0; block < blockCount; block++) {
      for (const { term } of termsOfBlock(block)) {
        if (!isIdTerm(term)) return;
        yield term;
      }
    }
  }

  function postingsOf(term: string): Postings | undefined {
    const block = blockOf(term);
    if (block < 0) return undefined;
    const { dictionary, postingsStart } = dictionaryOf(block);
    const utf8 = Buffer.from(term);
    const reader = createByteReader(dictionary);
    let before = 0;
    while (reader.offset < dictionary.length) {
      const isIt = reader.skipText(utf8);
      const count = reader.number();
      const length = reader.number();
      const start = postingsStart + before;
      if (isIt) return postingsIn(count, length, () => bytes.read(start, length));
      before += length;
    }
    return undefined;
  }

  let ids: ReturnType<typeof createFilter> | undefined;

  return {
    documents,
    bytes: bytes.length,
    held: segmentBytes + bytes.held + (8 + filterBytes) * documents + blockBytes * blockCount,
    lengthOf: (slot) => lengths[slot] ?? 0,
    idOf,
    textOf(slot) {
      const whole = record(slot);
      const id = createByteReader(whole);
      id.text();
      return whole.toString('utf8', id.offset);
    },
    *records() {
      for (let slot = 0; slot < documents; ) {
        const first = slot;
        const from = offsets[first] ?? 0;
        while (slot < documents && (slot === first || (offsets[slot + 1] ?? 0) - from <= readAtOnce)) slot++;
        const some = bytes.read(from, (offsets[slot] ?? from) - from);
        for (let i = first; i < slot; i++) yield some.subarray((offsets[i] ?? 0) - from, (offsets[i + 1] ?? 0) - from);
      }
    },
    postingsOf,
    slotOf(id) {
      const term = idTerm(id);
      ids ??= createFilter(documents, idsOfAll());
      if (!ids.mayHave(term)) return undefined;
      let last: number | undefined;
      postingsOf(term)?.forEach((slot) => (last = slot));
      return last;
    },
    *terms() {
      for (let block = 0; block < blockCount; block++) yield* allTermsOfBlock(block);
    },
  };
}
