/**
 * From machines, tenants and tickets to what Redis and Prometheus have to carry, calculated from measured figures.
 *
 *   npm run bench:capacity-model [-- --write]
 *   npm run bench:capacity-model -- --machines 8 --tenants 500 --tickets-per-second 20 --cells 1
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { publish } from './report.js';

const figuresSchema = z.object({
  webhooksPerSecondPerChild: z.number(),
  /** Extractive notes on the local desk: without waiting for anybody. */
  jobsPerSecondPerChild: z.number(),
  redisCpuSecondsPerWebhook: z.number(),
  redisCpuSecondsPerJob: z.number(),
  redisCommandsPerWebhook: z.number(),
  redisCommandsPerJob: z.number(),
  /** From the webhook until the finished job is forgotten. */
  redisBytesPerTicket: z.number(),
  seriesPerTenant: z.number(),
  exposedBytesPerSeries: z.number(),
  /** By size, ascending: it grows faster than the scrape does. */
  printing: z.array(z.object({ series: z.number(), ms: z.number() })).min(1),
});

/** Measured by bench/capacity.ts. */
export type CapacityFigures = z.infer<typeof figuresSchema>;

export interface Demand {
  /** Instances in all. */
  readonly machines: number;
  readonly tenants: number;
  readonly ticketsPerSecond: number;
  /** Independent groups of machines, each with a Redis, a Prometheus and a share of the tenants of its own. */
  readonly cells: number;
}

/** Finished jobs are kept so long: a delivery that is repeated within it finds the first one. */
const keptSeconds = 72 * 3600;
/** But not more of them than this in one Redis (src/queue/producer.ts). */
const keptJobs = 3_000_000;
/** Besides the tenants', of one instance: processes, routes, the cluster's own. */
const seriesPerInstance = 600;
const scrapeIntervalSeconds = 15;
/** Of the label sets of one metric that a tenant can have, the most: four operations, two statuses. */
const labelSetsPerTenant = 8;
/** A worker waits for model and desk most of the time: seconds for one job, with a model. */
const jobSeconds = 10;
const jobsAtATime = 10;
/** With the shipped rules, of a whole cell: measured by bench/fleet.ts. */
const prometheusBytesPerSeries = 5200;

export interface Plan {
  readonly httpChildren: number;
  readonly workerChildren: number;
  readonly redisCommandsPerSecond: number;
  /** Of one core, of each cell's Redis. */
  readonly redisCpuShare: number;
  readonly redisBytes: number;
  /** How long a repeated delivery is recognised. */
  readonly repeatsKnownHours: number;
  readonly seriesPerScrape: number;
  readonly scrapeBytes: number;
  readonly printMs: number;
  readonly seriesPerPrometheus: number;
  readonly samplesPerSecond: number;
  readonly prometheusBytes: number;
  readonly maxLabelSets: number;
}

/** In a straight line between two measured sizes, and beyond the largest in proportion to it. */
function printMs(series: number, measured: CapacityFigures['printing']): number {
  let from = { series: 0, ms: 0 };
  for (const to of measured) {
    if (series <= to.series) return from.ms + ((series - from.series) / (to.series - from.series)) * (to.ms - from.ms);
    from = to;
  }
  return (series / from.series) * from.ms;
}

/** Children in all cells together; everything else of one cell, instance or Prometheus. */
export function plan(demand: Demand, figures: CapacityFigures): Plan {
  const { cells } = demand;
  const ticketsPerSecond = demand.ticketsPerSecond / cells;
  const tenants = Math.ceil(demand.tenants / cells);
  const instances = Math.ceil(demand.machines / cells);
  const seriesPerScrape = tenants * figures.seriesPerTenant + seriesPerInstance;
  const seriesPerPrometheus = seriesPerScrape * instances;
  // Twice what is needed, and two in each cell: half of the machines may be away.
  const httpChildren = Math.max(
    2 * cells,
    Math.ceil((2 * demand.ticketsPerSecond) / figures.webhooksPerSecondPerChild),
  );
  const jobsPerChild = Math.min(jobsAtATime / jobSeconds, figures.jobsPerSecondPerChild);
  return {
    httpChildren,
    workerChildren: Math.max(2 * cells, Math.ceil((2 * demand.ticketsPerSecond) / jobsPerChild)),
    redisCommandsPerSecond: ticketsPerSecond * (figures.redisCommandsPerWebhook + figures.redisCommandsPerJob),
    redisCpuShare: ticketsPerSecond * (figures.redisCpuSecondsPerWebhook + figures.redisCpuSecondsPerJob),
    redisBytes: Math.min(ticketsPerSecond * keptSeconds, keptJobs) * figures.redisBytesPerTicket,
    repeatsKnownHours: Math.min(keptSeconds, keptJobs / ticketsPerSecond) / 3600,
    seriesPerScrape,
    scrapeBytes: seriesPerScrape * figures.exposedBytesPerSeries,
    printMs: printMs(seriesPerScrape, figures.printing),
    seriesPerPrometheus,
    samplesPerSecond: seriesPerPrometheus / scrapeIntervalSeconds,
    prometheusBytes: seriesPerPrometheus * prometheusBytesPerSeries,
    maxLabelSets: labelSetsPerTenant * (tenants + 1),
  };
}

