/**
 * Faults that really happen, on real processes and a real Redis, and what became of the promises (docs/reliability.md).
 *
 *   npm run chaos [-- --minutes N] [--seed N] [--only drill]... [--short] [--write]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Drill } from './drill.js';
import { type DrillName, drills, shortDrills } from './drills/index.js';
import type { Finding } from './promises.js';
import { report } from './scorecard.js';

const usage = `npm run chaos -- [options]
  --minutes N   how long the random faults and the soak last (default 4)
  --seed N      of a run that is to be had again
  --only NAME   one drill, or several: ${Object.keys(drills).join(', ')}
  --short       what npm test runs
  --write       put the figures into docs/reliability.md`;

function end(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '4' },
        seed: { type: 'string', default: String(randomInt(2 ** 31)) },
        only: { type: 'string', multiple: true, default: [] },
        short: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    end(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function isDrill(name: string): name is DrillName {
  return name in drills;
}

const options = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
if (!(minutes > 0)) end(`--minutes must be a number above 0, and is ${options.minutes}.`);
if (!Number.isSafeInteger(seed)) end(`--seed must be a whole number, and is ${options.seed}.`);
const unknown = options.only.filter((name) => !isDrill(name));
if (unknown.length > 0) end(`There is no drill ${unknown.join(', ')}. There are ${Object.keys(drills).join(', ')}.`);
const all = options.short ? shortDrills : (Object.keys(drills) as DrillName[]);
const names = options.only.length > 0 ? options.only.filter(isDrill) : all;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(`Ended by ${signal}.`));

const startMs = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
};

console.log(`Seed ${seed}: --seed ${seed} injects the same faults at the same moments.`);
const findings: Finding[] = [];
let broken = false;
for (const name of names) {
  const drill: Drill = drills[name];
  say(`${name}: ${drill.what}`);
  try {
    const found = await drill.run({ seed, minutes, short: options.short, say: (text) => say(`  ${text}`) });
    for (const { promise, figure, verdict } of found) say(`  ${verdict}: ${promise}: ${figure}`);
    findings.push(...found);
  } catch (error) {
    // What never came is a broken promise too; the others are looked at all the same.
    broken = true;
    say(`  broken: ${name} did not come to its end: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await report(findings, options.write);
broken ||= findings.some(({ verdict }) => verdict === 'broken');
// Not by itself: a client of Redis or a kept connection may still hold the process for a while.
process.exit(broken ? 1 : 0);
