import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../../logging/describe-error.js';
import { readConfig } from '../configuration.js';
import { durationOption, explain, jsonOption, urlOption } from '../explain.js';
import { metricTable } from '../metric-table.js';
import { type Earlier, type MetricReading, readMetrics } from '../metric-reading.js';
import { formatDuration } from '../quantities.js';
import { createServiceClient, metricsUrl, type ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface MetricsOptions {
  readonly match?: RegExp;
  readonly interval?: number;
  readonly url?: string;
  readonly json?: true;
}

export function addMetrics(program: Command, terminal: Terminal): void {
  const command = program
    .command('metrics')
    .description('show a scrape as a table: values with units, histograms as count, mean and quantiles')
    .addOption(matchOption())
    .addOption(durationOption('--interval <time>', 'scrape twice, so far apart, and show rates over that time'))
    .addOption(urlOption('--url <url>', 'the metrics port (default: METRICS_HOST and METRICS_PORT)'))
    .addOption(jsonOption())
    .action(async (options: MetricsOptions) => {
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
    });
  explain(command, {
    details:
      'Without --interval, counts and quantiles are over the whole life of the primary. With it, a counter shows its\n' +
      'increase per second, a histogram the observations of that time alone, a gauge its change.\n' +
      'METRICS_BEARER_TOKEN is sent when it is set.',
    examples: [
      'npx ticket-enhancer metrics --match enhancement',
      'npx ticket-enhancer metrics --match "^(queue|worker)_" --interval 2s',
      'npx ticket-enhancer metrics --json | head -20',
    ],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'configuration'],
  });
}

function matchOption(): Option {
  return new Option('--match <pattern>', 'metrics whose name matches this regular expression').argParser(
    (text: string) => {
      try {
        return new RegExp(text);
      } catch (error) {
        throw new InvalidArgumentError(`${messageOf(error)}.`);
      }
    },
  );
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
