import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Dialect, readPlaced } from '../../../src/enhancement/markup/markdown.js';
import { bestPassage, bestUnits, sentencesOf } from '../../../src/enhancement/passage.js';
import { termsOf } from '../../../src/enhancement/tokenization.js';
import { sectionsOf } from '../../../src/enhancement/units.js';
import { countWords, cutToWords } from '../../../src/enhancement/words.js';

const weightsOf = (text: string) => new Map(termsOf(text).map((term) => [term, 1]));
const length = { preferred: 40, longest: 80 };
const divided = (text: string, dialect: Dialect = 'ticket') => sectionsOf(readPlaced(text, dialect));
const quote = (text: string, asked: string, dialect: Dialect = 'ticket', within = length) =>
  bestPassage(divided(text, dialect), weightsOf(asked), within).text;

const filler = Array.from(
  { length: 5 },
  (_, i) => `Paragraph ${i} tells about the canteen and its opening hours on working days.`,
).join('\n\n');

describe('a passage', () => {
  it('is the whole of a short text, with its lines and lists', () => {
    const text = 'Client 5.0 could not renew keys.\n1. Update to 5.2.\n2. Reconnect.';
    expect(quote(text, 'canteen')).toBe(text);
  });

  it('is a run of whole paragraphs of a longer one, and shows that the text goes on', () => {
    const text = `${filler}\n\nRaise the rekey interval of the tunnel.\n\n${filler}`;
    const found = quote(text, 'rekey interval tunnel');
    expect(found).toMatch(/^Raise the rekey interval of the tunnel\.\n\nParagraph 0 .*days\.\n\n…$/s);
  });

  it.each([
    ['a list that is introduced', 'Do this:\n\n1. Open the client.\n2. Choose Settings.\n3. Set the rekey interval.'],
    [
      'a procedure that code interrupts',
      '1. Open the client:\n\n```\nclient --open\n```\n\n2. Set the rekey interval.',
    ],
    ['numbered paragraphs', 'Step 1: Open the client.\n\nStep 2: Choose Settings.\n\nStep 3: Set the rekey interval.'],
    ['paragraphs that continue', 'Open the client.\n\nThen choose Settings.\n\nFinally set the rekey interval.'],
    [
      'one in German',
      'Öffnen Sie den Client.\n\nDanach wählen Sie Optionen.\n\nZum Schluss das rekey interval setzen.',
    ],
    ['one in Chinese', '打开客户端。\n\n然后选择设置。\n\n最后设置 rekey interval。'],
    ['a list with blank lines and indented code', '- Open it.\n\n- Run\n\n      vpnctl rekey\n\n- Set the interval.'],
  ])('does not begin or end within %s', (_, procedure) => {
    expect(quote(`${filler}\n\n${procedure}\n\n${filler}`, 'rekey interval')).toContain(procedure);
  });

  it('has the procedure that follows the symptoms, if all of it has room', () => {
    const symptoms = 'The server does not answer ping or SSH, while the panel shows it as running.';
    const causes = 'A firewall rule blocks it, or a kernel panic, or the memory is exhausted, or the network is wrong.';
    const steps = Array.from({ length: 4 }, (_, i) => `${i + 1}. Do what is said in part ${i}.`).join('\n');
    const text = `${symptoms}\n\n${causes}\n\n**Steps**\n\n${steps}\n\n${filler}`;
    expect(quote(text, 'server ping SSH panel running', 'markdown')).toBe(
      `${symptoms}\n\n${causes}\n\n**Steps**\n\n${steps}\n\n…`,
    );
    const long = `${symptoms}\n\n${causes}\n\n**Steps**\n\n${steps}\n${steps}\n${steps}\n\n${filler}`;
    expect(quote(long, 'server ping SSH panel running', 'markdown')).toBe(`${symptoms}\n\n${causes}\n\n…`);
  });

  it('keeps the steps of a procedure whole up to a limit, and then its first ones', () => {
    const steps = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}. Do the part with number ${i}.`);
    expect(quote(steps(9).join('\n'), 'part')).toBe(steps(9).join('\n'));
    expect(quote(steps(30).join('\n'), 'number 29')).toBe(`${steps(11).join('\n')}\n\n…`);
  });

  it('keeps a table and code whole, and closes a fence that it has to cut', () => {
    const table = '| error | fix |\n|---|---|\n| 619 | open the port |\n| 720 | reinstall the adapter |';
    expect(quote(`${filler}\n\n${table}\n\n${filler}`, 'adapter 720', 'markdown')).toContain(table);
    const code = `\`\`\`sh\n${'vpnctl set rekey 8h\n'.repeat(100)}\`\`\``;
    const cut = quote(code, 'rekey', 'markdown');
    expect(cut).toMatch(/^```sh\n(vpnctl set rekey 8h\n)+```\n\n…$/);
    expect(countWords(cut)).toBeLessThan(90);
  });

  it('of a long table has its head and the rows that answer', () => {
    const rows = Array.from({ length: 60 }, (_, i) => `| ${600 + i} | close window number ${i} |`);
    const table = ['These are the codes:', '', '| error | fix |', '|---|---|', ...rows].join('\n');
    const found = quote(table, 'error 655', 'markdown');
    expect(found).toMatch(/^These are the codes:\n\n\| error \| fix \|\n\|---\|---\|\n\| … \|\n\| 655 \| close/);
    expect(countWords(found)).toBeLessThan(90);
  });

  it('comes from one section, rather from one that says what to do, and names it', () => {
    const article = `Intro.\n\n## Symptoms\n\nThe tunnel drops and drops.\n\n${filler}\n\n## Lösung\n\nReset the tunnel.\n\n${filler}`;
    expect(bestPassage(divided(article, 'markdown'), weightsOf('tunnel drops'), length)).toMatchObject({
      text: expect.stringMatching(/^Reset the tunnel\./),
      heading: 'Lösung',
    });
    const other = bestPassage(divided(article, 'markdown'), weightsOf('canteen symptoms drops'), length);
    expect(other.heading).toBe('Symptoms');
  });

  it.each([
    ['Symptoms', 'Cause', 'Resolution'],
    ['Symptômes', 'Cause', 'Résolution'],
    ['Sintomi', 'Causa', 'Risoluzione'],
    ['Symptome', 'Ursache', 'Lösung'],
  ])('that tells the problem goes on to what to do about it: %s, %s, %s', (symptoms, cause, fix) => {
    const quoted = `The tunnel drops.\n\n## ${cause}\n\nOld keys.\n\n## ${fix}\n\n1. Open it.\n2. Wipe it.`;
    const article = `# Guide\n\n## ${symptoms}\n\n${quoted}\n\n## See also\n\nOther guides.`;
    expect(quote(article, 'tunnel drops', 'markdown')).toBe(quoted);
    const others = ['DNS', 'Mail', 'Phones'].map((topic) => `## ${topic}\n\nOther words.`).join('\n\n');
    const far = `# Guide\n\n## ${symptoms}\n\nThe tunnel drops.\n\n${others}\n\n## ${fix}\n\nWipe it.`;
    expect(quote(far, 'tunnel drops', 'markdown')).toBe('The tunnel drops.');
  });

  it.each([
    ['an answer to another question', '## The tunnel drops', '## How to add a printer'],
    ['another chapter', '## Symptoms', '# Printers\n\n## How to add toner'],
    ['a fix of another problem', '## Issue', '## Issue: paper jam\n\nThe paper is stuck.\n\n## Fix'],
    ['another procedure', '## Problem and solution', '## How to order a laptop'],
    ['what is behind a signature', '## Problem', 'Best regards\nKim Larsen\n\n## Fix'],
  ])('does not go on to %s', (_, heading, next) => {
    const article = `# Guide\n\n${heading}\n\nThe tunnel drops.\n\n${next}\n\nOpen the settings.`;
    expect(quote(article, 'tunnel drops', 'markdown')).toBe('The tunnel drops.');
  });

  it.each([
    ['Hi John,\n\nRestart the client.'],
    ['Hello Kim, Restart the client.'],
    ['Dear Ms O’Neill:\nRestart the client.'],
    ['Hallo Frau Müller,\n\nRestart the client.'],
    ['Sehr geehrte Frau Dr. Schmidt-Weber,\nRestart the client.'],
    ['Estimado señor García,\n\nRestart the client.'],
    ['Bonjour Madame,\n\nMerci de votre patience.\n\nRestart the client.'],
    ['Buongiorno,\nRestart the client.'],
    ['Dzień dobry,\n\nRestart the client.'],
    ['您好，\n\nRestart the client.'],
    ['お世話になっております。\nRestart the client.'],
    ['Hi Ann,\n\nThank you for contacting the service desk.\n\nRestart the client.'],
    ['Restart the client.\n\nKind regards,\nTom\n\nAcme IT, phone 4711'],
    ['Restart the client.\n\nMit freundlichen Grüßen\nTom'],
  ])('has no greeting and no signature: %j', (text) => {
    expect(quote(text, 'restart client')).toMatch(/^Restart the client\.(\n\n…)?$/);
  });

  it.each([
    ['Hello world program crashes at the start'],
    ['Dear customers must renew every licence'],
    ['Hi-res display shows no picture.'],
  ])('keeps a sentence that begins like one: %s', (text) => {
    expect(quote(text, 'x')).toBe(text);
  });

  it('of one long paragraph is its best sentences, also without blanks between them', () => {
    const long = `${'The canteen is open on all working days of the week. '.repeat(10)}Raise the rekey interval.`;
    expect(quote(long, 'rekey interval')).toMatch(/^… .*Raise the rekey interval\.$/);
    const chinese = `${'食堂在所有工作日都开放。'.repeat(20)}请提高 rekey 间隔。`;
    expect(quote(chinese, 'rekey')).toMatch(/^… .*请提高 rekey 间隔。$/);
    expect(countWords(quote(chinese, 'rekey'))).toBeLessThanOrEqual(length.longest + 2);
    expect(sentencesOf('隧道断开。重启！好吗？')).toEqual(['隧道断开。', '重启！', '好吗？']);
  });

  it('has the addresses that its links name by a label', () => {
    const article = `${filler}\n\nReset it in [the portal][P].\n\n${filler}\n\n[p]: https://portal.acme.example/`;
    expect(quote(article, 'portal reset', 'markdown')).toContain('[P]: https://portal.acme.example/');
  });

  it('is verbatim and bounded, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc
        .array(
          fc.constantFrom('- a b', '1. c', '> d', '# e', '```', '', 'f g h', '| i | j |', '    k', '2) l', 'Hi m,'),
          {
            maxLength: 80,
          },
        )
        .map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom<Dialect>('ticket', 'markdown'), (text, dialect) => {
        const { text: found } = bestPassage(divided(text, dialect), weightsOf('a b g'), {
          preferred: 10,
          longest: 20,
        });
        expect(countWords(found)).toBeLessThanOrEqual(45);
        const squeezed = (some: string): string => some.replace(/[\s…]+/g, ' ').trim();
        for (const line of found.split('\n'))
          if (!line.startsWith('```')) expect(squeezed(text)).toContain(squeezed(line));
      }),
    );
  });
});

