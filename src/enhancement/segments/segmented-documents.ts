import { bytesOf, createCollector } from './bytes.js';
import { isWorn, mergeable, mergeSegments, type Part } from './merge-segments.js';
import { openSegment, type Postings } from './segment.js';
import { createSegmentBuilder, type IndexedDocument } from './segment-builder.js';
import { createSlotSet } from './slot-set.js';

/** A part of the index. `file`: it is stored under this name; undefined: it is in memory. */
export interface StoredPart extends Part {
  readonly file: string | undefined;
}

/**
 * Documents in segments, oldest first: a document that is replaced moves to the end. Statistics never count replaced or
 * removed ones, so that they do not depend on how the documents came to be divided.
 */
export interface SegmentedDocuments {
  readonly size: number;
  /** Of all documents, in weighted terms. */
  readonly totalLength: number;
  /** What they take of this process's memory, bytes. */
  readonly held: number;
  /** Slots of documents are below it. */
  readonly slots: number;
  /** Those with a file come first. */
  readonly parts: readonly StoredPart[];
  /** Adds a document, or replaces the one of that id. */
  add(document: IndexedDocument): void;
  remove(id: string): void;
  removeOldest(count: number): void;
  /** Makes what was added a part of the index. Called by itself before the index is read. */
  freeze(): void;
  /** Merges small parts in memory, and rewrites those of which much is removed. Yields after some milliseconds of work. */
  tidy(): Generator<void, void, void>;
  /** The same, with all parts in memory made one, and nothing removed left in them. */
  compact(): Generator<void, void, void>;
  /** Puts this part, which may be undefined, into the place of others, which follow one another. */
  replace(parts: readonly StoredPart[], part: StoredPart | undefined): void;
  /** Begins anew with these. */
  reset(parts: readonly StoredPart[]): void;
  countOf(term: string): number;
  forEach(term: string, visit: (slot: number, frequency: number, length: number) => void): void;
  idOf(slot: number): string;
  textOf(slot: number): string;
}

/** Kept terms: those of some tickets. */
const mostKnown = 5000;

interface KnownTerm {
  /** Of each part. */
  readonly postings: readonly (Postings | undefined)[];
  /** Documents that have the term and are not removed. */
  readonly count: number;
}

