import { createByteWriter, type Sink } from './bytes.js';
import { footerNumbers, magic, termsPerBlock } from './segment-format.js';

/** Writes one segment from its beginning to its end (segment-format.ts). */
export interface SegmentWriter {
  /** Under the next slot. @param length in weighted terms */
  document(record: Buffer, length: number): void;
  /**
   * After all documents, in ascending order.
   *
   * @param postings slot, frequency (1 to 255), slot, frequency …, by ascending slot
   */
  term(term: string, postings: readonly number[]): void;
  end(): void;
}

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
    term(term, postings) {
      if (terms === 0) postingsStart = written;
      if (terms++ % termsPerBlock === 0) {
        blocks.push(dictionary.length, written - postingsStart);
        firstTerms.text(term);
      }
      let before = 0;
      for (let i = 0; i < postings.length; i += 2) {
        const slot = postings[i] ?? 0;
        postingBytes.number(slot - before);
        postingBytes.byte(postings[i + 1] ?? 0);
        before = slot;
      }
      const bytes = postingBytes.take();
      dictionary.text(term);
      dictionary.number(postings.length / 2);
      dictionary.number(bytes.length);
      write(bytes);
    },
    end() {
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
