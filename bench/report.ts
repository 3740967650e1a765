import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** One line of a benchmark's table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  /** Ours against the peer's, in the words of the goal. */
  readonly ratio: string;
  readonly goal: string;
  readonly reached: boolean;
}

const docs = new URL('../docs/benchmarks.md', import.meta.url);

export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), Node ${process.versions.node}, ${process.platform}`;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, ours, peer, ratio, goal, reached }) =>
      `| ${what} | ${ours} | ${peer} | ${ratio} | ${goal} | ${reached ? 'yes' : '**no**'} |`,
  );
  return ['| what | ours | beside it | ratio | goal | reached |', '|---|---|---|---|---|---|', ...lines].join('\n');
}

/**
 * Prints the table, and with `--write` on the command line puts it into docs/benchmarks.md, between the markers of
 * this section.
 *
 * @param notes sentences under the table: how it was measured
 */
export async function report(section: string, rows: readonly Row[], notes: readonly string[]): Promise<void> {
  const text = [table(rows), '', `Measured on ${machine()}.`, ...notes].join('\n');
  console.log(`\n## ${section}\n\n${text}\n`);
  if (!process.argv.includes('--write')) return;
  const [open, close] = [`<!-- bench:${section} -->`, `<!-- /bench:${section} -->`];
  const page = await readFile(docs, 'utf8');
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs/benchmarks.md has no markers for ${section}: ${open} … ${close}`);
  await writeFile(docs, `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`);
  console.log('Written to docs/benchmarks.md.');
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}

export function spread(values: readonly number[]): string {
  return `p50 ${ms(percentile(values, 0.5))}, p99 ${ms(percentile(values, 0.99))}`;
}

export function times(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)}x`;
}
