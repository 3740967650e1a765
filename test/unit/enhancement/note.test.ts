import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Excerpt } from '../../../src/enhancement/excerpt.js';
import { extractiveNote, nothingFoundNote } from '../../../src/enhancement/extractive.js';
import { type Note, renderNote } from '../../../src/enhancement/note.js';
import { type Language, languages, noteWords } from '../../../src/enhancement/note-words.js';
import { countWords } from '../../../src/enhancement/words.js';

const excerpt = (overrides: Partial<Excerpt> = {}): Excerpt => ({
  source: 'ticket_history',
  id: 'TKT-1',
  title: 'VPN drops',
  quote: 'Raised the rekey interval:\n1. Opened vpn-gw-01.\n2. Set 8 h.',
  detail: '',
  resolvedOn: '2026-10-01',
  background: 'Raised the rekey interval on both gateways.',
  score: 0.8765,
  confidence: 'likely',
  ...overrides,
});
const article = (overrides: Partial<Excerpt> = {}): Excerpt => {
  const { resolvedOn: _, ...rest } = excerpt();
  return {
    ...rest,
    source: 'knowledge_base',
    id: 'vpn/drops',
    title: 'VPN & Wi-Fi',
    section: 'Fix',
    score: 0.6,
    confidence: 'possible',
    ...overrides,
  };
};
const { resolvedOn: _, ...gateway } = excerpt({
  source: 'inventory',
  id: 'vpn-gw-01',
  title: 'vpn-gw-01',
  detail: 'gateway, Berlin',
  quote: '',
  score: 1,
});
const frame = { correlationId: '6d0f1a9c-9f0e-4d1f-8f5a-0f4bb1d3a111', marker: 'ticket-enhancer#d1', maxWords: 500 };
const reference = `Ref ${frame.correlationId} ${frame.marker}`;

const found = (excerpts: Excerpt[], options: Partial<Parameters<typeof extractiveNote>[1]> = {}): Note => {
  const note = extractiveNote(
    { excerpts, failed: [] },
    { language: 'en', style: 'full', modelFailed: false, ...options },
  );
  if (note === undefined) throw new Error('There is no note.');
  return note;
};

/** What a browser would show, and what it would count as words: every block a line, every entity its character. */
function asRead(html: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html
    .replace(/<\/?(?:strong|em|small|code|a)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? '?');
}

