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
  await publish('benchmarks', section, [table(rows), '', `Measured on ${machine()}.`, ...notes].join('\n'));
}

/** Prints a section, and with `--write` puts it into `docs/<page>.md`, between its markers. */
export async function publish(page: 'benchmarks' | 'scaling', section: string, text: string): Promise<void> {
  console.log(`\n## ${section}\n\n${text}\n`);
  if (!process.argv.includes('--write')) return;
  const file = new URL(`../docs/${page}.md`, import.meta.url);
  const [open, close] = [`<!-- bench:${section} -->`, `<!-- /bench:${section} -->`];
  const before = await readFile(file, 'utf8');
  const [start, end] = [before.indexOf(open), before.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs/${page}.md has no markers for ${section}: ${open} … ${close}`);
  await writeFile(file, `${before.slice(0, start + open.length)}\n${text}\n${before.slice(end)}`);
  console.log(`Written to docs/${page}.md.`);
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
