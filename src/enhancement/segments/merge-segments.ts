import type { Sink } from './bytes.js';
import type { Postings, Segment } from './segment.js';
import { createSegmentWriter } from './segment-writer.js';
import type { SlotSet } from './slot-set.js';

/** A segment, and those of its documents that are replaced or left out. */
export interface Part {
  readonly segment: Segment;
  readonly removed: SlotSet;
}

/** Pieces of work between two turns of the event loop. */
const documentsPerPiece = 100;
const postingsPerPiece = 8_000;

/** Writes the documents of several segments into one, in their order, without those that are removed. Yields after each piece. */
export function* mergeSegments(parts: readonly Part[], sink: Sink): Generator<void, void, void> {
  const writer = createSegmentWriter(sink);
  const slots: Int32Array[] = [];
  let documents = 0;
  for (const { segment, removed } of parts) {
    const ofPart = new Int32Array(segment.documents).fill(-1);
    slots.push(ofPart);
    let slot = 0;
    for (const record of segment.records()) {
      if (!removed.has(slot)) {
        ofPart[slot] = documents++;
        writer.document(record, segment.lengthOf(slot));
        if (documents % documentsPerPiece === 0) yield;
      }
      slot++;
    }
  }
  let piece = 0;
  for (const { term, lists } of sameTerms(parts)) {
    const merged: number[] = [];
    for (const [part, postings] of lists) {
      const ofPart = slots[part];
      postings.forEach((slot, frequency) => {
        const moved = ofPart?.[slot] ?? -1;
        if (moved >= 0) merged.push(moved, frequency);
      });
    }
    if (merged.length > 0) writer.term(term, merged);
    piece += merged.length + 10;
    if (piece < postingsPerPiece) continue;
    piece = 0;
    yield;
  }
  writer.end();
}

interface TermOfParts {
  readonly term: string;
  /** Of each part that has the term, in the order of the parts. */
  readonly lists: readonly (readonly [part: number, postings: Postings])[];
}

/** Goes through the terms of all parts at once. */
function* sameTerms(parts: readonly Part[]): Generator<TermOfParts> {
  const heads = parts.map(({ segment }) => {
    const terms = segment.terms();
    return { terms, next: terms.next() };
  });
  for (;;) {
    let least: string | undefined;
    for (const { next } of heads) {
      if (next.done !== true && (least === undefined || next.value[0] < least)) [least] = next.value;
    }
    if (least === undefined) return;
    const lists: (readonly [number, Postings])[] = [];
    for (const [part, head] of heads.entries()) {
      if (head.next.done === true || head.next.value[0] !== least) continue;
      lists.push([part, head.next.value[1]]);
      head.next = head.terms.next();
    }
    yield { term: least, lists };
  }
}
