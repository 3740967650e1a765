/**
 * One scrape of the cluster registry, beside the `AggregatorRegistry.clusterMetrics()` of prom-client and of its successor
 * on the same metrics in the same children, and beside the floor: joining cached label strings with their numbers and
 * making one Buffer.
 *
 *   npm run bench:scrape [-- --write]
 */
import { spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { createScrapeHandler } from '../src/cluster-metrics/index.js';
import { AggregatorRegistry, ClusterRegistry, register } from '../test/support/metrics-client.js';
import { ms, percentile, report, type Row, spread, times } from './report.js';
import { changeAll, child, linesPerTenant } from './scraped-child.js';
import { handRows, isSuccessorRun, rowsOverSuccessor } from './successor.js';

const warmUpRounds = 10;
const rounds = 100;

type Measure = readonly number[];

interface ScrapeFigures {
  readonly everything: Measure;
  readonly hundredth: Measure;
  readonly floor: Measure;
  readonly peer: Measure;
  readonly series: number;
  readonly bytesPerSeries: number;
  readonly largestBlockMs: number;
  readonly fullCollections: number;
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** Looks at every turn of the event loop until it is asked: a timer would miss the blocks that are as short as a scrape. */
function watchTurns(): { longestMs(): number } {
  let longestMs = 0;
  let lastMs = performance.now();
  const look = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const turn = (): void => {
    look();
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return {
    longestMs() {
      clearImmediate(next);
      look();
      return longestMs;
    },
  };
}

/** Full garbage collections of this process until it is asked. */
function watchCollections(): { count(): number } {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = 'detail' in entry ? entry.detail : undefined;
      const kind: unknown = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined;
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) count += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    count() {
      observer.disconnect();
      return count;
    },
  };
}

/** @returns how long the floor takes for lines such as these */
function makeFloor(text: string): () => number {
  const labels = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ') + 1));
  const values = Float64Array.from(labels, (_, i) => i % 1000);
  return () => {
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + 1;
    const start = performance.now();
    let out = '';
    for (let i = 0; i < labels.length; i++) out += `${labels[i]}${values[i]}\n`;
    Buffer.from(out);
    return performance.now() - start;
  };
}

async function measure(
  tenants: number,
  children: number,
  peerRounds: number,
  collects: 'yes' | 'no' = 'no',
): Promise<ScrapeFigures> {
  const heapBefore = heapBytes();
  const registry = new ClusterRegistry({ maxLabelSets: 1_000_000, registries: [] });
  const peer = new AggregatorRegistry();
  const ready: Promise<unknown>[] = [];
  for (let i = 0; i < children; i++) {
    const worker = cluster.fork({ BENCH_TENANTS: String(tenants), BENCH_COLLECT: collects });
    ready.push(
      new Promise<void>((resolve) => {
        worker.on('message', (message: unknown) => {
          if (typeof message === 'object' && message !== null && 'done' in message) resolve();
        });
      }),
    );
  }
  await Promise.all(ready);
  const scrape = () => registry.scrape();
  const first = await scrape();
  const bytesPerSeries = (heapBytes() - heapBefore) / first.series;
  const floor = makeFloor(Buffer.concat(first.parts).toString());
  const figures = {
    everything: [] as number[],
    hundredth: [] as number[],
    floor: [] as number[],
    peer: [] as number[],
  };
  let largestBlockMs = 0;
  // The first rounds are the compiler's.
  for (let round = 0; round < warmUpRounds; round++) {
    floor();
    await changeAll(1);
    await scrape();
    await changeAll(0.01);
    await scrape();
  }
  const collections = watchCollections();
  for (let round = 0; round < rounds; round++) {
    figures.floor.push(floor());
    await changeAll(1);
    const turns = watchTurns();
    figures.everything.push(await timed(scrape));
    largestBlockMs = Math.max(largestBlockMs, turns.longestMs());
    await changeAll(0.01);
    figures.hundredth.push(await timed(scrape));
    process.stderr.write('.');
  }
  const fullCollections = collections.count();
  for (let round = 0; round < peerRounds; round++) {
    figures.peer.push(await timed(() => peer.clusterMetrics()));
    process.stderr.write('p');
  }
  await Promise.all(
    Object.values(cluster.workers ?? {}).map(async (worker) => {
      if (worker === undefined) return;
      const ended = once(worker, 'exit');
      worker.process.kill('SIGKILL');
      await ended;
    }),
  );
  registry.close();
  process.stderr.write('\n');
  return { ...figures, series: first.series, bytesPerSeries, largestBlockMs, fullCollections };
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Flood {
  readonly latencies: Measure;
  readonly grownBytes: number;
  readonly series: number;
}

/** 200 scrapers at once over HTTP, ten times; they are a process of their own, as Prometheus is. */
async function flood(): Promise<Flood> {
  const registry = new ClusterRegistry({ maxLabelSets: 1_000_000, registries: [] });
  const tenants = Math.round(11_000 / linesPerTenant);
  const worker = cluster.fork({ BENCH_TENANTS: String(tenants) });
  await once(worker, 'message');
  await changeAll(1);
  const handler = createScrapeHandler(registry);
  const server = createServer((req, res) => void handler(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const scrapers = spawn(process.execPath, ['-e', scrapersSource, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const latencies: number[] = [];
  let before = 0;
  for (let round = 0; round <= 10; round++) {
    await changeAll(1);
    scrapers.send('go');
    const [figures] = (await once(scrapers, 'message')) as [number[]];
    if (round === 0) before = heapBytes();
    else latencies.push(...figures);
  }
  const grownBytes = heapBytes() - before;
  const { series } = await registry.scrape();
  scrapers.kill();
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  server.close();
  server.closeAllConnections();
  registry.close();
  return { latencies, grownBytes, series };
}

/** Plain JavaScript, because it runs by itself: 200 scrapes at once, with gzip, as Prometheus asks for it. */
const scrapersSource = `
const { request, Agent } = require('node:http');
const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const one = () => new Promise((resolve, reject) => {
  const start = performance.now();
  request({ port: Number(process.argv[1]), host: '127.0.0.1', path: '/metrics', agent, headers: { 'accept-encoding': 'gzip' } }, (response) => {
    response.resume().on('end', () => resolve(performance.now() - start));
  }).on('error', reject).end();
});
process.on('message', async () => process.send(await Promise.all(Array.from({ length: 200 }, one))));
`;

function growthText(bytes: number): string {
  return bytes <= 0 ? 'not grown' : `grown by ${(bytes / 1e6).toFixed(1)} MB`;
}

async function primary(): Promise<void> {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const rows: Row[] = [];
  const p50 = (values: Measure) => percentile(values, 0.5);
  const p99 = (values: Measure) => percentile(values, 0.99);
  const row = (what: string, ours: string, peer: string, ratio: number, goal: string, reached: boolean) =>
    rows.push({ what, ours, peer, ratio: times(ratio), goal, reached });

  const eight = await measure(1000, 8, 12);
  const faster50 = p50(eight.peer) / p50(eight.everything);
  const faster99 = p99(eight.peer) / p99(eight.everything);
  row(
    `scrape, ${eight.series} series, 8 children, everything changed, against clusterMetrics() (p50)`,
    spread(eight.everything),
    spread(eight.peer),
    faster50,
    '250x faster',
    faster50 >= 250,
  );
  row('the same (p99)', ms(p99(eight.everything)), ms(p99(eight.peer)), faster99, '100x faster', faster99 >= 100);
  if (isSuccessorRun) return handRows(rows);
  rows.push(...(await rowsOverSuccessor(import.meta.url)));
  const two = await measure(1000, 2, 0);
  const slower = p50(eight.everything) / p50(eight.floor);
  row(
    'everything changed, against the floor',
    ms(p50(eight.everything)),
    ms(p50(eight.floor)),
    slower,
    'at most 1.5x',
    slower <= 1.5,
  );
  const below = p50(eight.hundredth) / p50(eight.floor);
  row('1% changed, against the floor', spread(eight.hundredth), ms(p50(eight.floor)), below, 'below 1x', below < 1);
  const growth = p50(eight.everything) / p50(two.everything);
  row(
    '8 children against 2',
    ms(p50(eight.everything)),
    ms(p50(two.everything)),
    growth,
    'at most 1.1x',
    growth <= 1.1,
  );
  const collecting = await measure(1000, 8, 0, 'yes');
  row(
    'everything changed, with a `collect` function in each child: they are asked, and waited for',
    spread(collecting.everything),
    spread(eight.everything),
    p50(collecting.everything) / p50(eight.everything),
    'p50 at most 50 ms more',
    p50(collecting.everything) - p50(eight.everything) <= 50,
  );
  row(
    "primary's loop, largest block by a scrape",
    ms(eight.largestBlockMs),
    '-',
    eight.largestBlockMs / 10,
    '10 ms',
    eight.largestBlockMs <= 10,
  );
  row(
    `full garbage collections of the primary in ${2 * rounds} scrapes`,
    String(eight.fullCollections),
    '-',
    eight.fullCollections / 5,
    'at most 5',
    eight.fullCollections <= 5,
  );
  const large = await measure(10_000, 1, 0);
  row(
    `primary's loop, largest block by a scrape of ${large.series} series`,
    ms(large.largestBlockMs),
    '-',
    large.largestBlockMs / 15,
    '15 ms',
    large.largestBlockMs <= 15,
  );
  const flooded = await flood();
  row(
    `200 scrapes at once, ${flooded.series} series`,
    spread(flooded.latencies),
    '-',
    p99(flooded.latencies) / 250,
    'p99 under 250 ms',
    p99(flooded.latencies) < 250,
  );
  await report('scrape', rows, [
    `Memory of the primary per series: ${large.bytesPerSeries.toFixed(0)} bytes at ${large.series} series, printed text ` +
      `included. After 2,000 flooding scrapes its memory had ${growthText(flooded.grownBytes)}.`,
    'A scrape sends a message to children with `collect` functions alone, and waits for them for 50 ms at most.',
  ]);
}

await (cluster.isPrimary ? primary() : child());
if (cluster.isPrimary) {
  register.clear();
  process.exit(0);
}