/** Elements and attributes that we write ourselves. */
const ours =
  /^<\/?(p|strong|em|small|code|blockquote|ul|ol|li|pre|tr|th|td)>$|^<(p|li|th|td) dir="(?:auto|rtl)">$|^<br>$|^<ol start="\d+">$|^<table border="1">$|^<\/table>$|^<a href="(https?:|mailto:)[^"<>\s]*">$|^<\/a>$/;

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '" onmouseover="x',
    '&lt;b&gt;',
    '</p><img src=x onerror=y>',
    '[x](javascript:alert(1))',
    '1. a\n2. b\n\n| a | b |\n|---|---|\n| c | d |',
    '```\n</pre>\n```',
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
  section: hostile,
  resolvedOn: hostile,
  background: hostile,
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  confidence: fc.constantFrom('likely', 'possible'),
});
const parts = fc.oneof(
  fc.record({ kind: fc.constant('paragraph'), text: hostile }),
  fc.record({ kind: fc.constant('subheading'), text: hostile }),
  fc.record({
    kind: fc.constant('step'),
    number: fc.integer({ min: 1, max: 9 }),
    text: hostile,
    sources: fc.array(excerpts, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('source'), source: excerpts, isQuoted: fc.boolean() }),
);
const notes: fc.Arbitrary<Note> = fc.record({
  mode: fc.constantFrom('llm', 'extractive', 'fallback'),
  language: fc.constantFrom(...languages),
  headline: fc.oneof(fc.constant('Probably solved before'), hostile),
  parts: fc.array(parts, { maxLength: 12 }),
  remarks: fc.array(hostile, { maxLength: 2 }),
}) as fc.Arbitrary<Note>;
const links = { ticket: 'https://desk.acme.example/t/{id}', article: 'https://kb.acme.example/{id}?from=note#top' };

it.each<[string, string]>([
  ['short words', 'a b c d '],
  ['long words', `${'x'.repeat(39)} `],
  ['what is longer as HTML', `${'"&'.repeat(19)} `],
  ['Chinese', '重启服务'],
])('a note of thousands of words is short enough for every desk, and ends with its marker: %s', (_what, words) => {
  const quote = words.repeat(Math.ceil(40_000 / words.length));
  const note = found([excerpt({ quote }), article()]);
  const { html, wiki, text } = renderNote(note, { ...frame, maxWords: 5000 });
  for (const markup of [html, wiki]) expect(Buffer.byteLength(markup)).toBeLessThanOrEqual(24_000);
  expect(Buffer.byteLength(html)).toBeGreaterThan(10_000);
  for (const written of [html, wiki, text]) expect(written).toContain(frame.marker);
});

it('a note that is too long for a desk is rendered a few times, however far off its word limit is', () => {
  const note = found([excerpt({ quote: '"&'.repeat(19).concat(' ').repeat(1000) })]);
  let renderings = 0;
  const counted: Note = {
    ...note,
    get parts() {
      renderings++;
      return note.parts;
    },
  };
  renderNote(counted, { ...frame, maxWords: 1_000_000 });
  expect(renderings).toBeLessThanOrEqual(4);
});

describe('a rendered note', () => {
  it('tells its finding first, quotes the best source as it was written, the same words once, and has what concerns the service at its end', () => {
    const note = found([gateway, excerpt(), article()]);
    const rendered = renderNote(note, frame);
    expect(rendered.text).toBe(
      [
        'Probably solved before, in TKT-1: “VPN drops”',
        '',
        'VPN drops (solved ticket TKT-1, 2026-10-01, likely)',
        '',
        '> Raised the rekey interval:',
        '>',
        '> 1. Opened vpn-gw-01.',
        '> 2. Set 8 h.',
        '',
        'VPN & Wi-Fi (article vpn/drops, section “Fix”, possible)',
        '',
        'Known about the systems that the ticket names',
        '',
        'vpn-gw-01 (system, gateway, Berlin)',
        '',
        `No language model was used. ${reference}`,
      ].join('\n'),
    );
    expect(rendered.html).toContain(
      '<p><strong>VPN &amp; Wi-Fi</strong> (article vpn/drops, section “Fix”, possible)</p>',
    );
    expect(rendered.html).toContain('<ol><li>Opened vpn-gw-01.</li>\n<li>Set 8 h.</li></ol></blockquote>');
    expect(rendered.html).toContain(`<p><small>No language model was used. ${reference}</small></p>`);
    expect(rendered.wiki).toContain('{quote}\nRaised the rekey interval:\n\n# Opened vpn-gw-01.\n# Set 8 h.\n{quote}');
    expect(rendered.wiki).toContain(frame.marker);
  });

  it.each([
    ['Run chmod +x job.', 'Run `chmod +x` job', 1],
    ['Restart the server.', '- Restart the server', 1],
    ['Run chmod +x job.', 'Run chmod -x job.', 2],
    ['Wait while it is < 5.', 'Wait while it is > 5.', 2],
  ])('quotes %j and %j as the same words or as two', (one, other, quotes) => {
    const note = found([excerpt({ quote: one }), article({ quote: other })]);
    expect(note.parts.filter((part) => part.kind === 'source' && part.isQuoted)).toHaveLength(quotes);
  });

  it.each([
    [[excerpt()], 'Probably solved before, in TKT-1: “VPN drops”'],
    [[article({ confidence: 'likely' })], 'Probably answered by the article “VPN & Wi-Fi”'],
    [[article()], 'Possibly related: “VPN & Wi-Fi”'],
    [[gateway], 'Known about the systems that the ticket names'],
  ])('has a headline that says what was found', (excerpts, headline) => {
    const { text } = renderNote(found(excerpts), frame);
    expect(text.split('\n')[0]).toBe(headline);
    expect(text).not.toMatch(/0\.\d/); // no number says how sure it is
  });

  it('is not there where nothing was found, whatever failed, unless the tenant wants to be told', () => {
    const failed = [{ source: 'ticket_history', reason: 'timed out' }] as const;
    const options = { language: 'en', style: 'full', modelFailed: false } as const;
    expect(extractiveNote({ excerpts: [], failed }, options)).toBeUndefined();
    const { text } = renderNote(nothingFoundNote({ excerpts: [], failed }, 'en'), frame);
    expect(text).toBe(
      `Nothing similar was found among solved tickets and articles.\n\nCould not be searched: solved tickets. No language model was used. ${reference}`,
    );
  });

  it('names at its end the sources that failed, and says that the model could not be used', () => {
    const failed = [
      { source: 'knowledge_base', reason: 'failed' },
      { source: 'inventory', reason: 'timed out' },
    ] as const;
    const note = extractiveNote(
      { excerpts: [excerpt()], failed },
      { language: 'en', style: 'full', modelFailed: true },
    );
    expect(note).toMatchObject({
      mode: 'fallback',
      remarks: [
        'Could not be searched: knowledge base, inventory.',
        'The language model could not be used; these are quotes.',
      ],
    });
  });

  it('quotes the best source alone and names the others, where the tenant wants it short', () => {
    const { text, citations } = renderNote(found([excerpt(), article(), gateway], { style: 'short' }), frame);
    expect(text.match(/Opened vpn-gw-01/g)).toHaveLength(1);
    expect(text).toContain('VPN & Wi-Fi (article vpn/drops');
    expect(citations).toHaveLength(3);
  });

  it('leaves out what falls far behind the best source, and more than four', () => {
    const many = [1, 0.9, 0.8, 0.7, 0.6].map((score, i) => excerpt({ id: `T${i}`, score }));
    const far = excerpt({ id: 'FAR', score: 0.3 });
    const { citations } = renderNote(found([...many, far]), frame);
    expect(citations.map(({ id }) => id)).toEqual(['T0', 'T1', 'T2', 'T3']);
  });

  it('links its sources where the tenant says where they are, and shows the address in plain text', () => {
    const note = found([excerpt({ id: 'T/1 ü?#' }), article({ id: 'vpn/a&b "c"' })]);
    const { html, text, wiki } = renderNote(note, { ...frame, links });
    expect(html).toContain('<a href="https://desk.acme.example/t/T/1%20%C3%BC%3F%23"><strong>VPN drops</strong></a>');
    expect(html).toContain('href="https://kb.acme.example/vpn/a%26b%20%22c%22?from=note#top"');
    expect(text).toContain('VPN drops <https://desk.acme.example/t/T/1%20%C3%BC%3F%23> (solved ticket');
    expect(wiki).toContain('[*VPN drops*|https://desk.acme.example/t/T/1%20%C3%BC%3F%23]');
  });

  it.each(['..', '../../login', 'a/./b', ''])(
    'has no link for the id %j, which would leave the template’s path',
    (id) => {
      expect(renderNote(found([excerpt({ id })]), { ...frame, links }).html).not.toContain('href');
    },
  );

  it('holds no markup but ours, from any author of the text', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const { html } = renderNote(note, { ...frame, links });
        for (const tag of html.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(ours);
        for (const entity of html.match(/&[^;]*;?/g) ?? []) expect(entity).toMatch(/^&(amp|lt|gt|quot|#39);$/);
        expect(html.replaceAll(/<[^>]*>/g, '')).not.toMatch(/["']/); // a desk may put it into an attribute
        expect(html.isWellFormed()).toBe(true);
        expect(html).not.toMatch(/[\u202A-\u202E\u2066-\u2069\0]/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps to its word limit in every form, and always has its headline, job and correlation id', () => {
    fc.assert(
      fc.property(notes, fc.integer({ min: 50, max: 200 }), (note, maxWords) => {
        const headline = 'Probably solved before';
        const { html, text, wiki } = renderNote({ ...note, headline }, { ...frame, maxWords });
        expect(countWords(text)).toBeLessThanOrEqual(maxWords);
        expect(countWords(asRead(html))).toBeLessThanOrEqual(maxWords);
        for (const form of [html, text, wiki]) {
          for (const held of [frame.marker, frame.correlationId, headline]) expect(form).toContain(held);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps to its word limit in scripts without blanks', () => {
    const quote = '重启客户端，然后检查网络连接。'.repeat(100);
    const { text } = renderNote(found([excerpt({ quote, title: '隧道断开'.repeat(50) })], { language: 'zh' }), frame);
    expect(text.length).toBeLessThan(1500);
    expect(text).toMatch(/…/);
  });

  it('is cut between the items of a list and the lines of code, with a mark', () => {
    const steps = Array.from({ length: 60 }, (_, i) => `${i + 1}. Do the part number ${i}.`).join('\n');
    const { text } = renderNote(found([excerpt({ quote: steps })]), { ...frame, maxWords: 100 });
    expect(text).toMatch(/\n> 10\. Do the part number 9\.\n> 11\. …\n/);
    const code = `\`\`\`\n${'restart the client\n'.repeat(60)}\`\`\``;
    const { html } = renderNote(found([excerpt({ quote: code })]), { ...frame, maxWords: 60 });
    expect(html).toMatch(/<pre>(restart the client\n)+…<\/pre>/);
  });

  it('cites only what it was given', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const given = note.parts.flatMap((part) =>
          part.kind === 'source' ? [part.source] : part.kind === 'step' ? part.sources : [],
        );
        for (const { source, id } of renderNote(note, frame).citations) {
          expect(given.some((one) => one.source === source && one.id === id)).toBe(true);
        }
      }),
    );
  });
});

describe('the words of a note', () => {
  it('are there in ten languages, each with the places that the English ones have', () => {
    const places = (words: unknown): string[] => JSON.stringify(words).match(/\{[a-z]+\}/g) ?? [];
    for (const language of languages) {
      for (const [key, english] of Object.entries(noteWords.en)) {
        const there = Object.entries(noteWords[language]).find(([name]) => name === key)?.[1];
        expect([language, key, places(there).sort()]).toEqual([language, key, places(english).sort()]);
        if (language !== 'en' && typeof there === 'string' && countWords(there) > 3) expect(there).not.toBe(english);
      }
    }
  });

  it('are all that is said of a system besides what the inventory says, with the marks of the language', () => {
    const system = { ...gateway, detail: 'VPN gateway', status: 'in service', owner: 'Network' };
    const factsIn = (language: Language): string | undefined =>
      renderNote(found([system], { language }), frame).text.split('\n')[2];
    expect(factsIn('en')).toBe('vpn-gw-01 (system, VPN gateway, status: in service, owner: Network)');
    expect(factsIn('fr')).toBe('vpn-gw-01 (système, VPN gateway, état : in service, responsable : Network)');
    expect(factsIn('zh')).toBe('vpn-gw-01（系统，VPN gateway，状态：in service，负责人：Network）');
    expect(factsIn('ja')).toBe('vpn-gw-01（システム、VPN gateway、状態：in service、担当：Network）');
  });

  it.each(languages)('stand around the quotes in %s', (language) => {
    const { text } = renderNote(found([article({ confidence: 'likely' })], { language }), frame);
    const words = noteWords[language];
    expect(text).toContain(words.likelyArticle.replace('{title}', 'VPN & Wi-Fi'));
    expect(text).toContain(words.noModel);
    expect(text).toContain(`VPN & Wi-Fi${words.marks.open}${words.kind.knowledge_base} vpn/drops`);
  });
});
