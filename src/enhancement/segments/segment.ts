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
  terms(): Generator<readonly [term: string, postings: Postings], void>;
}

/** Of the beginning of a document, in which its id is. */
const idBytes = 128;
/** Of documents, or of postings, that are read one after the other. */
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

  /** Where the terms of a block begin; behind the last block, where all end. */
  const dictionaryAt = (block: number): number =>
    block < blockCount ? dictionaryStart + (blocks[2 * block] ?? 0) : tablesStart;
  const postingsAt = (block: number): number =>
    block < blockCount ? documentsEnd + (blocks[2 * block + 1] ?? 0) : dictionaryStart;

  function dictionaryOf(block: number, end = block + 1): Buffer {
    return bytes.read(dictionaryAt(block), dictionaryAt(end) - dictionaryAt(block));
  }

  /** All blocks in groups, each of which is read at once. */
  function* groupsOfBlocks(): Generator<readonly [first: number, end: number]> {
    for (let first = 0, end = 0; first < blockCount; first = end) {
      end = first + 1;
      while (end < blockCount && postingsAt(end + 1) - postingsAt(first) <= readAtOnce) end++;
      yield [first, end];
    }
  }

  function* termsOfBlocks(block: number, endBlock: number): Generator<readonly [string, Postings], void> {
    const dictionary = dictionaryOf(block, endBlock);
    const packed = bytes.read(postingsAt(block), postingsAt(endBlock) - postingsAt(block));
    const reader = createByteReader(dictionary);
    let end = 0;
    while (reader.offset < dictionary.length) {
      const [term, count, start] = [reader.text(), reader.number(), end];
      end += reader.number();
      yield [term, { count, forEach: visitor(packed, start, end) }];
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

  function* idTerms(): Generator<string> {
    for (const [block, end] of groupsOfBlocks()) {
      const dictionary = dictionaryOf(block, end);
      const reader = createByteReader(dictionary);
      while (reader.offset < dictionary.length) {
        const term = reader.text();
        // They are before all others.
        if (!isIdTerm(term)) return;
        yield term;
        reader.number();
        reader.number();
      }
    }
  }

  function postingsOf(term: string): Postings | undefined {
    const block = blockOf(term);
    if (block < 0) return undefined;
    const dictionary = dictionaryOf(block);
    const utf8 = Buffer.from(term);
    const reader = createByteReader(dictionary);
    let start = postingsAt(block);
    while (reader.offset < dictionary.length) {
      const isIt = reader.skipText(utf8);
      const count = reader.number();
      const length = reader.number();
      if (isIt) return { count, forEach: (visit) => visitor(bytes.read(start, length), 0, length)(visit) };
      start += length;
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
      ids ??= createFilter(documents, idTerms());
      if (!ids.mayHave(term)) return undefined;
      let last: number | undefined;
      postingsOf(term)?.forEach((slot) => (last = slot));
      return last;
    },
    *terms() {
      for (const [block, end] of groupsOfBlocks()) yield* termsOfBlocks(block, end);
    },
  };
}

/** @param packed holds the postings of a term from `start` to `end` (segment-format.ts) */
function visitor(packed: Buffer, start: number, end: number): Postings['forEach'] {
  return (visit) => {
    let slot = 0;
    for (let at = start; at < end; ) {
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
  };
}
