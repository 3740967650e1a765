import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition } from '../test/support/exposition.js';
import { watchCounters } from '../test/support/watcher.js';
import { keepAliveAgent, type Outcome, send } from './http-client.js';
import { until } from '../test/support/service.js';
import type { ScraperOrder, ScraperReport } from './scraper.js';

/** A Prometheus in a hurry, in a process of its own so that the load does not slow its clock. */

const url = `${process.argv[2]}/metrics`;
const everyMs = 250;
const agent = keepAliveAgent();
const latenciesMs: number[] = [];
const failures: string[] = [];
let paused = false;
let underWay = 0;
let stopped = false;

function note(outcome: Outcome): string {
  if (outcome.kind === 'answer' && outcome.status === 200) {
    latenciesMs.push(outcome.ms);
    return outcome.body;
  }
  failures.push(outcome.kind === 'answer' ? `status ${outcome.status}` : outcome.kind);
  throw new Error('no answer to look at');
}

async function scrapeOnce(by: Agent, patienceMs = 5000): Promise<Outcome> {
  underWay += 1;
  try {
    return await send(url, by, { method: 'GET', patienceMs });
  } finally {
    underWay -= 1;
  }
}

function report(what: ScraperReport, done: () => void = () => undefined): void {
  process.send?.(what, undefined, undefined, done);
}

const watcher = watchCounters(async () => parseExposition(note(await scrapeOnce(agent))));

async function flood(): Promise<void> {
  if (paused) return;
  const by = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => scrapeOnce(by)));
  for (const outcome of outcomes) {
    try {
      note(outcome);
    } catch {
      continue; // it is in the failures
    }
  }
}

/** Ask and go away, as a scraper does that is being restarted. */
async function vanish(): Promise<void> {
  if (paused) return;
  const by = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  await Promise.all(Array.from({ length: 50 }, () => scrapeOnce(by, 1)));
}

async function run(): Promise<void> {
  while (!stopped) {
    const startMs = performance.now();
    if (!paused) await watcher.look().catch(() => undefined);
    await sleep(Math.max(0, everyMs - (performance.now() - startMs)));
  }
  const { decreases } = watcher;
  report({ kind: 'findings', findings: { latenciesMs, failures, decreases } }, () => process.exit(0));
}

process.on('message', (order: ScraperOrder) => {
  switch (order) {
    case 'flood':
      void flood();
      return;
    case 'vanish':
      void vanish();
      return;
    case 'pause':
      paused = true;
      void until('no scrape is under way', () => underWay === 0).then(() => report({ kind: 'paused' }));
      return;
    case 'resume':
      paused = false;
      return;
    case 'stop':
      stopped = true;
  }
});
process.on('disconnect', () => process.exit(0));
void run();
