import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drills } from '../../chaos/drills/index.js';

/** docs/testing.md names tests, drills and measurements: they must exist, or the page promises what nobody shows. */

const root = process.cwd();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/testing.md');

/** Cells of the rows, without heads and rulers. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what |'))
  .map((line) => line.slice(2, -2).split(' | '));

type Reference = { readonly file: string; readonly name: string } | { readonly command: string };

/** Tests of one file, or one command. */
function toReferences(entry: string): Reference[] {
  const [, file, names] = /^\[[\w.-]+\]\(\.\.\/(test\/[\w./-]+)\): \*(.+)\*$/.exec(entry) ?? [];
  if (file !== undefined && names !== undefined) return names.split('*, *').map((name) => ({ file, name }));
  const [, command] = /^`npm run (.+)`$/.exec(entry) ?? [];
  if (command !== undefined) return [{ command }];
  throw new Error(`neither a test nor a command: ${entry}`);
}

/** A test's or a group's own name, or the first cell of a row of `it.each`: what stands first behind `(` or `[`. */
function hasTest({ file, name }: { readonly file: string; readonly name: string }): boolean {
  if (!existsSync(join(root, file))) return false;
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`[([]\\s*(['"\`])${escaped}\\1,`).test(read(file));
}

function hasCommand(command: string): boolean {
  const [, drill] = /^chaos -- --only ([\w-]+)$/.exec(command) ?? [];
  if (drill !== undefined) return Object.keys(drills).includes(drill);
  return Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts).includes(command);
}

describe('what docs/testing.md says', () => {
  it.each(rows)('%s', (_what, shownBy) => {
    const references = (shownBy ?? '').split('<br>').flatMap(toReferences);
    expect(references.length).toBeGreaterThan(0);
    const missing = references.filter((one) => !('command' in one ? hasCommand(one.command) : hasTest(one)));
    expect(missing).toEqual([]);
  });

  it('has a row for each promise of docs/reliability.md', () => {
    const promises = [...read('docs/reliability.md').matchAll(/^\d\. \*\*([\s\S]+?)\*\*/gm)].map(([, promise = '']) =>
      promise.replaceAll(/\s+/g, ' '),
    );
    expect(promises).toHaveLength(6);
    const kept = rows.map(([what = '']) => what);
    expect(promises.filter((promise) => !kept.some((what) => promise.startsWith(what)))).toEqual([]);
  });

  it('names every drill', () => {
    expect(Object.keys(drills).filter((name) => !page.includes(`--only ${name}\``))).toEqual([]);
  });

  it('is what SECURITY.md leads to, line by line', () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    const anchors = [...read('SECURITY.md').matchAll(/docs\/testing\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor);
    expect(anchors.length).toBeGreaterThan(10);
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });
});