describe('what a model reads of a text', () => {
  it('are the units with most of the ticket’s terms, in their order, with a mark for what was left out', () => {
    const text = 'About us.\n\nThe tunnel drops.\n\nPrinters are slow.\n\nRaise the rekey interval of the tunnel.';
    expect(bestUnits(divided(text), weightsOf('rekey interval tunnel'), 10)).toBe(
      '…\n\nThe tunnel drops.\n\n…\n\nRaise the rekey interval of the tunnel.',
    );
    expect(bestUnits(divided(text), weightsOf('rekey'), 100)).toBe(text);
    expect(bestUnits(divided(''), weightsOf('rekey'), 100)).toBe('');
  });

  it('keeps a procedure whole', () => {
    const steps = 'Raise the rekey interval:\n\n1. Open the client.\n\n2. Choose Settings.\n\n   vpnctl set rekey 8h';
    expect(bestUnits(divided(`Printers are slow.\n\n${steps}`), weightsOf('rekey interval'), 20)).toContain(steps);
  });
});

describe('words', () => {
  it.each([
    ['one two  three\nfour', 4],
    ['隧道每小时断开一次。', 5],
    ['VPNに接続できません', 6],
    ['การเชื่อมต่อขาดหาย', 5],
    ['', 0],
    ['x'.repeat(100), 3],
  ])('of %j are %i', (text, expected) => {
    expect(Math.abs(countWords(text) - expected)).toBeLessThanOrEqual(expected > 4 ? 2 : 0);
  });

  it('are counted in time in proportion to the text, in every script', () => {
    const text = '隧道每小时断开连接'.repeat(20_000);
    expect(countWords(text)).toBeGreaterThan(20_000);
    expect(cutToWords(text, 10).length).toBeLessThan(40);
  });

  it('are cut where one ends', () => {
    expect(cutToWords('one two three', 2)).toBe('one two…');
    expect(cutToWords('one two', 2)).toBe('one two');
    expect(cutToWords('one two', 0)).toBe('');
    expect(cutToWords('隧道每小时断开一次。', 2)).toMatch(/^隧道.{0,3}…$/);
  });
});