export function createSegmentedDocuments(): SegmentedDocuments {
  const parts: StoredPart[] = [];
  let builder = createSegmentBuilder();
  /** Documents of the builder: slots by id. */
  const added = new Map<string, number>();
  /** Terms that were asked for since the last change. */
  const known = new Map<string, KnownTerm>();
  let size = 0;
  let totalLength = 0;

  function addPart(part: StoredPart): void {
    parts.push(part);
    const { segment, removed } = part;
    size += segment.documents - removed.count;
    for (let slot = 0; slot < segment.documents; slot++) if (!removed.has(slot)) totalLength += segment.lengthOf(slot);
  }

  function freeze(): void {
    if (builder.documents === 0) return;
    const { sink, collected } = createCollector();
    builder.write(sink);
    const segment = openSegment(bytesOf(collected()));
    const removed = createSlotSet(segment.documents);
    // Of two documents of an id the later one is left.
    for (let slot = 0; slot < segment.documents; slot++) {
      if (added.get(segment.idOf(slot)) !== slot) removed.add(slot);
    }
    builder = createSegmentBuilder();
    added.clear();
    known.clear();
    if (removed.count < segment.documents) addPart({ segment, removed, file: undefined });
  }

  function removeFrom(part: StoredPart, slot: number): void {
    if (part.removed.has(slot)) return;
    part.removed.add(slot);
    known.clear();
    size--;
    totalLength -= part.segment.lengthOf(slot);
    if (part.file === undefined && part.removed.count === part.segment.documents) replace([part], undefined);
  }

  function removeFromParts(id: string): void {
    // The latest is the likeliest, and there is one at most.
    for (const part of parts.toReversed()) {
      const slot = part.segment.slotOf(id);
      if (slot === undefined || part.removed.has(slot)) continue;
      removeFrom(part, slot);
      return;
    }
  }

  function remove(id: string): void {
    if (added.delete(id)) {
      if (added.size === 0) builder = createSegmentBuilder();
    } else {
      removeFromParts(id);
    }
  }

  function replace(replaced: readonly StoredPart[], part: StoredPart | undefined): void {
    const [first] = replaced;
    if (first === undefined) return;
    known.clear();
    parts.splice(parts.indexOf(first), replaced.length, ...(part === undefined ? [] : [part]));
  }

  function reset(stored: readonly StoredPart[]): void {
    parts.length = 0;
    builder = createSegmentBuilder();
    added.clear();
    known.clear();
    size = 0;
    totalLength = 0;
    for (const part of stored) addPart(part);
  }

  function* merge(merged: readonly StoredPart[]): Generator<void, void, void> {
    const { sink, collected } = createCollector();
    yield* mergeSegments(merged, sink);
    const segment = openSegment(bytesOf(collected()));
    replace(merged, { segment, removed: createSlotSet(segment.documents), file: undefined });
  }

  function* tidy(): Generator<void, void, void> {
    for (;;) {
      const own = parts.filter(({ file }) => file === undefined);
      const count = mergeable(own.map(({ segment }) => segment.bytes));
      const worn = own.find(isWorn);
      if (count > 0) yield* merge(own.slice(-count));
      else if (worn !== undefined) yield* merge([worn]);
      else return;
    }
  }

  function look(term: string): KnownTerm {
    freeze();
    const found = known.get(term) ?? lookIn(parts, term);
    if (known.size >= mostKnown) known.clear();
    known.set(term, found);
    return found;
  }

  function textAt(slot: number, what: 'idOf' | 'textOf'): string {
    let first = 0;
    for (const { segment } of parts) {
      if (slot < first + segment.documents) return segment[what](slot - first);
      first += segment.documents;
    }
    throw new RangeError(`there is no slot ${slot}`);
  }

  return {
    get size() {
      return size + added.size;
    },
    get totalLength() {
      freeze();
      return totalLength;
    },
    get held() {
      return builder.held + parts.reduce((sum, { segment }) => sum + segment.held, 0);
    },
    get slots() {
      freeze();
      return parts.reduce((sum, { segment }) => sum + segment.documents, 0);
    },
    parts,
    add(document) {
      const id = document.id.toWellFormed();
      remove(id);
      added.set(id, builder.documents);
      builder.add({ ...document, id });
      if (builder.isFull) freeze();
    },
    remove: (id) => remove(id.toWellFormed()),
    removeOldest(count) {
      freeze();
      let left = count;
      for (const part of parts.slice()) {
        for (let slot = 0; slot < part.segment.documents && left > 0; slot++) {
          if (part.removed.has(slot)) continue;
          removeFrom(part, slot);
          left--;
        }
      }
    },
    freeze,
    tidy,
    *compact() {
      freeze();
      yield* merge(parts.filter(({ file }) => file === undefined));
    },
    replace,
    reset,
    countOf: (term) => look(term).count,
    forEach(term, visit) {
      const { postings } = look(term);
      let first = 0;
      for (const [i, { segment, removed }] of parts.entries()) {
        const start = first;
        postings[i]?.forEach((slot, frequency) => {
          if (!removed.has(slot)) visit(start + slot, frequency, segment.lengthOf(slot));
        });
        first += segment.documents;
      }
    },
    idOf: (slot) => textAt(slot, 'idOf'),
    textOf: (slot) => textAt(slot, 'textOf'),
  };
}

function lookIn(parts: readonly Part[], term: string): KnownTerm {
  const postings = parts.map(({ segment }) => segment.postingsOf(term));
  let count = 0;
  for (const [i, { removed }] of parts.entries()) {
    if (removed.count === 0) count += postings[i]?.count ?? 0;
    else postings[i]?.forEach((slot) => (count += removed.has(slot) ? 0 : 1));
  }
  return { postings, count };
}