const examples: readonly Demand[] = [
  { machines: 2, tenants: 50, ticketsPerSecond: 1, cells: 1 },
  { machines: 10, tenants: 1000, ticketsPerSecond: 20, cells: 1 },
  { machines: 100, tenants: 10_000, ticketsPerSecond: 200, cells: 1 },
  { machines: 100, tenants: 10_000, ticketsPerSecond: 200, cells: 10 },
  { machines: 100, tenants: 10_000, ticketsPerSecond: 200, cells: 20 },
];

const whole = (value: number): string => Math.ceil(value).toLocaleString('en');
const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

type Line = readonly [string, (demand: Demand, plan: Plan) => string];
const lines: readonly Line[] = [
  ['machines', ({ machines }) => whole(machines)],
  ['tenants', ({ tenants }) => whole(tenants)],
  ['tickets a second', ({ ticketsPerSecond }) => whole(ticketsPerSecond)],
  ['**cells**', ({ cells }) => whole(cells)],
  ['http children, all cells', (_, { httpChildren }) => whole(httpChildren)],
  ['worker children, all cells', (_, { workerChildren }) => whole(workerChildren)],
  ['Redis, commands a second', (_, { redisCommandsPerSecond }) => whole(redisCommandsPerSecond)],
  ['Redis, of one core', (_, { redisCpuShare }) => `${(100 * redisCpuShare).toFixed(1)}%`],
  ['Redis, memory of finished jobs', (_, { redisBytes }) => size(redisBytes)],
  ['a repeated delivery is recognised for', (_, { repeatsKnownHours }) => `${Math.floor(repeatsKnownHours)} h`],
  ['series of one scrape', (_, { seriesPerScrape }) => whole(seriesPerScrape)],
  ['one scrape', (_, { scrapeBytes }) => size(scrapeBytes)],
  ['to print it', (_, { printMs }) => `${whole(printMs)} ms`],
  ['Prometheus, series', (_, { seriesPerPrometheus }) => whole(seriesPerPrometheus)],
  ['Prometheus, samples a second', (_, { samplesPerSecond }) => whole(samplesPerSecond)],
  ['Prometheus, memory', (_, { prometheusBytes }) => size(prometheusBytes)],
  ['`METRICS_MAX_LABEL_SETS`, at least', (_, { maxLabelSets }) => whole(maxLabelSets)],
];

async function main(): Promise<void> {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      machines: option,
      tenants: option,
      'tickets-per-second': option,
      cells: option,
      write: { type: 'boolean' },
    },
  });
  const figures = figuresSchema.parse(
    JSON.parse(readFileSync(new URL('capacity-figures.json', import.meta.url), 'utf8')),
  );
  const own: Demand = {
    machines: Number(values.machines ?? 1),
    tenants: Number(values.tenants ?? 1),
    ticketsPerSecond: Number(values['tickets-per-second'] ?? 1),
    cells: Number(values.cells ?? 1),
  };
  const demands = values.machines === undefined ? examples : [own];
  const plans = demands.map((demand) => ({ demand, result: plan(demand, figures) }));
  const [head, ...rows] = lines.map(
    ([name, show]) => `| ${name} | ${plans.map(({ demand, result }) => show(demand, result)).join(' | ')} |`,
  );
  const rule = `|---|${demands.map(() => '---:|').join('')}`;
  await publish('scaling', 'capacity-model', [head, rule, ...rows].join('\n'));
}

if (process.argv[1]?.endsWith('capacity-model.ts')) await main();
