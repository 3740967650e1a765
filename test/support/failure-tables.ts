import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tables of docs/failures.md, for tests that hold them against the code. */

/** Cells of the rows below a heading, without head and ruler. */
export function rowsUnder(heading: string): readonly string[][] {
  const page = readFileSync(join(process.cwd(), 'docs/failures.md'), 'utf8');
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
