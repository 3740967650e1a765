import { fork } from 'node:child_process';
import { once } from 'node:events';
import { newerNode } from '../scripts/newer-node.mjs';
import { clientName } from '../test/support/metrics-client.js';
import type { Row } from './report.js';

const successor = '@prometheus-io/client';

/** Whether this process is the second run of a bench, over prom-client's successor. */
export const isSuccessorRun = clientName === successor;

/** The end of the second run: gives its rows to the first. */
export function handRows(rows: readonly Row[]): void {
  process.send?.(rows.map((row) => ({ ...row, what: `${successor}, Node ${process.versions.node}: ${row.what}` })));
}

/**
 * Runs the same bench over prom-client's successor, on a Node that is new enough for it.
 *
 * @param bench the address of its file
 * @returns its rows; none, with a sentence on stderr, where there is no such Node
 */
export async function rowsOverSuccessor(bench: string): Promise<readonly Row[]> {
  const execPath = newerNode();
  if (execPath === undefined) {
    console.error(`${successor} is not measured: it needs Node 22, which \`npm test\` installs in test/versions.`);
    return [];
  }
  const child = fork(new URL(bench), [], {
    execPath,
    execArgv: ['--expose-gc', '--import', 'tsx'],
    env: { ...process.env, METRICS_CLIENT: successor },
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the run over ${successor} ended with ${code} before it gave its figures`);
  });
  const [rows] = (await Promise.race([once(child, 'message'), ended])) as [Row[]];
  child.kill();
  ended.catch(() => undefined);
  return rows;
}
