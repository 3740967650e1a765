import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../configuration.js';
import { metricTable } from '../metric-table.js';
import { type Earlier, type MetricReading, readMetrics } from '../metric-reading.js';
import { formatDuration } from '../quantities.js';
import { createServiceClient, metricsUrl, type ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';

export interface MetricsOptions {
  readonly match?: RegExp;
  readonly interval?: number;
  readonly url?: string;
  readonly json?: true;
}

export async function showMetrics(options: MetricsOptions, terminal: Terminal): Promise<void> {
  const config = readConfig();
  const service = createServiceClient(metricsUrl(config, options.url), config.metricsBearerToken);
  const { readings, intervalSeconds } = await scrape(service, options, terminal);
  const { match } = options;
  const shown = readings.filter(({ name }) => match === undefined || match.test(name));
  if (options.json) {
    const at = new Date().toISOString();
    terminal.printJson({ scraped_at: at, url: service.url, interval_seconds: intervalSeconds, metrics: shown });
    return;
  }
  for (const line of metricTable(shown, terminal.paint, terminal.columns)) terminal.print(line);
  if (shown.length === 0) terminal.note(`None of the ${readings.length} metrics matches ${String(match)}.`);
}

async function scrape(
  service: ServiceClient,
  { interval }: MetricsOptions,
  terminal: Terminal,
): Promise<{ readings: MetricReading[]; intervalSeconds: number | null }> {
  const first = await service.metrics();
  if (interval === undefined) return { readings: readMetrics(first), intervalSeconds: null };
  const startedMs = performance.now();
  const progress = terminal.progress(`scraping again in ${formatDuration(interval / 1000)}`);
  try {
    await sleep(interval);
    const second = await service.metrics();
    const earlier: Earlier = { metrics: first, secondsAgo: (performance.now() - startedMs) / 1000 };
    return { readings: readMetrics(second, earlier), intervalSeconds: Math.round(earlier.secondsAgo * 1000) / 1000 };
  } finally {
    progress.end();
  }
}
