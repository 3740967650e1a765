import { createByteWriter, type Sink } from './bytes.js';
import { idTerm } from './segment-format.js';
import { createSegmentWriter } from './segment-writer.js';

/** What is indexed of a document. */
export interface IndexedDocument {
  readonly id: string;
  /** What is given back when it is found. */
  readonly text: string;
  /** How often it has each term, weighted by field; of those above 255 that is counted. */
  readonly frequencies: ReadonlyMap<string, number>;
}

/** Collects documents for a segment. */
export interface SegmentBuilder {
  readonly documents: number;
  /** What it takes of this process's memory; an estimate. */
  readonly held: number;
  /** Whether the next document belongs to another segment: writing this one takes some milliseconds. */
  readonly isFull: boolean;
  add(document: IndexedDocument): void;
  write(sink: Sink): void;
}

/** What a frequency of one byte can be. */
export const mostFrequent = 255;
/** Terms of all documents, each as often as documents have it. */
const mostPostings = 8_000;
/** Characters of all documents. */
const mostText = 128 * 1024;
/** What a posting takes of the heap, most terms having one or two. */
const postingBytes = 60;

export function createSegmentBuilder(): SegmentBuilder {
  const records: Buffer[] = [];
  const lengths: number[] = [];
  const lists = new Map<string, number[]>();
  const bytes = createByteWriter();
  let postings = 0;
  let recordBytes = 0;

  function addPosting(term: string, frequency: number): void {
    const list = lists.get(term);
    if (list === undefined) lists.set(term, [records.length, frequency]);
    else list.push(records.length, frequency);
    postings++;
  }

  return {
    get documents() {
      return records.length;
    },
    get held() {
      return recordBytes + postingBytes * postings;
    },
    get isFull() {
      return postings >= mostPostings || recordBytes >= mostText;
    },
    add({ id, text, frequencies }) {
      let length = 0;
      for (const [term, frequency] of frequencies) {
        addPosting(term, Math.min(mostFrequent, frequency));
        length += frequency;
      }
      addPosting(idTerm(id), 1);
      bytes.text(id);
      const record = Buffer.concat([bytes.take(), Buffer.from(text)]);
      records.push(record);
      lengths.push(length);
      recordBytes += record.length;
    },
    write(sink) {
      const writer = createSegmentWriter(sink);
      for (const [slot, record] of records.entries()) writer.document(record, lengths[slot] ?? 0);
      for (const term of [...lists.keys()].sort()) writer.term(term, lists.get(term) ?? []);
      writer.end();
    },
  };
}
