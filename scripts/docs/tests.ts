import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestSubject, testSubjects } from './test-subjects.js';

const kinds = ['unit', 'integration', 'system', 'desks'] as const;
type Kind = (typeof kinds)[number];

interface TestFile {
  readonly kind: Kind;
  /** Relative to the repository. */
  readonly path: string;
  readonly subjects: readonly TestSubject[];
}

const wholeService = 'The whole service';
const realDesk = 'A real help desk';

/**
 * The folder that a test is about, or the title of the section for tests of more than one.
 *
 * @throws if the test lies in a folder that mirrors none of the repository
 */
function sectionOf(root: string, kind: Kind, name: string): string {
  if (kind === 'system') return wholeService;
  if (kind === 'desks') return realDesk;
  const [folder = '', ...below] = name.split('/');
  if (below.length === 0) return 'src';
  const found = [`src/${folder}`, folder].find((candidate) => existsSync(join(root, candidate)));
  if (found !== undefined) return found;
  throw new Error(
    `test/${kind}/${name}: neither src/${folder} nor ${folder} exists. Move it to the folder of what it tests.`,
  );
}

/** Sections of `src`, then those of other folders, then those of more than one. */
function rankOf(section: string): number {
  if (section === wholeService || section === realDesk) return 2;
  return section.startsWith('src') ? 0 : 1;
}

function readSections(root: string): [string, TestFile[]][] {
  const sections = new Map<string, TestFile[]>();
  for (const kind of kinds) {
    const folder = join(root, 'test', kind);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.test.ts'),
    );
    for (const name of names.toSorted()) {
      const section = sectionOf(root, kind, name);
      const subjects = testSubjects(readFileSync(join(folder, name), 'utf8'));
      sections.set(section, [...(sections.get(section) ?? []), { kind, path: `test/${kind}/${name}`, subjects }]);
    }
  }
  return [...sections].toSorted(([a], [b]) => rankOf(a) - rankOf(b) || a.localeCompare(b, 'en'));
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function toRows({ kind, path, subjects }: TestFile): string[] {
  const link = `[${basename(path, '.test.ts')}](../${path})`;
  return subjects.map(
    ({ sentence, tests }, index) => `| ${index === 0 ? `${link}, ${kind}` : ''} | ${escaped(sentence)} | ${tests} |`,
  );
}

const sumOf = (files: readonly TestFile[]): number =>
  files.flatMap(({ subjects }) => subjects).reduce((sum, { tests }) => sum + tests, 0);

/** The list of docs/testing.md: the subjects of all tests, by the folder that they are about. */
export function listOfTests(root: string): string {
  const sections = readSections(root);
  const files = sections.flatMap(([, own]) => own);
  const counts = kinds.map((kind) => `${sumOf(files.filter((file) => file.kind === kind))} ${kind}`);
  const tables = sections.map(([section, own]) =>
    [`### ${section}`, '', '| file | subject | tests |', '|---|---|---|', ...own.flatMap(toRows)].join('\n'),
  );
  return [
    `${sumOf(files)} tests in ${files.length} files (${counts.join(', ')}); a test with a table of cases counts as one.`,
    ...tables,
  ].join('\n\n');
}
