import { beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { longestArticle } from '../../../src/enhancement/index.js';
import * as connectors from '../../../src/connectors/index.js';
import { temporaryFolder } from '../../support/opened.js';

const { leftOutInWords } = connectors;

function collecting<T>(read: connectors.ReadContext<T>) {
  return async (path: string) => {
    const items: T[] = [];
    const leftOut = await read(path, (item) => void items.push(item));
    return { items, leftOut };
  };
}
const readHistory = collecting(connectors.readHistory);
const readInventory = collecting(connectors.readInventory);
const readKnowledge = collecting(connectors.readKnowledge);

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const idsIn = async (path = folder): Promise<string[]> => (await readKnowledge(path)).items.map(({ id }) => id);
/** Root may read everything: for such a run the process is another user meanwhile. */
async function withoutRoot<T>(task: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return task();
  process.seteuid?.(65_534); // nobody
  try {
    return await task();
  } finally {
    process.seteuid?.(0);
  }
}
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const fourMiB = 4 * 1024 * 1024;

describe('a knowledge base', () => {
  it('has the title of an article with a byte order mark and CRLF', async () => {
    put('a.md', '\uFEFF# Reset the VPN\r\n\r\nTurn it off.\r\n');
    expect((await readKnowledge(folder)).items).toEqual([
      { id: 'a', title: 'Reset the VPN', markdown: '\n\nTurn it off.\n' },
    ]);
  });

  it('has the text of an article with pictures in it, and its footnotes where they belong', async () => {
    const picture = `data:image/png;base64,${'iVBORw0KGgo'.repeat(10_000)}=`;
    put(
      'a.md',
      `# A\n\n![](${picture})\n\n![][image1]\n\nTurn it off[^1].\n\n[^1]: At night\n\n[image1]: <${picture}>\n`,
    );
    const { items, leftOut } = await readKnowledge(folder);
    expect(items[0]?.markdown).toBe('\n\n![]()\n\n![][image1]\n\nTurn it off (At night).\n\n\n[image1]: <>\n');
    expect(leftOut).toMatchObject({ skipped: 0, truncated: 0 });
  });

  it('has the articles of MDX, and none that is a draft', async () => {
    put('published.mdx', "---\ntitle: VPN\ndraft: false\n---\nimport Tabs from '@theme/Tabs';\n\nTurn it off.\n");
    put('draft.md', '---\ntitle: VPN\ndraft: true\n---\nText');
    put('toml.md', '+++\ntitle = "VPN"\ndraft = true\n+++\nText');
    put('unpublished.md', '---\npublished: false\n---\nText');
    const { items, leftOut } = await readKnowledge(folder);
    expect(items).toEqual([{ id: 'published', title: 'VPN', markdown: '\n\nTurn it off.\n' }]);
    expect(leftOut).toMatchObject({ skipped: 0, truncated: 0, drafts: 3 });
  });

  it.each([
    ['in front matter', '---\ntitle: "Reset: the VPN"\nlayout: [a]\n---\n# VPN\nText', 'Reset: the VPN', '# VPN\nText'],
    ['in front matter that is TOML', '+++\ntitle = "Reset \\"it\\"" # x\n[a]\nb = 1\n+++\nText', 'Reset "it"', 'Text'],
    ['of front matter that ends in dots', '---\ntitle: Reset\n...\nText', 'Reset', 'Text'],
    ['with a colon', '---\ntitle: Reset: the VPN\nlayout: [a\n---\nText', 'Reset: the VPN', 'Text'],
    ['that is a number', '---\ntitle: 2026\n---\nText', '2026', 'Text'],
    ['in a heading below front matter without one', '---\nauthor: me\n---\n# VPN ##\nText', 'VPN', '\nText'],
    ['in a heading below what is not YAML', '---\nlayout: { [ :\n---\n# VPN\nText', 'VPN', '\nText'],
    ['in no front matter that does not end', '---\ntitle: Reset\n# VPN\nText', 'VPN', '---\ntitle: Reset\n\nText'],
    [
      'in front matter below a blank line, with blanks behind its mark',
      '\n--- \ntitle: Reset\n--- \nText',
      'Reset',
      'Text',
    ],
    [
      'in front matter with a long list',
      `---\ntitle: Reset\nimages:\n${'  - a.png\n'.repeat(600)}---\nText`,
      'Reset',
      'Text',
    ],
    ['with a link of Obsidian', '---\ntitle: "[[VPN/Reset|Reset]] it"\n---\nText', 'Reset it', 'Text'],
    ['in a heading between two rules', '---\n\n# Reset\nText\n\n---\n', 'Reset', '---\n\n\nText\n\n---\n'],
    ['in an underlined heading', 'Reset it\n========\n\nText', 'Reset it', '\n\nText'],
    [
      'in a heading below code with a comment',
      '```sh\n# stop\n```\n# VPN {#vpn}\nText',
      'VPN',
      '```sh\n# stop\n```\n\nText',
    ],
    [
      'in a heading with markup',
      '# The `df` of *[disks](https://a.example) &amp; more*\nText',
      'The df of disks & more',
      '\nText',
    ],
    ['nowhere but in its name', 'Text\n---\ntitle: Reset\n---\n', 'a', 'Text\n---\ntitle: Reset\n---\n'],
  ])('has the title of an article %s', async (_, content, title, markdown) => {
    put('a.md', content);
    expect((await readKnowledge(folder)).items).toEqual([{ id: 'a', title, markdown }]);
  });

  it.each([
    '---\n\nWarning: only for admins.\n\n1. Step one\n\n---\n\nRest',
    '---\n\nWarning: only for admins.\n\n---\n\nRest',
    '---\nSwitch it off.\nNote: it takes a minute.\n\nRestart\n---\nRest',
    '---\nNote: it takes a minute.\nSwitch it off.\nRestart\n---\nRest',
    '---\nAbout this page\n---\nRest',
    '---\n- one: two\n- three\n---\nRest',
    '---\nhttps://a.example/\n---\nRest',
    '+++\nAbout this page\n+++\nRest',
  ])('keeps the text between two rules: %j', async (content) => {
    put('a.md', content);
    expect((await readKnowledge(folder)).items).toEqual([{ id: 'a', title: 'a', markdown: content }]);
  });

  it.each([
    '---\n---\nText',
    '---\n# of the team\nauthor: me\n\ndate: 2026-01-01\n---\nText',
    '---\nErstellt am: 2026-01-01\n---\nText',
    '---\n{ "author": "me" }\n---\nText',
    '+++\n[params]\na = 1\n+++\nText',
  ])('does not show front matter: %j', async (content) => {
    put('a.md', content);
    expect((await readKnowledge(folder)).items).toEqual([{ id: 'a', title: 'a', markdown: 'Text' }]);
  });

  it.each([
    ['---\ntags: [mfa, otp]\naliases: second factor\nkeywords: { a: b }\n---\nText', 'mfa\notp\nsecond factor'],
    ['+++\ntags = ["mfa", \'otp\']\n+++\nText', 'mfa\notp'],
  ])('has the keywords of its front matter: %j', async (content, keywords) => {
    put('a.md', content);
    expect((await readKnowledge(folder)).items).toEqual([{ id: 'a', title: 'a', keywords, markdown: 'Text' }]);
  });

  it('has articles whose front matter is nested without end, and reads it as text', async () => {
    put('a.md', `---\ntitle: ${'{'.repeat(5000)}\n---\n\n# VPN\n\nTurn it off.\n`);
    put('b.md', `---\ntitle: VPN\ntags: ${'['.repeat(5000)}\n---\n\nTurn it on.\n`);
    const { items } = await readKnowledge(folder);
    expect(items).toMatchObject([
      { id: 'a', title: '{'.repeat(5000) },
      { id: 'b', title: 'VPN' },
    ]);
  });

  it('mounted from a ConfigMap has each article once', async () => {
    put('..2024_11_28_10_00_00.123/vpn.md', '# VPN');
    put('..2024_11_28_10_00_00.123/mail.md', '# Mail');
    symlinkSync('..2024_11_28_10_00_00.123', join(folder, '..data'));
    symlinkSync('..data/vpn.md', join(folder, 'vpn.md'));
    symlinkSync('..data/mail.md', join(folder, 'mail.md'));
    const { items, leftOut } = await readKnowledge(folder);
    expect(items.map(({ id, title }) => [id, title])).toEqual([
      ['mail', 'Mail'],
      ['vpn', 'VPN'],
    ]);
    expect(leftOut).toEqual({ named: [], skipped: 0, truncated: 0 });
  });

  it('leaves out what is no content, and does not count it', async () => {
    put('vpn.md', '# VPN');
    for (const name of [
      '.hidden.md',
      '.#vpn.md',
      '._vpn.md',
      '~$vpn.md',
      'vpn.md~',
      '#vpn.md#',
      '.vpn.md.swp',
      'vpn.md.bak',
    ]) {
      put(name, '# VPN');
    }
    put('.git/HEAD.md', '# VPN');
    const { items, leftOut } = await readKnowledge(folder);
    expect([items.map(({ id }) => id), leftOut.skipped]).toEqual([['vpn'], 0]);
  });

  it('is read once where links lead in a circle, and by the name that is not a link', async () => {
    put('vpn/reset.md', '# Reset');
    symlinkSync('..', join(folder, 'vpn/up'));
    symlinkSync('vpn', join(folder, 'all'));
    symlinkSync('vpn/reset.md', join(folder, 'a.md'));
    expect(await idsIn()).toEqual(['vpn/reset']);
  });

  it('may itself be a link, and hold links to folders elsewhere', async () => {
    put('shared/mail.md', '# Mail');
    put('acme/vpn.md', '# VPN');
    symlinkSync('../shared', join(folder, 'acme/common'));
    symlinkSync('acme', join(folder, 'current'));
    expect(await idsIn(join(folder, 'current'))).toEqual(['common/mail', 'vpn']);
  });

  it('loses one bad document and no other, and says which', async () => {
    put('good.md', '# Good');
    put('utf16.md', utf16('# A'));
    put('latin1.md', Buffer.from('# Schl\xfcssel', 'latin1'));
    put('binary.md', Buffer.from([0x23, 0, 0x41, 0]));
    put('empty.md', ' \n');
    put('huge.md', `# Huge\n${'all of it\n'.repeat(500_000)}`);
    mkdirSync(join(folder, 'folder.md'));
    symlinkSync('nowhere.md', join(folder, 'dangling.md'));
    symlinkSync('loop.md', join(folder, 'loop.md'));
    symlinkSync('/dev/null', join(folder, 'device.md'));
    const { items, leftOut } = await readKnowledge(folder);
    expect(items.map(({ id }) => id)).toEqual(['good', 'huge']);
    expect(items[1]?.markdown).toMatch(/^\n(all of it\n)+/);
    expect(items[1]?.markdown.length).toBe(longestArticle - '# Huge'.length);
    expect({ ...leftOut, named: leftOutInWords(leftOut).sort() }).toEqual({
      skipped: 8,
      truncated: 1,
      named: [
        'binary.md contains zero bytes, which text does not have; save it as UTF-8',
        'dangling.md is a link that leads nowhere',
        'device.md is not a file',
        'empty.md is empty',
        'folder.md is a folder',
        `huge.md is longer than ${longestArticle} characters; the rest of it is not used`,
        'latin1.md is not UTF-8; save it as UTF-8',
        'loop.md is a link that leads nowhere',
        'utf16.md is UTF-16; save it as UTF-8',
      ],
    });
  });

  it('loses a file and a folder that this user may not read', async () => {
    put('good.md', '# Good');
    chmodSync(put('secret.md', '# A'), 0);
    put('closed/b.md', '# B');
    chmodSync(join(folder, 'closed'), 0);
    chmodSync(folder, 0o755);
    const { items, leftOut } = await withoutRoot(() => readKnowledge(folder));
    chmodSync(join(folder, 'closed'), 0o700);
    expect([items.length, leftOut.skipped]).toEqual([1, 2]);
  });

  it('names the first ten of what is left out', async () => {
    for (let i = 0; i < 25; i++) put(`${i}.md`, '');
    const { leftOut } = await readKnowledge(folder);
    expect(leftOut).toMatchObject({ skipped: 25, truncated: 0 });
    expect(leftOutInWords(leftOut)).toHaveLength(11);
    expect(leftOutInWords(leftOut).at(-1)).toBe('and 15 more');
  });

  it('over the limit of all articles is used up to the limit, in the order of names', async () => {
    const whole = 'é'.repeat(longestArticle - 1);
    for (let i = 100; i < 300; i++) put(`${i}.md`, `${whole}\n`);
    const { items, leftOut } = await readKnowledge(folder);
    expect(items).toHaveLength(Math.ceil((8 * 1024 * 1024) / (2 * longestArticle - 1)));
    expect(items[0]?.id).toBe('100');
    expect(leftOut).toMatchObject({ skipped: 200 - items.length, truncated: 0 });
    expect(leftOutInWords(leftOut)[0]).toMatch(/^\d+\.md is over the limit of 8388608 bytes for all articles$/);
  });

  it('that is not there is an error', async () => {
    await expect(readKnowledge(join(folder, 'gone'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
    await expect(readKnowledge(put('file', ''))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });
});

describe('an inventory', () => {
  it.each([
    ['- name: vpn-gw-01', ['vpn-gw-01']],
    ['assets:\n  - name: vpn-gw-01\n  - { name: vpn-gw-02, aliases: [gw2] }', ['vpn-gw-01', 'vpn-gw-02']],
    ['\uFEFFassets:\r\n  - name: vpn-gw-01\r\n', ['vpn-gw-01']],
    ['[{"name":"a"},{"name":"b"}]', ['a', 'b']],
    ['assets: []', []],
  ])('is %j', async (text, names) => {
    const { items, leftOut } = await readInventory(put('i.yaml', text));
    expect([items.map(({ name }) => name), leftOut.skipped]).toEqual([names, 0]);
  });

  it.each([
    ['- name: a\n- kind: router\n- name: c', ['the 2nd entry of i.yaml cannot be used: name is missing'], ['a', 'c']],
    [
      '- { name: "", owner: [5] }\n- name: c',
      ['the 1st entry of i.yaml cannot be used: name must not be empty; owner must be a string'],
      ['c'],
    ],
    [
      '- { name: a, aliases: [x, {}] }\n- {name: c}',
      ['the 1st entry of i.yaml cannot be used: the 2nd of aliases must be a string'],
      ['c'],
    ],
    [
      '- name: a\n- 5\n- name: c',
      ['the 2nd entry of i.yaml cannot be used: it must be a mapping of keys to values'],
      ['a', 'c'],
    ],
    [
      '- name: a\n- name: b\n  name: b2\n- name: c',
      ['the 2nd entry of i.yaml is not valid YAML: Map keys must be unique at line 3, column 3'],
      ['a', 'c'],
    ],
    [
      '- name: a\n- { name: b, kind: *none }\n- name: c',
      ['the 2nd entry of i.yaml Unresolved alias (the anchor must be set before the alias): none'],
      ['a', 'c'],
    ],
    ['[{"name":"a"},{"name":"b"', [expect.stringContaining('the 2nd entry of i.yaml is not valid YAML')], ['a']],
  ])('loses one bad asset and no other: %j', async (text, told, names) => {
    const { items, leftOut } = await readInventory(put('i.yaml', text));
    expect(items.map(({ name }) => name)).toEqual(names);
    expect([leftOutInWords(leftOut), leftOut.skipped]).toEqual([told, 1]);
  });

  it('has texts that look like numbers as they are written, and none for null', async () => {
    const text =
      '- { name: 0042, kind: null, owner: ~, status: 1.10, notes: true, aliases: [1e3, gw] }\n- { name: b, aliases: }';
    const { items, leftOut } = await readInventory(put('i.yaml', text));
    expect(items).toEqual([
      { name: '0042', kind: 'asset', status: '1.10', notes: 'true', aliases: ['1e3', 'gw'] },
      { name: 'b', kind: 'asset' },
    ]);
    expect(leftOut.skipped).toBe(0);
  });

  it('over the limit is used up to the limit', async () => {
    const asset = (i: number): string => `- name: asset-${i}\n  notes: "${'x'.repeat(2000)}"\n`;
    const text = Array.from({ length: 2100 }, (_, i) => asset(i)).join('');
    const { items, leftOut } = await readInventory(put('i.yaml', text));
    expect(leftOut).toMatchObject({ skipped: 0, truncated: 1 });
    expect(items.length).toBeGreaterThan(2000);
    expect(items.at(-1)).toMatchObject({
      name: `asset-${items.length - 1}`,
      notes: expect.stringMatching(/^x{2000}$/),
    });
  });

  it.each([
    ['', /i\.yaml cannot be used: it is empty, and must be a list\. Correct it, or its path\.$/],
    ['hello', /cannot be used: it must be a list\./],
    ['assets: {name: a}', /cannot be used: it must be a list\./],
  ])('that is none is refused in a sentence: %j', async (text, sentence) => {
    await expect(readInventory(put('i.yaml', text))).rejects.toThrow(sentence);
  });

  it.each(['[', '{a: ', '- '])('nested without end by %j is refused in a sentence', async (opening) => {
    await expect(readInventory(put('a.yaml', opening.repeat(5000)))).rejects.toThrow(
      'a.yaml cannot be used: it is nested deeper than 100 levels. Correct it, or its path.',
    );
  });

  it('in UTF-16, or a folder, is refused in a sentence', async () => {
    await expect(readInventory(put('i.yaml', utf16('- name: a')))).rejects.toThrow(
      /i\.yaml cannot be used: it is UTF-16; save it as UTF-8\. Correct it/,
    );
    await expect(readInventory(folder)).rejects.toThrow(/cannot be used: it is a folder\./);
  });

  it('is used up to the limit of each field, and names what is over it', async () => {
    const assets = [
      { name: 'a', notes: 'x'.repeat(20_000), aliases: Array.from({ length: 30 }, String) },
      { name: 'b' },
    ];
    const { items, leftOut } = await readInventory(put('i.json', JSON.stringify(assets)));
    expect(items.map(({ notes = '', aliases = [] }) => [notes.length, aliases.length])).toEqual([
      [10_000, 20],
      [0, 0],
    ]);
    expect(leftOut).toMatchObject({ skipped: 0, truncated: 1 });
    expect(leftOutInWords(leftOut)).toEqual([
      'the 1st entry of i.json is over the limit in notes, aliases; the rest is not used',
    ]);
  });
});

describe('a history', () => {
  const line = (id: string): string =>
    JSON.stringify({ ticket_id: id, description: 'd', resolution: 'r', resolved_at: '2026-11-01T10:00:00Z' });

  it('is read with a byte order mark and CRLF', async () => {
    const { items, leftOut } = await readHistory(put('h.jsonl', `\uFEFF${line('T-1')}\r\n\r\n${line('T-2')}\r\n`));
    expect([items.map(({ ticketId }) => ticketId), leftOut.skipped]).toEqual([['T-1', 'T-2'], 0]);
  });

  it('has fields in the forms of exports: numbers for ids, null for nothing, times of several kinds', async () => {
    const fields = {
      ticket_id: 42,
      subject: null,
      description: 'd',
      resolution: 'r',
      resolved_at: 1763978400,
      tags: null,
    };
    const other = { ...fields, ticket_id: 'T-1', resolved_at: '2025-11-24 10:00:00', tags: ['vpn', 7], closed: true };
    const lines = [fields, other, { ...fields, resolved_at: 'soon' }].map((one) => JSON.stringify(one)).join('\n');
    const { items, leftOut } = await readHistory(put('h.jsonl', lines));
    const resolvedAt = '2025-11-24T10:00:00.000Z';
    expect(items).toEqual([
      { ticketId: '42', subject: '', description: 'd', resolution: 'r', resolvedAt, tags: [] },
      { ticketId: 'T-1', subject: '', description: 'd', resolution: 'r', resolvedAt, tags: ['vpn', '7'] },
    ]);
    expect(leftOutInWords(leftOut)).toEqual([
      'line 3 of h.jsonl cannot be used: resolved_at is not a time in a known form',
    ]);
  });

  it('loses one bad line and no other, and tells its number and nothing of its text', async () => {
    const text = `${line('T-1')}\n{"ticket_id":"T-2", canary\n\n{"ticket_id":"T-3"}\n[]\n${line('T-6')}`;
    const { items, leftOut } = await readHistory(put('h.jsonl', text));
    expect(items.map(({ ticketId }) => ticketId)).toEqual(['T-1', 'T-6']);
    expect(leftOutInWords(leftOut)).toEqual([
      'line 2 of h.jsonl is not JSON',
      'line 4 of h.jsonl cannot be used: description is missing; resolution is missing; resolved_at is missing',
      'line 5 of h.jsonl cannot be used: it must be a mapping of keys to values',
    ]);
  });

  it('is used up to the limit of each field, and names what is over it', async () => {
    const long = { ...JSON.parse(line('T-1')), resolution: 'x'.repeat(20_000) };
    const { items, leftOut } = await readHistory(put('h.jsonl', `${line('T-0')}\n${JSON.stringify(long)}`));
    expect(items.map(({ resolution }) => resolution.length)).toEqual([1, 10_000]);
    expect(leftOutInWords(leftOut)).toEqual([
      'line 2 of h.jsonl is over the limit in resolution; the rest is not used',
    ]);
  });

  it('over the limit is used up to the limit', async () => {
    const { items, leftOut } = await readHistory(put('h.jsonl', `${line('T-1')}\n`.repeat(60_000)));
    expect(items).toHaveLength(Math.floor(fourMiB / (line('T-1').length + 1)));
    expect(leftOut).toMatchObject({ skipped: 0, truncated: 1 });
  });

  it('that is not there is an error', async () => {
    await expect(readHistory(join(folder, 'gone'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });
});
