import { Agent } from 'node:http';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition } from '../test/support/exposition.js';
import { type Watcher, watchCounters } from '../test/support/watcher.js';
import { keepAliveAgent, type Outcome, send } from './http-client.js';
import { until } from '../test/support/service.js';
import type { ScraperOrder, ScraperReport } from './scraper.js';

/**
 * A Prometheus in a hurry, in a process of its own and before all others: a real one is on another machine, where it
 * does not wait for the processor that load, faults and service fight over here.
 */
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // Not allowed: then the time that it waits itself is in its figures.
}

const url = `${process.argv[2]}/metrics`;
const everyMs = 250;
const agent = keepAliveAgent();
const latenciesMs: number[] = [];
const floodLatenciesMs: number[] = [];
const failures: string[] = [];
let paused = false;
let underWay = 0;
let stopped = false;

function note(outcome: Outcome, latencies = latenciesMs): string {
  if (outcome.kind === 'answer' && outcome.status === 200) {
    latencies.push(outcome.ms);
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

const watchOne = (): Watcher => watchCounters(async () => parseExposition(note(await scrapeOnce(agent))));
/** One for each primary; the last is that of now. */
const watchers = [watchOne()];

async function flood(): Promise<void> {
  if (paused) return;
  const by = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => scrapeOnce(by)));
  for (const outcome of outcomes) {
    try {
      note(outcome, floodLatenciesMs);
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
    if (!paused)
      await watchers
        .at(-1)
        ?.look()
        .catch(() => undefined);
    await sleep(Math.max(0, everyMs - (performance.now() - startMs)));
  }
  const decreases = watchers.flatMap((watcher) => watcher.decreases);
  const findings = { latenciesMs, floodLatenciesMs, failures, decreases, restarts: watchers.length - 1 };
  report({ kind: 'findings', findings }, () => process.exit(0));
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
    case 'restarted':
      watchers.push(watchOne());
      paused = false;
      return;
    case 'stop':
      stopped = true;
  }
});
process.on('disconnect', () => process.exit(0));
void run();
