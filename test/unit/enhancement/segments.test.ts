import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, createByteReader, createByteWriter, type Sink } from '../../../src/enhancement/segments/bytes.js';
import { createFilter } from '../../../src/enhancement/segments/filter.js';
import { mergeSegments } from '../../../src/enhancement/segments/merge-segments.js';
import { openSegment, type Segment } from '../../../src/enhancement/segments/segment.js';
import { createSegmentBuilder, type IndexedDocument } from '../../../src/enhancement/segments/segment-builder.js';
import { mergeable } from '../../../src/enhancement/segments/merge-segments.js';
import { createSlotSet } from '../../../src/enhancement/segments/slot-set.js';

const text = fc.string({ unit: 'binary', maxLength: 200 }).map((one) => one.toWellFormed());
const documents = fc.uniqueArray(
  fc.record({
    id: text,
    text,
    fields: fc.array(
      fc.record({ terms: fc.array(text, { maxLength: 30 }), weight: fc.integer({ min: 1, max: 120 }) }),
      {
        maxLength: 3,
      },
    ),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);

function frequenciesIn(fields: IndexedDocument['fields']): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const { terms, weight } of fields) {
    for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + weight);
  }
  return frequencies;
}

function written(write: (sink: Sink) => void): Segment {
  const chunks: Buffer[] = [];
  // What is handed over may be overwritten afterwards.
  write((bytes) => void chunks.push(Buffer.from(bytes)));
  return openSegment(bytesOf(Buffer.concat(chunks)));
}

function segmentOf(documents: readonly IndexedDocument[]): Segment {
  const builder = createSegmentBuilder();
  for (const document of documents) builder.add(document);
  return written((sink) => builder.write(sink));
}

/** All that can be read of a segment, with ids in place of slots. */
function contentOf(segment: Segment) {
  const slots = Array.from({ length: segment.documents }, (_, slot) => slot);
  const terms = new Map<string, Map<string, number>>();
  for (const [term, postings] of segment.terms()) {
    const having = new Map<string, number>();
    postings.forEach((slot, frequency) => void having.set(segment.idOf(slot), frequency));
    expect(having.size).toBe(postings.count);
    terms.set(term, having);
  }
  return {
    documents: slots.map((slot) => [segment.idOf(slot), segment.textOf(slot), segment.lengthOf(slot)]),
    terms,
  };
}

describe('a segment', () => {
  it('gives back the documents, terms and frequencies that it was written with', () => {
    fc.assert(
      fc.property(documents, (given) => {
        const segment = segmentOf(given);
        expect(contentOf(segment).documents).toEqual(
          given.map(({ id, text, fields }) => [
            id,
            text,
            fields.reduce((length, { terms, weight }) => length + weight * terms.length, 0),
          ]),
        );
        for (const { id, fields } of given) {
          for (const [term, frequency] of frequenciesIn(fields)) {
            const found = new Map<string, number>();
            segment.postingsOf(term)?.forEach((slot, much) => void found.set(segment.idOf(slot), much));
            expect(found.get(id)).toBe(Math.min(255, frequency));
          }
        }
        expect(segment.postingsOf('no such term\u{10ffff}')).toBeUndefined();
      }),
    );
  });

  it('that several are merged into is the one that would have been written at once, without what is removed', () => {
    const parts = fc.array(fc.tuple(documents, fc.infiniteStream(fc.boolean())), { maxLength: 4 });
    fc.assert(
      fc.property(parts, (parts) => {
        const left: IndexedDocument[] = [];
        const merged = parts.map(([given, coins], part) => {
          const own = given.map((one) => ({ ...one, id: `${part} ${one.id}` }));
          const removed = createSlotSet(own.length);
          own.forEach((document, slot) => {
            if (coins.next().value) removed.add(slot);
            else left.push(document);
          });
          return { segment: segmentOf(own), removed };
        });
        const segment = written((sink) => {
          for (const _ of mergeSegments(merged, sink));
        });
        expect(contentOf(segment)).toEqual(contentOf(segmentOf(left)));
      }),
    );
  });

  it('is refused when bytes are missing, or are something else', () => {
    const chunks: Buffer[] = [];
    const builder = createSegmentBuilder();
    builder.add({ id: 'a', text: 'VPN drops', fields: [{ terms: ['vpn'], weight: 1 }] });
    builder.write((bytes) => void chunks.push(Buffer.from(bytes)));
    const whole = Buffer.concat(chunks);
    for (let length = 0; length < whole.length; length++) {
      expect(() => openSegment(bytesOf(whole.subarray(0, length)))).toThrow('no segment');
    }
    expect(() => openSegment(bytesOf(Buffer.alloc(1000, 7)))).toThrow('no segment');
  });
});

describe('the filter of a segment’s ids', () => {
  it('knows all of them, and takes fewer than one in a hundred others for one of them', () => {
    const idsOf = (kind: string) => Array.from({ length: 10_000 }, (_, i) => `${kind}-${i}`);
    const filter = createFilter(10_000, idsOf('ACM'));
    expect(idsOf('ACM').filter((id) => !filter.mayHave(id))).toEqual([]);
    expect(idsOf('GLX').filter((id) => filter.mayHave(id)).length).toBeLessThan(100);
  });
});

describe('numbers', () => {
  it('are read as they were written, whatever their size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })), (numbers) => {
        const writer = createByteWriter();
        for (const number of numbers) writer.number(number);
        const reader = createByteReader(writer.take());
        expect(numbers.map(() => reader.number())).toEqual(numbers);
      }),
    );
  });
});

describe('merging', () => {
  it('keeps segments few, and writes each document few times', () => {
    const sizes: number[] = [];
    let writtenBytes = 0;
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      sizes.push(100_000);
      for (let count = mergeable(sizes); count > 0; count = mergeable(sizes)) {
        const bytes = sizes.splice(-count).reduce((a, b) => a + b, 0);
        sizes.push(bytes);
        writtenBytes += bytes;
      }
      most = Math.max(most, sizes.length);
    }
    expect(most).toBeLessThanOrEqual(22);
    expect(writtenBytes / (1000 * 100_000)).toBeLessThan(4);
  });
});
