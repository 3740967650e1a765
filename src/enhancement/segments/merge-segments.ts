import type { Sink } from './bytes.js';
import type { Postings, Segment } from './segment.js';
import { createSegmentWriter } from './segment-writer.js';
import type { SlotSet } from './slot-set.js';

/** A segment, and those of its documents that are replaced or left out. */
export interface Part {
  readonly segment: Segment;
  readonly removed: SlotSet;
}

/** This many neighbouring segments of one level are merged into one. */
const fanIn = 8;
const smallestLevelBytes = 64 * 1024;

/** Sizes that differ by less than the factor `fanIn` are of one level. */
function levelOf(bytes: number): number {
  return Math.max(0, Math.floor(Math.log(bytes / smallestLevelBytes) / Math.log(fanIn)));
}

/**
 * How many of the last segments are to be merged; 0: none. Levels keep both the number of segments and the number of times that each
 * document is rewritten logarithmic.
 */
export function mergeable(sizes: readonly number[]): number {
  const level = levelOf(sizes.at(-1) ?? 0);
  const longer = sizes.findLastIndex((bytes) => levelOf(bytes) > level);
  const count = sizes.length - 1 - longer;
  return count < fanIn ? 0 : count;
}

/** More than a third of its documents are removed. Searches read them nevertheless, so it is rewritten. */
export const isWorn = ({ segment, removed }: Part): boolean => removed.count > segment.documents / 3;

/** Pieces of work between two turns of the event loop. */
const documentsPerPiece = 100;
const postingsPerPiece = 8_000;
/** The work for a term, in postings. */
const postingsOfTerm = 5;

/** Writes the documents of several segments into one, in their order, without those that are removed. Yields after each piece. */
export function* mergeSegments(parts: readonly Part[], sink: Sink): Generator<void, void, void> {
  const writer = createSegmentWriter(sink);
  const heads: Head[] = [];
  let documents = 0;
  for (const { segment, removed } of parts) {
    const movedTo = new Int32Array(segment.documents).fill(-1);
    let slot = 0;
    for (const record of segment.records()) {
      if (!removed.has(slot)) {
        movedTo[slot] = documents++;
        writer.document(record, segment.lengthOf(slot));
        if (documents % documentsPerPiece === 0) yield;
      }
      slot++;
    }
    const terms = segment.terms();
    heads.push({
      terms,
      next: terms.next(),
      copy(from, frequency) {
        const to = movedTo[from] ?? -1;
        if (to >= 0) writer.posting(to, frequency);
      },
    });
  }
  let piece = 0;
  for (let term = leastTerm(heads); term !== undefined; term = leastTerm(heads)) {
    for (const head of heads) {
      const { next, terms, copy } = head;
      if (next.done === true || next.value[0] !== term) continue;
      next.value[1].forEach(copy);
      piece += next.value[1].count;
      head.next = terms.next();
    }
    writer.term(term);
    piece += postingsOfTerm;
    if (piece < postingsPerPiece) continue;
    piece = 0;
    yield;
  }
  writer.end();
}

/** A part whose terms are read in ascending order. */
interface Head {
  readonly terms: Generator<readonly [term: string, postings: Postings], void>;
  next: IteratorResult<readonly [term: string, postings: Postings], void>;
  /** Writes a posting of the next term, if its document is not removed. */
  readonly copy: (slot: number, frequency: number) => void;
}

function leastTerm(heads: readonly Head[]): string | undefined {
  let least: string | undefined;
  for (const { next } of heads) {
    if (next.done !== true && (least === undefined || next.value[0] < least)) [least] = next.value;
  }
  return least;
}
