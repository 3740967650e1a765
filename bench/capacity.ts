/**
 * What one machine can take, and what one webhook, one job and one tenant cost: the figures that the capacity model
 * (bench/capacity-model.ts) calculates with.
 *
 *   npm run bench:capacity [-- --write]
 *
 * `--write` puts them into docs/scaling.md and into bench/capacity-figures.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ClusterRegistry } from '../src/cluster-metrics/prom-client.js';
import { readHistory } from '../src/connectors/context-files.js';
import { type ResolvedTicket } from '../src/enhancement/index.js';
import { createHistorySource } from '../src/enhancement/note-engine.js';
import { startEmbedded } from '../test/support/embedded-redis.js';
import { writeTenants } from '../test/support/tenants-files.js';
import type { CapacityFigures } from './capacity-model.js';
import { redisUsage, usageEach } from './redis-usage.js';
import { startMeasured } from './measured-service.js';
import { machine, percentile, publish } from './report.js';
import { createTenantSeries, tenantName } from './tenant-series.js';
import { postTickets } from './webhook-load.js';

const connections = 32;
const warmUpSeconds = 2;
const loadSeconds = 8;
const manyTenants = 10_000;
const renderings = 10;

const folder = mkdtempSync(join(tmpdir(), 'te-capacity-'));
const redisServer = await startEmbedded(folder);
const redis = new Redis({ path: redisServer.url.slice('unix://'.length) });
// The file would shrink in between, and what was written could not be told from its size.
await redis.config('SET', 'auto-aof-rewrite-percentage', '0');
const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function startService(env: Readonly<Record<string, string>>) {
  const startMs = performance.now();
  const service = await startMeasured({
    REDIS_URL: redisServer.url,
    LOG_LEVEL: 'warn',
    TENANTS_FILE: join(process.cwd(), 'bench/ingest-tenants.yaml'),
    ACME_SECRET: 'demo-secret-acme',
    ...env,
  });
  return {
    port: Number(new URL(service.webhooks).port),
    readySeconds: (performance.now() - startMs) / 1000,
    async scrape() {
      const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
      const response = await fetch(`${service.metrics}/metrics`, { headers });
      const text = await response.text();
      if (!response.ok) throw new Error(`/metrics answered ${response.status}: ${text}`);
      return text;
    },
    async stop() {
      await service.stop();
      await service.destroy();
    },
  };
}

async function measureWebhooks() {
  const service = await startService({ HTTP_PROCESSES: '1', WORKER_PROCESSES: '0' });
  const load = { port: service.port, connections };
  await postTickets({ ...load, seconds: warmUpSeconds, firstTicket: 0 });
  const before = await redisUsage(redis);
  const { accepted, perSecond } = await postTickets({ ...load, seconds: loadSeconds, firstTicket: 1e6 });
  const each = usageEach(before, await redisUsage(redis), accepted);
  await service.stop();
  return { perSecond, each };
}

/** A desk elsewhere keeps its tickets and notes itself. */
async function emptyLocalDesk(): Promise<void> {
  for await (const keys of redis.scanStream({ match: 'enhancement:desk:*', count: 1000 }) as AsyncIterable<string[]>) {
    if (keys.length > 0) await redis.unlink(...keys);
  }
}

/** Works off what the webhooks have queued. */
async function measureJobs() {
  const completed = () => redis.zcard('enhancement:queue:completed');
  const service = await startService({ HTTP_PROCESSES: '0', WORKER_PROCESSES: '1' });
  const warmUntil = (await completed()) + 500;
  while ((await completed()) < warmUntil) await sleep(50);
  await emptyLocalDesk();
  const [before, first, startMs] = [await redisUsage(redis), await completed(), performance.now()];
  const waiting = () => redis.zcard('enhancement:queue:prioritized');
  const endMs = startMs + 2 * loadSeconds * 1000;
  while (performance.now() < endMs && (await waiting()) > 0) await sleep(100);
  const [after, last, seconds] = [await redisUsage(redis), await completed(), (performance.now() - startMs) / 1000];
  await service.stop();
  await emptyLocalDesk();
  const { memoryBytes } = await redisUsage(redis);
  return { perSecond: (last - first) / seconds, each: usageEach(before, { ...after, memoryBytes }, last - first) };
}

