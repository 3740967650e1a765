import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MetricsOptions } from '../actions/show-metrics.js';
import { durationOption, explain, jsonOption, urlOption } from '../explain.js';
import type { Terminal } from '../terminal.js';

export function addMetrics(program: Command, terminal: Terminal): void {
  const command = program
    .command('metrics')
    .description('show a scrape as a table: values with units, histograms as count, mean and quantiles')
    .addOption(matchOption())
    .addOption(durationOption('--interval <time>', 'scrape twice, so far apart, and show rates over that time'))
    .addOption(urlOption('--url <url>', 'the metrics port (default: METRICS_HOST and METRICS_PORT)'))
    .addOption(jsonOption())
    .action(async (options: MetricsOptions) => {
      const { showMetrics } = await import('../actions/show-metrics.js');
      await showMetrics(options, terminal);
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
        if (!(error instanceof SyntaxError)) throw error;
        throw new InvalidArgumentError(`${error.message}.`);
      }
    },
  );
}
