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
  /** As it was written. */
  recordOf(slot: number): Buffer;
  postingsOf(term: string): Postings | undefined;
  /** Where the document is that was written under this id last. */
  slotOf(id: string): number | undefined;
  /** All terms, in ascending order. */
  terms(): Generator<readonly [term: string, postings: Postings]>;
}

/** Of the beginning of a document, in which its id is. */
const idBytes = 128;
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

  function postingsAt(offset: number, length: number, count: number): Postings {
    return {
      count,
      forEach(visit) {
        const packed = bytes.read(offset, length);
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

  function* termsOfBlock(block: number): Generator<readonly [string, Postings]> {
    const { dictionary, postingsStart } = dictionaryOf(block);
    let postings = postingsStart;
    const reader = createByteReader(dictionary);
    while (reader.offset < dictionary.length) {
      const term = reader.text();
      const count = reader.number();
      const length = reader.number();
      yield [term, postingsAt(postings, length, count)];
      postings += length;
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
      for (const [term] of termsOfBlock(block)) {
        if (!isIdTerm(term)) return;
        yield term;
      }
    }
  }

  function postingsOf(term: string): Postings | undefined {
    const block = blockOf(term);
    if (block < 0) return undefined;
    const { dictionary, postingsStart } = dictionaryOf(block);
    const bytes = Buffer.from(term);
    const reader = createByteReader(dictionary);
    let before = 0;
    while (reader.offset < dictionary.length) {
      const isIt = reader.skipText(bytes);
      const count = reader.number();
      const length = reader.number();
      if (isIt) return postingsAt(postingsStart + before, length, count);
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
    recordOf: (slot) => record(slot),
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
      for (let block = 0; block < blockCount; block++) yield* termsOfBlock(block);
    },
  };
}
