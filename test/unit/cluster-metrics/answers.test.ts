import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import zlib, { gunzipSync } from 'node:zlib';

import { type ClusterRegistry, Counter } from '../../support/metrics-client.js';
import { append, checksumOf, gzip, Piece } from '../../../src/cluster-metrics/primary/printing/gzip.js';
import { createPrimary } from '../../support/cluster-link.js';

describe('pieces of an answer', () => {
  it('are one member of gzip together, whatever is in them and which of them an earlier answer had', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(2))), async (made) => {
        const pieces = made.map(([text, earlier]) => ({ piece: new Piece(text, 1), earlier }));
        for (const answer of [2, 1])
          await gzip(pieces.filter(({ earlier }) => earlier >= answer).map(({ piece }) => piece));
        const whole = Buffer.concat(pieces.map(({ piece }) => piece.bytes));
        const zipped = await gzip(pieces.map(({ piece }) => piece));
        expect(gunzipSync(zipped).equals(whole)).toBe(true);
        // Its own length and not another member's: the pieces are one stream.
        expect(zipped.readUInt32LE(zipped.length - 4)).toBe(whole.length);
      }),
    );
  });

  it('are compressed once, though others change between answers, and few as well as many of them', async () => {
    for (const others of [1, 20]) {
      const kept = new Piece('kept '.repeat(1000), 1);
      const answer = () => gzip([kept, ...Array.from({ length: others }, () => new Piece('new', 1))]);
      await answer();
      await answer();
      const { deflated } = kept;
      if (deflated === undefined) throw new Error('it was not compressed by itself');
      const again = await answer();
      expect(again.subarray(10, 10 + deflated.length).equals(deflated)).toBe(true);
      expect(kept.deflated).toBe(deflated);
    }
  });

  it('keep the bytes that they have together while none of them has changed', async () => {
    const pieces = Array.from({ length: 200 }, (_, i) => new Piece(`line_${i} 1\n`.repeat(50), 50));
    const first = await gzip(pieces);
    expect((await gzip(pieces)).equals(first)).toBe(true);
    expect(pieces.every(({ deflated }) => deflated === undefined)).toBe(true);
    pieces[100] = new Piece('line_100 2\n', 1);
    const whole = Buffer.concat(pieces.map(({ bytes }) => bytes));
    expect(gunzipSync(await gzip(pieces)).equals(whole)).toBe(true);
    // Those of the run that has changed, and no others.
    expect(pieces.filter(({ deflated }) => deflated !== undefined)).toHaveLength(64);
  });
});

