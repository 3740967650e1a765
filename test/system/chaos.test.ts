import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** One or more of each drill of the short form. */
const promises = [
  'second notes',
  'given up',
  'counters',
  'scrape',
  'green',
  'failover',
  'redelivery',
  'poison job',
  'hostile tenant',
];

/** The short form of `npm run chaos`: the same code, and whatever it breaks can be had again from the seed it prints. */
it('keeps its promises while everything breaks', async () => {
  const runner = spawn(process.execPath, ['--import', 'tsx', 'chaos/run.ts', '--short'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [runner.stdout, runner.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
    });
  }
  const [code] = (await once(runner, 'exit')) as [number | null];
  process.stdout.write(`chaos: ${/Seed \d+/.exec(output)?.[0] ?? 'no seed'}\n`);
  if (code !== 0) throw new Error(`the runner ended with ${code}:\n${output}`);
  const measured = [...output.matchAll(/^\s+[\d.]+ s {4}(?:kept|missed): ([\w ]+):/gm)].map(([, promise]) => promise);
  expect(measured).toEqual(expect.arrayContaining(promises));
}, 700_000);
