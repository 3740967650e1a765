import { createByteWriter, type Sink } from './bytes.js';
import { idTerm } from './segment-format.js';
import { createSegmentWriter } from './segment-writer.js';

/** What is indexed of a document. */
export interface IndexedDocument {
  readonly id: string;
  /** What is given back when it is found. */
  readonly text: string;
  readonly fields: readonly IndexedField[];
}

export interface IndexedField {
  /** Repeats included: a document has a term as often as its fields have it, each as often as it weighs, 255 times at most. */
  readonly terms: readonly string[];
  readonly weight: number;
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
/** Terms of all documents, each as often as documents have it: writing them takes some milliseconds. */
const mostPostings = 32_000;
/** Different terms: they are sorted, which takes longer than to write their postings. */
const mostTerms = 16_000;
/** Bytes of all documents. */
const mostRecordBytes = 512 * 1024;
/** What a posting takes of the heap, with its part of the terms. */
const postingBytes = 30;

export function createSegmentBuilder(): SegmentBuilder {
  const records = createByteWriter();
  const recordEnds: number[] = [];
  const lengths: number[] = [];
  /** Of each term its number, by which postings name it. */
  const numbers = new Map<string, number>();
  /** By the number of a term, where its last posting begins. */
  const last: number[] = [];
  /** Three numbers each, in the order of the documents: term, slot, frequency. */
  let postings = new Uint32Array(3 * 16);
  let used = 0;

  /** Of the document that is being added. */
  function addPosting(term: string, frequency: number): void {
    let number = numbers.get(term);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(term, number);
    } else {
      const at = last[number] ?? 0;
      if (postings[at + 1] === lengths.length) {
        postings[at + 2] = (postings[at + 2] ?? 0) + frequency;
        return;
      }
    }
    last[number] = used;
    if (used === postings.length) {
      const larger = new Uint32Array(2 * used);
      larger.set(postings);
      postings = larger;
    }
    postings[used++] = number;
    postings[used++] = lengths.length;
    postings[used++] = frequency;
  }

  /** Where each posting begins, those of a term behind one another; by the number of a term, where its postings begin. */
  function byTerm() {
    const starts = new Uint32Array(numbers.size + 1);
    for (let at = 0; at < used; at += 3) {
      const behind = (postings[at] ?? 0) + 1;
      starts[behind] = (starts[behind] ?? 0) + 1;
    }
    for (let number = 1; number < starts.length; number++) {
      starts[number] = (starts[number] ?? 0) + (starts[number - 1] ?? 0);
    }
    const next = starts.slice();
    const ordered = new Uint32Array(used / 3);
    for (let at = 0; at < used; at += 3) {
      const number = postings[at] ?? 0;
      const place = next[number] ?? 0;
      ordered[place] = at;
      next[number] = place + 1;
    }
    return { starts, ordered };
  }

  return {
    get documents() {
      return lengths.length;
    },
    get held() {
      return records.length + postingBytes * (used / 3);
    },
    get isFull() {
      return numbers.size >= mostTerms || used / 3 >= mostPostings || records.length >= mostRecordBytes;
    },
    add({ id, text, fields }) {
      let length = 0;
      for (const { terms, weight } of fields) {
        for (const term of terms) addPosting(term, weight);
        length += weight * terms.length;
      }
      addPosting(idTerm(id), 1);
      records.text(id);
      records.rest(text);
      recordEnds.push(records.length);
      lengths.push(length);
    },
    write(sink) {
      const writer = createSegmentWriter(sink);
      const bytes = records.take();
      for (const [slot, end] of recordEnds.entries()) {
        writer.document(bytes.subarray(recordEnds[slot - 1] ?? 0, end), lengths[slot] ?? 0);
      }
      const { starts, ordered } = byTerm();
      for (const term of [...numbers.keys()].sort()) {
        const number = numbers.get(term) ?? 0;
        for (let i = starts[number] ?? 0; i < (starts[number + 1] ?? 0); i++) {
          const at = ordered[i] ?? 0;
          writer.posting(postings[at + 1] ?? 0, Math.min(mostFrequent, postings[at + 2] ?? 0));
        }
        writer.term(term);
      }
      writer.end();
    },
  };
}