describe('an answer', () => {
  let primary: ClusterRegistry;

  it('stays as it was printed when the next one is printed, and both share what has not changed', async () => {
    primary = createPrimary();
    const jobs = new Counter({ name: 'jobs_total', help: 'Jobs', registers: [primary] });
    new Counter({ name: 'other_total', help: 'Others', registers: [primary] }).inc();
    jobs.inc(7);
    const first = await primary.scrape({ names: ['jobs_total', 'other_total'] });
    const before = Buffer.concat(first.parts).toString();
    jobs.inc();
    const second = await primary.scrape({ names: ['jobs_total', 'other_total'] });
    expect(before).toContain('jobs_total{role="primary",slot="0"} 7');
    expect(Buffer.concat(first.parts).toString()).toBe(before);
    expect(Buffer.concat(second.parts).toString()).toBe(before.replace('} 7\n', '} 8\n'));
    const shared = second.parts.filter((part) => first.parts.includes(part)).map(String);
    expect(shared.some((text) => text.startsWith('other_total{'))).toBe(true);
    expect(shared.some((text) => text.startsWith('jobs_total{'))).toBe(false);
  });

  it('is shared by scrapes at the same time, each with the metrics that it names', async () => {
    let collections = 0;
    primary = createPrimary({ beforeScrape: async () => void collections++ });
    new Counter({ name: 'a_total', help: 'A', registers: [primary] }).inc();
    new Counter({ name: 'b_total', help: 'B', registers: [primary] }).inc();
    const asked = Array.from({ length: 100 }, (_, i) => {
      if (i % 4 === 0) return {};
      if (i % 4 === 1) return { names: ['a_total'] };
      return { names: i % 4 === 2 ? ['b_total', 'a_total'] : ['a_total', 'b_total'], format: 'openmetrics' } as const;
    });
    const answers = await Promise.all(asked.map((options) => primary.scrape(options)));
    // The first one's, and one for all that came during it.
    expect(collections).toBe(2);
    expect(new Set(answers).size).toBe(1 + 3);
    for (const [i, { contentType, parts }] of answers.entries()) {
      const text = Buffer.concat(parts).toString();
      expect(contentType.startsWith(i % 4 < 2 ? 'text/plain' : 'application/openmetrics-text')).toBe(true);
      expect([text.includes('\na_total{'), text.includes('\nb_total{')]).toEqual([true, i % 4 !== 1]);
      expect(text.includes('cluster_series')).toBe(i % 4 === 0);
    }
  });

  it('lets the loop turn while many new series of the primary are taken in', async () => {
    primary = createPrimary({ maxLabelSets: 200_000 });
    const many = new Counter({ name: 'many_total', help: 'Many', labelNames: ['n'], registers: [primary] });
    for (let n = 0; n < 100_000; n++) many.inc({ n: String(n) });
    let turns = 0;
    let ended = false;
    const turn = (): void => {
      turns += 1;
      if (!ended) setImmediate(turn);
    };
    setImmediate(turn);
    const { series } = await primary.scrape();
    ended = true;
    expect(series).toBeGreaterThan(100_000);
    // Printing alone takes fewer.
    expect(turns).toBeGreaterThan(30);
  });

  it('shows what there was time for, and the rest as it was or not yet, until the next ones have shown all', async () => {
    primary = createPrimary({ maxLabelSets: 100_000 });
    const registers = [primary];
    const many = new Counter({ name: 'many_total', help: 'Many', labelNames: ['n'], registers });
    const count = 60_000;
    const countAll = (): void => {
      for (let n = 0; n < count; n++) many.inc({ n: String(n) });
    };
    const shown = async () => {
      const { parts, outdated } = await primary.scrape({ withinMs: 1 });
      const text = Buffer.concat(parts).toString();
      return { outdated, values: [...text.matchAll(/^many_total\S+ (\d+)$/gm)].map(([, value]) => Number(value)) };
    };
    countAll();
    const first = await shown();
    expect(first.outdated).toBeGreaterThan(0);
    expect(first.values.length).toBeLessThan(count);
    let answer = first;
    let answers = 1;
    for (; answer.outdated > 0; answers++) answer = await shown();
    expect(answers).toBeGreaterThan(2);
    expect(answer.values).toEqual(Array.from({ length: count }, () => 1));
    countAll();
    const again = await shown();
    // None disappears, and none is ahead of what was counted.
    expect(again.values).toHaveLength(count);
    expect(new Set(again.values)).toEqual(new Set([1, 2]));
    const { parts, outdated } = await primary.scrape();
    expect(outdated).toBe(0);
    const text = Buffer.concat(parts).toString();
    expect(text.match(/^many_total\S+ 2$/gm)).toHaveLength(count);
    // As of the scrape before.
    expect(Number(/^cluster_series_outdated (\d+)$/m.exec(text)?.[1])).toBe(again.outdated);
  });
});

describe('the checksum of parts', () => {
  it('is that of the whole, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        const joined = parts.reduce((crc, part) => append(crc, checksumOf(zlib.crc32(part), part.length)), 0);
        expect(joined).toBe(zlib.crc32(Buffer.concat(parts)));
      }),
    );
  });

  it('is the check value of the catalogue of CRC algorithms', () => {
    const [first, second] = ['1234', '56789'].map((part) => checksumOf(zlib.crc32(part), part.length));
    if (first === undefined || second === undefined) throw new Error('no parts');
    expect(append(append(0, first), second)).toBe(0xcb_f4_39_26);
  });
});
