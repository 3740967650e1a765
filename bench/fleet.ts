/**
 * A fleet as a Prometheus sees it: so many instances with so many busy tenants each, their answers printed by the real
 * registry with the real catalog, scraped by a real Prometheus with the shipped configuration and rules. What one
 * Prometheus needs for that is what docs/scaling.md calculates with.
 *
 *   npm run bench:fleet [-- --write]
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterRegistry, createScrapeHandler } from '../src/cluster-metrics/prom-client.js';
import { startPrometheusAt } from '../test/support/prometheus.js';
import { machine, publish } from './report.js';
import { createTenantSeries, tenantName } from './tenant-series.js';

interface Shape {
  readonly instances: number;
  readonly tenants: number;
}

/** Many small instances; then half a cell and a whole cell of docs/scaling.md, at full size. */
const shapes: readonly Shape[] = [
  { instances: 100, tenants: 20 },
  { instances: 10, tenants: 500 },
  { instances: 10, tenants: 1000 },
];
/** Until every group of rules has been evaluated with samples to read: the slowest of a whole cell takes longer than its interval. */
const settleSeconds = 120;
const measureSeconds = 30;

interface Fleet {
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** All instances print the same totals: what they cost Prometheus is the same as if each had its own. */
async function startFleet({ instances, tenants }: Shape): Promise<Fleet> {
  const registry = new ClusterRegistry({ maxLabelSets: 10_000_000, registries: [] });
  const series = createTenantSeries(registry, registry.tracker, tenants);
  const scrape = createScrapeHandler(registry, { timeoutMs: 10_000 });
  let next = 0;
  const tickets = setInterval(() => {
    for (let i = 0; i < tenants / 50; i++) series.ticket(tenantName(next++ % tenants));
  }, 200);
  const servers: Server[] = [];
  const targets: string[] = [];
  for (let i = 1; i <= instances; i++) {
    const host = `127.0.1.${i}`;
    const server = createServer((request, response) => void scrape(request, response)).listen(0, host);
    await once(server, 'listening');
    servers.push(server);
    targets.push(`${host}:${(server.address() as AddressInfo).port}`);
  }
  return {
    targets,
    async close() {
      clearInterval(tickets);
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
      registry.close();
    },
  };
}

/** The sum over all series of one of Prometheus' own metrics, and the largest of them. */
function own(text: string, name: string): { sum: number; max: number } {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].map(([, value]) =>
    Number(value),
  );
  return { sum: values.reduce((sum, value) => sum + value, 0), max: Math.max(...values) };
}

async function measure(shape: Shape): Promise<string> {
  const fleet = await startFleet(shape);
  const prometheus = await startPrometheusAt('as-shipped', fleet.targets);
  try {
    await sleep(settleSeconds * 1000);
    const before = await prometheus.ownMetrics();
    await sleep(measureSeconds * 1000);
    const after = await prometheus.ownMetrics();
    const each = (name: string) => (own(after, name).sum - own(before, name).sum) / measureSeconds;
    const [up] = await prometheus.query('sum(up{job="ticket-enhancer"})');
    if (up?.value !== shape.instances) throw new Error(`only ${up?.value} of ${shape.instances} instances are up`);
    const [scrapeSeconds] = await prometheus.query('quantile(0.95, scrape_duration_seconds{job="ticket-enhancer"})');
    const [recorded] = await prometheus.query('count({__name__=~"job.*:.*"})');
    const failures = own(after, 'prometheus_rule_evaluation_failures_total').sum;
    if (failures > 0) throw new Error(`${failures} evaluations of rules failed`);
    const memory = own(after, 'process_resident_memory_bytes').max;
    const series = own(after, 'prometheus_tsdb_head_series').max;
    const cells = [
      `${shape.instances} x ${shape.tenants}`,
      series.toLocaleString('en'),
      each('prometheus_tsdb_head_samples_appended_total').toFixed(0),
      `${((scrapeSeconds?.value ?? Number.NaN) * 1000).toFixed(0)} ms`,
      `${(own(after, 'prometheus_rule_group_last_duration_seconds').max * 1000).toFixed(0)} ms`,
      `${(own(after, 'prometheus_rule_group_last_duration_seconds').sum * 1000).toFixed(0)} ms`,
      (recorded?.value ?? 0).toLocaleString('en'),
      `${(100 * each('process_cpu_seconds_total')).toFixed(0)}%`,
      `${(memory / 1e9).toFixed(2)} GB, ${(memory / series / 1000).toFixed(1)} kB a series`,
    ];
    return `| ${cells.join(' | ')} |`;
  } finally {
    await prometheus.stop();
    await fleet.close();
  }
}

const rows: string[] = [];
for (const shape of shapes) {
  process.stderr.write(`${shape.instances} instances with ${shape.tenants} tenants each …\n`);
  rows.push(await measure(shape));
}
await publish(
  'scaling',
  'fleet',
  [
    '| instances x tenants | series | samples a second | scrape (p95) | slowest rule group | all rule groups | recorded series | of one core | memory |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `Measured on ${machine()}, with the printing of all instances on the same machine. Intervals as shipped; ${settleSeconds} s to ` +
      `settle, ${measureSeconds} s measured. Windows of the rules are not full by then: their cost grows with the samples in ` +
      'them, until five minutes to two hours have passed.',
  ].join('\n'),
);
process.exit(0);