/** One instance, with all tenants in its file, before anything comes in. */
async function measureManyTenants() {
  const ids = Array.from({ length: manyTenants }, (_, i) => tenantName(i));
  const webhook = { servicedesk_signature: { secrets: ['env:ACME_SECRET'] } };
  const { TENANTS_FILE = '' } = writeTenants(folder, Object.fromEntries(ids.map((id) => [id, { webhook }])));
  const service = await startService({
    TENANTS_FILE,
    METRICS_MAX_LABEL_SETS: '100000',
    SCRAPE_TIMEOUT_MS: '10000',
  });
  // Children report their first series for a while after they are ready.
  let [text, series, before, scrapeMs] = ['', 0, -1, 0];
  while (series !== before) {
    before = series;
    await sleep(2000);
    const startMs = performance.now();
    text = await service.scrape();
    scrapeMs = performance.now() - startMs;
    series = samplesIn([Buffer.from(text)]);
  }
  const memory = [...text.matchAll(/^process_resident_memory_bytes\{.*role="(\w+)".*\} (\S+)$/gm)];
  const rss = (role: string) =>
    Math.max(...memory.filter(([, owner]) => owner === role).map(([, , bytes]) => Number(bytes)));
  await service.stop();
  return {
    readySeconds: service.readySeconds,
    scrapeMs,
    series,
    scrapeBytes: text.length,
    rssBytes: { primary: rss('primary'), http: rss('http'), worker: rss('worker') },
  };
}

/** Lines that are not comments. */
function samplesIn(parts: readonly Buffer[]): number {
  const text = Buffer.concat(parts);
  let samples = 0;
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) if (text[at] !== 0x23) samples++;
  return samples;
}

async function measureSeries(tenants: number) {
  const registry = new ClusterRegistry({ maxLabelSets: 10_000_000, registries: [] });
  const series = createTenantSeries(registry, registry.tracker, tenants);
  // What Prometheus asks for; in it each counter and histogram has a `_created` besides, which becomes a series.
  const scrape = () => registry.scrape({ format: 'openmetrics' });
  await scrape();
  const times: number[] = [];
  for (let round = 0; round < renderings; round++) {
    for (let i = round; i < tenants; i += 10) series.ticket(tenantName(i));
    const startMs = performance.now();
    await scrape();
    times.push(performance.now() - startMs);
  }
  const rendering = await scrape();
  const zippedBytes = (await rendering.gzipped()).length;
  registry.close();
  const ms = percentile(times, 0.5);
  return { tenants, series: samplesIn(rendering.parts), bytes: rendering.bytes, zippedBytes, ms };
}

/** A worker's memory for the history of one tenant: the demo's sentences over and over, each ticket with a number of its own. */
async function measureHistory(tickets: number): Promise<number> {
  const known: ResolvedTicket[] = [];
  await readHistory('demo/acme/history.jsonl', (ticket) => void known.push(ticket));
  const seed = Array.from({ length: tickets }, (_, i): ResolvedTicket => {
    const one = known[i % known.length];
    if (one === undefined) throw new Error('the demo has no history');
    const resolution = `${one.resolution} Machine pc-${i}.`;
    return { ...one, ticketId: `H-${i}`, subject: `${one.subject} on pc-${i}`, resolution };
  });
  const heapBytes = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = heapBytes();
  const source = createHistorySource({
    tenantId: 'acme',
    history: {
      upsert: async () => undefined,
      changesSince: async (_tenant, cursor) => ({ tickets: cursor === 0 ? seed : [], cursor: 1, reset: false }),
    },
  });
  const ticket = {
    tenantId: 'acme',
    ticketId: 'T-1',
    subject: 'VPN drops',
    description: 'Every hour.',
    priority: 'high',
    createdAt: '2026-11-23T10:00:00Z',
  } as const;
  await source.search(ticket, AbortSignal.timeout(60_000));
  const bytes = heapBytes() - before;
  await source.search(ticket, AbortSignal.timeout(60_000)); // it is still needed
  return bytes;
}

