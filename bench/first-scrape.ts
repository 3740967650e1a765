/**
 * The first scrape after the start, with thousands of busy tenants: from the last report of a child, or from the start of
 * the scrape where the primary itself counts, to the last byte of the first answer that shows every series as it is. And, from
 * the fork on, the longest time for which `/metrics` gives no answer.
 *
 *   npm run bench:first-scrape [-- --write]
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { register } from 'prom-client';
import {
  ClusterRegistry,
  createScrapeHandler,
  type ScrapeOptions,
  startReporter,
} from '../src/cluster-metrics/prom-client.js';
import { ms, report, type Row } from './report.js';
import { createTenantSeries } from './tenant-series.js';

const timeoutMs = 2000;
const agent = new Agent({ keepAlive: true });

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** As Prometheus asks. */
function ask(port: number): Promise<Answer> {
  const headers = { accept: 'application/openmetrics-text;version=1.0.0', 'accept-encoding': 'gzip' };
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    get({ port, host: '127.0.0.1', path: '/metrics', agent, headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, ms: performance.now() - startMs }));
    }).on('error', reject);
  });
}

interface Figures {
  readonly series: number;
  /** Until the first answer in which every series is as it was at the request. */
  readonly wholeMs: number;
  /** Answers from the start of that time on: those before the last show some series late, or not yet. */
  readonly answers: number;
  readonly longestWaitMs: number;
  /** Of all answers. */
  readonly refused: number;
}

async function measure(tenants: number, who: 'child' | 'primary'): Promise<Figures> {
  const registry = new ClusterRegistry({ maxLabelSets: 10_000_000, registries: [] });
  let outdated = 0;
  const scrape = async (options?: ScrapeOptions) => {
    const answer = await registry.scrape(options);
    ({ outdated } = answer);
    return answer;
  };
  const handler = createScrapeHandler({ scrape }, { timeoutMs });
  const server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const all: Answer[] = [];
  let startMs: number;
  if (who === 'child') {
    const worker = cluster.fork({ BENCH_TENANTS: String(tenants) });
    let isReported = false;
    const reported = (message: unknown): void => {
      if (message !== 'reported') return;
      isReported = true;
      startMs = performance.now();
    };
    worker.on('message', reported);
    startMs = performance.now();
    // As a scraper that is impatient: what it disturbs is in the figure.
    while (!isReported) {
      all.push(await ask(port));
      await sleep(100);
    }
  } else {
    createTenantSeries(registry, registry.tracker, tenants);
    startMs = performance.now();
  }
  const before = all.length;
  let answer: Answer;
  do {
    answer = await ask(port);
    all.push(answer);
  } while (answer.status !== 200 || outdated > 0);
  const wholeMs = performance.now() - startMs;
  const { series } = await registry.scrape();
  for (const worker of Object.values(cluster.workers ?? {})) {
    worker?.process.kill('SIGKILL');
    if (worker) await once(worker, 'exit');
  }
  server.close();
  server.closeAllConnections();
  registry.close();
  return {
    series,
    wholeMs,
    answers: all.length - before,
    longestWaitMs: Math.max(...all.map(({ ms }) => ms)),
    refused: all.filter(({ status }) => status !== 200).length,
  };
}

async function child(): Promise<void> {
  const reporter = startReporter();
  createTenantSeries(register, reporter.tracker, Number(process.env['BENCH_TENANTS']));
  await reporter.commit();
  process.send?.('reported');
}

async function primary(): Promise<void> {
  const rows: Row[] = [];
  for (const who of ['child', 'primary'] as const) {
    for (const tenants of [1000, 10_000]) {
      const { series, wholeMs, answers, longestWaitMs, refused } = await measure(tenants, who);
      const counter = who === 'child' ? 'a child' : 'the primary itself';
      const what = `${tenants} tenants, ${series} lines, counted by ${counter}: every series (answer ${answers})`;
      rows.push({
        what,
        ours: ms(wholeMs),
        peer: '-',
        ratio: '-',
        goal: 'within 2 s',
        reached: wholeMs <= 2000,
      });
      rows.push({
        what: `the same: longest time without an answer (${refused} of them a 503)`,
        ours: ms(longestWaitMs),
        peer: '-',
        ratio: '-',
        goal: `the timeout of ${timeoutMs / 1000} s and 100 ms`,
        reached: longestWaitMs <= timeoutMs + 100,
      });
      process.stderr.write('.');
    }
  }
  await report('first-scrape', rows, ['Each as Prometheus asks: OpenMetrics, with gzip.']);
  agent.destroy();
}

await (cluster.isPrimary ? primary() : child());
if (cluster.isPrimary) process.exit(0);
