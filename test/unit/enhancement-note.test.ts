import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { extractiveNote } from '../../src/enhancement/extractive.js';
import { escapeHtml, type Note, renderNote } from '../../src/enhancement/note.js';
import type { Excerpt } from '../../src/enhancement/excerpt.js';
import { countWords } from '../../src/enhancement/tokenization.js';

const excerpt = (overrides: Partial<Excerpt> = {}): Excerpt => ({
  source: 'ticket_history',
  id: 'TKT-1',
  title: 'VPN drops',
  quote: 'Raised the rekey interval.',
  detail: 'resolved 2026-10-01',
  background: 'Raised the rekey interval on both gateways.',
  score: 0.8765,
  confidence: 'likely',
  ...overrides,
});
const frame = { correlationId: '6d0f1a9c-9f0e-4d1f-8f5a-0f4bb1d3a111', marker: 'ticket-enhancer#d1', maxWords: 500 };

/** What a browser would show, and what it would count as words: every tag a space, every entity its character. */
function asRead(html: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replace(/<[^>]*>/g, ' ').replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? '?');
}

/** Tags that we write ourselves; none has an attribute. */
const ours = /^<\/?(p|strong|blockquote|ul|li)>$/;

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '" onmouseover="x',
    '&lt;b&gt;',
    '</p><img src=x onerror=y>',
    '\ud800',
    'a\u202Eb',
  ),
  fc.lorem({ maxCount: 60 }),
);
const excerpts = fc.record({
  source: fc.constantFrom('ticket_history', 'knowledge_base', 'inventory'),
  id: hostile,
  title: hostile,
  quote: hostile,
  detail: hostile,
  background: hostile,
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  confidence: fc.constantFrom('likely', 'possible'),
});
const blocks = fc.oneof(
  fc.record({ kind: fc.constant('paragraph'), text: hostile }),
  fc.record({ kind: fc.constant('subheading'), text: hostile }),
  fc.record({ kind: fc.constant('statement'), text: hostile, sources: fc.array(excerpts, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('quote'), source: excerpts }),
);
const notes: fc.Arbitrary<Note> = fc.record({
  mode: fc.constantFrom('llm', 'extractive', 'fallback'),
  heading: fc.constantFrom('Automated retrieval; no language model used', 'Suggested <by> a "model"'),
  blocks: fc.array(blocks, { maxLength: 12 }),
}) as fc.Arbitrary<Note>;

describe('a rendered note', () => {
  it('reads well', () => {
    const note = extractiveNote({
      excerpts: [
        excerpt(),
        excerpt({ source: 'knowledge_base', id: 'vpn', title: 'VPN & Wi-Fi', detail: 'section “Fix”', score: 0.6 }),
        excerpt({ source: 'inventory', id: 'vpn-gw-01', title: 'vpn-gw-01', detail: 'gateway, Berlin', quote: '' }),
      ],
      failed: [],
    });
    const rendered = renderNote(note, frame);
    expect(rendered.text).toBe(
      [
        'Automated retrieval; no language model used',
        'Resolved ticket TKT-1: VPN drops (resolved 2026-10-01; score 0.88)',
        '> Raised the rekey interval.',
        'Knowledge base vpn: VPN & Wi-Fi (section “Fix”; score 0.60)',
        '> Raised the rekey interval.',
        'Systems named',
        'Inventory vpn-gw-01 (gateway, Berlin)',
        'Ref 6d0f1a9c-9f0e-4d1f-8f5a-0f4bb1d3a111 ticket-enhancer#d1',
      ].join('\n'),
    );
    expect(rendered.html).toContain('<strong>Knowledge base vpn: VPN &amp; Wi-Fi</strong>');
  });

  it.each([
    [[], 'No similar tickets found.'],
    [[{ source: 'ticket_history', reason: 'timed out' } as const], 'the ticket history (ticket_history: timed out)'],
  ])('says plainly what was not found and where nobody could look', (failed, expected) => {
    expect(renderNote(extractiveNote({ excerpts: [], failed }), frame).text).toContain(expected);
  });

  it('is marked when it is a fallback', () => {
    const note = extractiveNote({ excerpts: [], failed: [] }, 'the language model did not answer in time');
    expect(renderNote(note, frame)).toMatchObject({ mode: 'fallback', html: expect.stringContaining('fallback') });
  });

  it('leaves out what falls far behind the best source, and more than four', () => {
    const many = [1, 0.9, 0.8, 0.7, 0.6].map((score, i) => excerpt({ id: `T${i}`, score }));
    const far = excerpt({ id: 'FAR', score: 0.3 });
    const { citations } = renderNote(extractiveNote({ excerpts: [far, ...many], failed: [] }), frame);
    expect(citations.map(({ id }) => id)).toEqual(['T0', 'T1', 'T2', 'T3']);
  });

  it('holds no markup but ours, from any author of the text', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const { html } = renderNote(note, frame);
        for (const tag of html.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(ours);
        for (const entity of html.match(/&[^;]*;?/g) ?? []) expect(entity).toMatch(/^&(amp|lt|gt|quot|#39);$/);
        expect(html.replaceAll(/<[^>]*>/g, '')).not.toMatch(/["']/); // a desk may put it into an attribute
        expect(html.isWellFormed()).toBe(true);
        expect(html).not.toMatch(/[\u202A-\u202E\u2066-\u2069\0]/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps to its word limit in both forms, and always names its heading, job and correlation id', () => {
    fc.assert(
      fc.property(notes, fc.integer({ min: 50, max: 200 }), (note, maxWords) => {
        const { html, text } = renderNote(note, { ...frame, maxWords });
        expect(countWords(asRead(html))).toBeLessThanOrEqual(maxWords);
        expect(countWords(text)).toBeLessThanOrEqual(maxWords);
        expect(html).toContain(frame.marker);
        expect(html).toContain(frame.correlationId);
        expect(html).toContain(escapeHtml(note.heading));
      }),
      { numRuns: 500 },
    );
  });

  it('cites only what it was given', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const given = note.blocks.flatMap((block) =>
          block.kind === 'quote' ? [block.source] : block.kind === 'statement' ? block.sources : [],
        );
        for (const { source, id } of renderNote(note, frame).citations) {
          expect(given.some((one) => one.source === source && one.id === id)).toBe(true);
        }
      }),
    );
  });
});
