/**
 * Injects real faults into real processes and a real Redis, and checks the service's promises (docs/reliability.md).
 *
 *   npm run chaos [-- --minutes N] [--seed N] [--only drill]... [--fault NAME]... [--short] [--json FILE] [--write]
 */
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Drill } from './drill.js';
import { type DrillName, drills, shortDrills } from './drills/index.js';
import { faultNames, isFault } from './faults.js';
import type { Finding } from './promises.js';
import { report } from './scorecard.js';

const usage = `npm run chaos -- [options]
  --minutes N   how long the random faults and the soak last (default 4)
  --seed N      of a run that is to be had again
  --only NAME   one drill, or several: ${Object.keys(drills).join(', ')}
  --fault NAME  inject this random fault only, or these: ${faultNames.map((name) => `"${name}"`).join(', ')}
  --short       what npm test runs
  --json FILE   write the figures with all that they were made of
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
        fault: { type: 'string', multiple: true, default: [] },
        short: { type: 'boolean', default: false },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    end(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** With what caused it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** A map would be an empty object. */
function plain(_name: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
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
const strange = options.fault.filter((name) => !isFault(name));
if (strange.length > 0) end(`There is no fault ${strange.join(', ')}.\n\n${usage}`);
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
    const found = await drill.run({
      seed,
      minutes,
      short: options.short,
      only: options.fault.filter(isFault),
      say: (text) => say(`  ${text}`),
    });
    for (const { promise, on, figure, verdict } of found) {
      say(`  ${verdict}: ${promise}${on === undefined ? '' : `, ${on}`}: ${figure}`);
    }
    findings.push(...found);
  } catch (error) {
    // What never came is a broken promise too; the others are looked at all the same.
    broken = true;
    say(`  broken: ${name} did not come to its end: ${describe(error)}`);
  }
}
await report(findings, options.write);
if (options.json !== undefined) await writeFile(options.json, JSON.stringify({ seed, minutes, findings }, plain, 2));
broken ||= findings.some(({ verdict }) => verdict === 'broken');
// Not by itself: a client of Redis or a kept connection may still hold the process for a while.
process.exit(broken ? 1 : 0);
