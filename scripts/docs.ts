/**
 * Writes what the documentation and the monitoring kit derive from the source; with `--check` it only says what is out
 * of date, and fails if anything is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { artifacts } from '../monitoring/source/artifacts.js';
import { configurationTable } from './docs/configuration.js';
import { metricReference } from './docs/metrics.js';
import { listOfTests } from './docs/tests.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A part of a page that is written by hand otherwise, between two comments. */
interface Section {
  readonly file: string;
  readonly marker: string;
  readonly text: string;
}

const sections: readonly Section[] = [
  { file: 'docs/configuration.md', marker: 'variables', text: configurationTable() },
  { file: 'docs/operations/metrics-guide.md', marker: 'metrics', text: metricReference() },
  { file: 'docs/testing.md', marker: 'tests', text: listOfTests(root) },
];

function withSection(page: string, { file, marker, text }: Section): string {
  const [open, close] = [`<!-- generated: ${marker} -->`, `<!-- /generated: ${marker} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`${file} has no ${open} … ${close} for the generated part.`);
  return `${page.slice(0, start + open.length)}\n\n${text.trim()}\n\n${page.slice(end)}`;
}

const wanted = new Map<string, string>();
for (const section of sections) {
  const page = wanted.get(section.file) ?? readFileSync(root + section.file, 'utf8');
  wanted.set(section.file, withSection(page, section));
}
for (const [path, content] of artifacts()) wanted.set(path, content);

function current(file: string): string {
  try {
    return readFileSync(root + file, 'utf8');
  } catch {
    return ''; // not there yet
  }
}

const outdated = [...wanted].filter(([file, content]) => current(file) !== content);
if (process.argv.includes('--check')) {
  for (const [file] of outdated) console.error(`${file} is not what its source says. Run: npm run docs`);
  if (outdated.length === 0) console.log(`${wanted.size} generated files are up to date.`);
  process.exitCode = outdated.length === 0 ? 0 : 1;
} else {
  for (const [file, content] of outdated) {
    writeFileSync(root + file, content);
    console.log(`wrote ${file}`);
  }
}
