/**
 * The first scrape after the start, with thousands of busy tenants: from the last report of a child, or from the start of
 * the scrape where the primary itself counts, to the last byte. And, from the fork on, the longest time for which `/metrics`
 * gives no answer, of which a 503 after the timeout is one.
 *
 *   npm run bench:first-scrape [-- --write]
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { register } from 'prom-client';
import { ClusterRegistry, createScrapeHandler, startReporter } from '../src/cluster-metrics/prom-client.js';
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
  /** Until the first answer with everything; several 503 may come before. */
  readonly firstMs: number;
  readonly longestWaitMs: number;
}

async function measure(tenants: number, who: 'child' | 'primary'): Promise<Figures> {
  const registry = new ClusterRegistry({ maxLabelSets: 10_000_000, registries: [] });
  const handler = createScrapeHandler(registry, { timeoutMs });
  const server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const waits: number[] = [];
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
      waits.push((await ask(port)).ms);
      await sleep(100);
    }
  } else {
    createTenantSeries(registry, registry.tracker, tenants);
    startMs = performance.now();
  }
  let answer: Answer;
  do {
    answer = await ask(port);
    waits.push(answer.ms);
  } while (answer.status !== 200);
  const firstMs = performance.now() - startMs;
  const { series } = await registry.scrape();
  for (const worker of Object.values(cluster.workers ?? {})) {
    worker?.process.kill('SIGKILL');
    if (worker) await once(worker, 'exit');
  }
  server.close();
  server.closeAllConnections();
  registry.close();
  return { series, firstMs, longestWaitMs: Math.max(...waits) };
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
      const { series, firstMs, longestWaitMs } = await measure(tenants, who);
      const what = `${tenants} tenants, ${series} lines, counted by ${who === 'child' ? 'a child' : 'the primary itself'}`;
      rows.push({
        what,
        ours: ms(firstMs),
        peer: '-',
        ratio: '-',
        goal: 'within 2 s',
        reached: firstMs <= 2000,
      });
      rows.push({
        what: 'the same: longest time without an answer',
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
