import { createByteWriter, type Sink } from './bytes.js';
import { footerNumbers, magic, termsPerBlock } from './segment-format.js';

/** Writes one segment from its beginning to its end (segment-format.ts). */
export interface SegmentWriter {
  /** Under the next slot. @param length in weighted terms */
  document(record: Buffer, length: number): void;
  /** Of the term that is written next, by ascending slot. @param frequency 1 to 255 */
  posting(slot: number, frequency: number): void;
  /** Ends the postings of this term; a term without any is left out. After all documents, in ascending order. */
  term(term: string): void;
  end(): void;
}

/** Postings of some hundred terms are given to the sink at once. */
const handedOver = 16 * 1024;

export function createSegmentWriter(sink: Sink): SegmentWriter {
  const postingBytes = createByteWriter();
  const dictionary = createByteWriter();
  const blocks: number[] = [];
  const firstTerms = createByteWriter();
  const offsets: number[] = [];
  const lengths: number[] = [];
  let written = 0;
  let terms = 0;
  let postingsStart = 0;
  /** Of the term that is being written. */
  let count = 0;
  let start = 0;
  let before = 0;

  function write(bytes: Buffer): void {
    sink(bytes);
    written += bytes.length;
  }

  const writeNumbers = (numbers: readonly number[]): void => write(Buffer.from(Uint32Array.from(numbers).buffer));

  write(Buffer.from(Uint32Array.of(magic).buffer));
  return {
    document(record, length) {
      offsets.push(written);
      lengths.push(length);
      write(record);
    },
    posting(slot, frequency) {
      postingBytes.number(slot - before);
      postingBytes.byte(frequency);
      before = slot;
      count++;
    },
    term(term) {
      if (count === 0) return;
      if (terms === 0) postingsStart = written;
      if (terms++ % termsPerBlock === 0) {
        blocks.push(dictionary.length, written + start - postingsStart);
        firstTerms.text(term);
      }
      dictionary.text(term);
      dictionary.number(count);
      dictionary.number(postingBytes.length - start);
      if (postingBytes.length >= handedOver) write(postingBytes.take());
      start = postingBytes.length;
      count = 0;
      before = 0;
    },
    end() {
      write(postingBytes.take());
      const documentsEnd = terms === 0 ? written : postingsStart;
      const dictionaryStart = written;
      write(dictionary.take());
      const tablesStart = written;
      writeNumbers([...offsets, documentsEnd]);
      writeNumbers(lengths);
      writeNumbers(blocks);
      const firstTermsStart = written;
      write(firstTerms.take());
      const footer = [lengths.length, terms, documentsEnd, dictionaryStart, tablesStart, firstTermsStart, magic];
      if (footer.length !== footerNumbers) throw new Error('the footer of a segment has another length');
      writeNumbers(footer);
    },
  };
}