const round = (value: number, digits = 0): string => value.toFixed(digits);
const kB = (bytes: number): string => `${round(bytes / 1000, 1)} kB`;
const MB = (bytes: number): string => `${round(bytes / 1e6, 1)} MB`;

note('webhooks through one http child …');
const webhooks = await measureWebhooks();
note('jobs through one worker child …');
const jobs = await measureJobs();
redis.disconnect();
note(`an instance with ${manyTenants} tenants …`);
const many = await measureManyTenants();
note('series of 100, 1,000 and 10,000 busy tenants …');
const series = [];
for (const tenants of [100, 1000, manyTenants]) series.push(await measureSeries(tenants));
note('a history of 20,000 tickets …');
const historyBytes = await measureHistory(20_000);
await redisServer.stop();
rmSync(folder, { recursive: true, force: true });

const [, thousand] = series;
if (thousand === undefined) throw new Error('nothing was measured');
const figures: CapacityFigures = {
  webhooksPerSecondPerChild: Math.round(webhooks.perSecond),
  jobsPerSecondPerChild: Math.round(jobs.perSecond),
  redisCpuSecondsPerWebhook: webhooks.each.cpuSeconds,
  redisCpuSecondsPerJob: jobs.each.cpuSeconds,
  redisCommandsPerWebhook: webhooks.each.commands,
  redisCommandsPerJob: jobs.each.commands,
  redisBytesPerTicket: webhooks.each.memoryBytes + Math.max(0, jobs.each.memoryBytes),
  seriesPerTenant: Math.round(thousand.series / thousand.tenants),
  exposedBytesPerSeries: thousand.bytes / thousand.series,
  printing: series.map(({ series, ms }) => ({ series, ms })),
};

const redisRows = (['webhook', 'job'] as const).map((what) => {
  const { commands, cpuSeconds, networkBytes, writtenBytes, memoryBytes } =
    what === 'webhook' ? webhooks.each : jobs.each;
  const cells = [round(commands), `${round(cpuSeconds * 1e6)} us`, kB(networkBytes), kB(writtenBytes), kB(memoryBytes)];
  return `| ${what} | ${cells.join(' | ')} |`;
});
const seriesRows = series.map(
  ({ tenants, series, bytes, zippedBytes, ms }) =>
    `| ${tenants.toLocaleString('en')} | ${series.toLocaleString('en')} | ${MB(bytes)} | ${MB(zippedBytes)} | ${round(ms)} ms |`,
);
await publish(
  'scaling',
  'capacity',
  [
    '| one child | a second |',
    '|---|---|',
    `| webhooks, http child | ${round(webhooks.perSecond)} |`,
    `| jobs, worker child (extractive, local desk) | ${round(jobs.perSecond)} |`,
    '',
    '| Redis, for each | commands | processor | network | written to disk | memory kept |',
    '|---|---|---|---|---|---|',
    ...redisRows,
    '',
    '| busy tenants | series | scrape | compressed | to print it |',
    '|---|---|---|---|---|',
    ...seriesRows,
    '',
    `An instance with 2 + 2 children and ${manyTenants} tenants in its file was ready after ${round(many.readySeconds, 1)} s; ` +
      `its idle scrape had ${many.series.toLocaleString('en')} series in ${MB(many.scrapeBytes)} and took ${round(many.scrapeMs)} ms from request to end. ` +
      `Resident memory: primary ${MB(many.rssBytes.primary)}, http child ${MB(many.rssBytes.http)}, worker child ${MB(many.rssBytes.worker)}. ` +
      `A worker's index of a history of 20,000 tickets takes ${MB(historyBytes)}, besides the tickets themselves.`,
    '',
    `Measured on ${machine()}, clients and Redis on the same machine. ${connections} connections, ${loadSeconds} s. Redis syncs ` +
      'every write to its disk. A busy tenant has one label set of each metric that a ticket without mishaps touches, and a ' +
      'language model; a tenth of the tenants had a ticket between two scrapes.',
  ].join('\n'),
);
if (process.argv.includes('--write')) {
  writeFileSync(new URL('capacity-figures.json', import.meta.url), `${JSON.stringify(figures, undefined, 2)}\n`);
}
