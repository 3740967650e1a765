import { readFile, writeFile } from 'node:fs/promises';
import { machine } from '../bench/report.js';
import { type Finding, promises, type PromiseName, type Verdict } from './promises.js';

const docs = new URL('../docs/reliability.md', import.meta.url);
const [open, close] = ['<!-- chaos:scorecard -->', '<!-- /chaos:scorecard -->'];
const heads = ['promise', 'goal', 'seen', 'kept', 'beside it'];

const detailsShown = 20;

const words: Readonly<Record<Verdict, string>> = { kept: 'yes', missed: '**missed**', broken: '**broken**' };

const worstFirst: readonly Verdict[] = ['broken', 'missed', 'kept'];

/** One row for a promise, whatever it was tried on. */
function row(name: PromiseName, findings: readonly Finding[]): string {
  const { promise, goal, beside } = promises[name];
  const figures = findings.map(({ on, figure }) => (on === undefined ? figure : `${on}: ${figure}`)).join('<br>');
  const verdict = worstFirst.find((one) => findings.some((finding) => finding.verdict === one)) ?? 'kept';
  return `| ${[promise, goal, figures, words[verdict], beside].join(' | ')} |`;
}

const promiseOf = (line: string): string => line.split('|')[1]?.trim() ?? '';

/** The rows that stand in the page and were not measured again stay, and all come in the order of the promises. */
function table(findings: readonly Finding[], before: readonly string[]): string {
  const lines = (Object.keys(promises) as PromiseName[]).flatMap((name) => {
    const found = findings.filter(({ promise }) => promise === name);
    return found.length > 0 ? [row(name, found)] : before.filter((line) => promiseOf(line) === promises[name].promise);
  });
  return [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** Prints the findings, and with `write` puts them into docs/reliability.md, between its markers. */
export async function report(findings: readonly Finding[], write: boolean): Promise<void> {
  console.log(`\n${table(findings, [])}\n\nMeasured on ${machine()}.`);
  for (const { promise, on, verdict, details = [], evidence = [] } of findings) {
    if (verdict === 'kept') continue;
    console.log(`\n${promise}${on === undefined ? '' : `, ${on}`}: ${verdict}`);
    for (const detail of details.slice(0, detailsShown)) console.log(`  ${detail}`);
    if (details.length > detailsShown) console.log(`  and ${details.length - detailsShown} more (--json has them)`);
    for (const lines of evidence) console.log(`\n  ${lines.join('\n  ')}`);
  }
  if (!write) return;
  const page = await readFile(docs, 'utf8');
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs/reliability.md has no markers ${open} … ${close}.`);
  const before = page.slice(start, end).split('\n');
  const text = `${table(findings, before)}\n\nMeasured on ${machine()}.`;
  await writeFile(docs, `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`);
  console.log('\nWritten to docs/reliability.md.');
}
