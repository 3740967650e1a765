import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { drills } from '../../../chaos/drills/index.js';

const root = process.cwd();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const markdownIn = (folder: string, recursive: boolean): string[] =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = [
  ...markdownIn('.', false),
  ...['docs', 'monitoring', 'k8s'].flatMap((folder) => markdownIn(folder, true)),
];

/** As GitHub derives anchors from headings. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Links of a page to files of this repository, without those in code. */
function linksOf(path: string): { readonly file: string; readonly anchor: string | undefined }[] {
  const text = read(path).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(([, target = '', anchor]) => ({
    file: target === '' ? path : join(dirname(path), target),
    anchor,
  }));
}

/** The rows of a table below a heading, each as its cells. */
function tableOf(page: string, heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  return lines.filter((line) => line.startsWith('| ')).map((line) => line.slice(2, -2).split(' | '));
}

describe('a link of a document', () => {
  it.each(pages)('leads to a file and a heading that exist: %s', (path) => {
    const missing = linksOf(path).filter(
      ({ file, anchor }) =>
        !existsSync(join(root, file)) ||
        (anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).includes(anchor)),
    );
    expect(missing).toEqual([]);
  });
});

describe('a page', () => {
  const scripts = Object.keys(
    z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json'))).scripts,
  );

  it.each(pages)('has commands that a shell does not take for redirections: %s', (path) => {
    const commands = /^(?:npx |node |npm |kill |kubectl |systemctl |docker |redis-cli |ticket-enhancer |--tenant )/;
    const spans = [...read(path).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
    expect(spans.filter((code) => commands.test(code) && /<[a-z]+>/.test(code))).toEqual([]);
  });

  it.each(pages)('names only files of this repository that exist: %s', (path) => {
    const named = [
      ...read(path).matchAll(/`((?:src|test|docs|scripts|bench|chaos|deploy|k8s|monitoring|examples)\/[\w./-]+)`/g),
    ];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it.each(pages)('names only scripts that package.json has: %s', (path) => {
    const named = [...read(path).matchAll(/npm run (?:-s )?([a-z][\w:-]*\w)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

describe('the promises of docs/reliability.md', () => {
  const page = read('docs/reliability.md');
  const rows = tableOf(page, 'The promises').slice(1);
  const named = rows.flatMap(([, , names = '']) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));

  it('each have a row with tests and drills', () => {
    const numbers = [...page.matchAll(/^(\d)\. \*\*/gm)].map(([, number]) => number);
    expect(numbers.length).toBeGreaterThan(0);
    expect(rows.map(([number]) => number)).toEqual(numbers);
    for (const [, tests] of rows) expect(tests).toContain('.test.ts)');
  });

  it.each(['Sources, models, desks and the queue page', 'The index of resolved tickets'])(
    'each name a test: %s',
    (heading) => {
      const further = tableOf(page, heading).slice(1);
      expect(further.length).toBeGreaterThan(5);
      expect(further.filter(([, tests]) => !tests?.includes('.test.ts)'))).toEqual([]);
    },
  );

  it('name every drill, and none that does not exist', () => {
    expect(new Set(named)).toEqual(new Set(Object.keys(drills)));
  });
});

describe('the controls of SECURITY.md', () => {
  it('each name a test', () => {
    const rows = tableOf(read('SECURITY.md'), 'Controls and their tests').slice(1);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(([, , tests]) => !tests?.includes('.test.ts)'))).toEqual([]);
  });
});
