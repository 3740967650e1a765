import { bucket, increase, quantile, rate, select, sumBy } from '../promql.js';
import { type Board, inInstance, span } from './board.js';
import { graph } from './panel.js';

const here = '{job="$job",instance=~"$instance"}';
const process = ['instance', 'role', 'slot'];

export const cluster: Board = {
  uid: 'ticket-enhancer-cluster',
  title: 'Cluster internals',
  description: 'The processes of each instance, and the cost of their metrics.',
  variables: ['instance'],
  rows: [
    {
      title: 'Processes',
      panels: [
        graph({
          title: 'Instances scraped',
          metrics: [],
          note: '1: Prometheus reached the primary. 0: it did not.',
          unit: 'none',
          width: 8,
          alerts: ['EnhancementTargetDown'],
          queries: [{ expr: `up${here}`, legend: '{{instance}}' }],
        }),
        graph({
          title: 'Children by state',
          metrics: ['cluster_children'],
          unit: 'none',
          width: 8,
          alerts: ['EnhancementChildMissing'],
          queries: [
            {
              expr: sumBy(['role', 'state'], select('cluster_children', inInstance)),
              legend: '{{role}} {{state}}',
            },
          ],
        }),
        graph({
          title: 'Children replaced in 15 minutes',
          metrics: ['cluster_child_restarts_total'],
          unit: 'none',
          width: 8,
          alerts: ['EnhancementChildCrashLooping'],
          queries: [
            {
              expr: sumBy(
                ['instance', 'role', 'reason'],
                increase(select('cluster_child_restarts_total', inInstance), '15m'),
              ),
              legend: '{{instance}} {{role}} {{reason}}',
            },
          ],
        }),
        graph({
          title: 'Seconds since the last report',
          metrics: ['cluster_child_report_age_seconds'],
          unit: 's',
          width: 12,
          limit: { value: 10, bad: 'above' },
          alerts: ['EnhancementChildReportStale'],
          queries: [
            {
              expr: select('cluster_child_report_age_seconds', inInstance),
              legend: '{{instance}} {{role}} {{slot}}',
            },
          ],
        }),
        graph({
          title: 'Event loop lag, p99',
          metrics: [],
          note: 'Delay of callbacks as measured by Node, by process.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: `max by (${process.join(', ')}) (nodejs_eventloop_lag_p99_seconds${here})`,
              legend: '{{instance}} {{role}} {{slot}}',
            },
          ],
        }),
        graph({
          title: 'Memory',
          metrics: [],
          note: 'Resident set size of each process.',
          unit: 'bytes',
          width: 12,
          queries: [
            {
              expr: sumBy(process, `process_resident_memory_bytes${here}`),
              legend: '{{instance}} {{role}} {{slot}}',
            },
          ],
        }),
        graph({
          title: 'CPU',
          metrics: [],
          note: '1 is one core, busy all the time.',
          unit: 'percentunit',
          width: 12,
          queries: [
            {
              expr: sumBy(['instance', 'role'], rate(`process_cpu_seconds_total${here}`, span)),
              legend: '{{instance}} {{role}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'The metrics themselves',
      panels: [
        graph({
          title: 'Time to render a scrape',
          metrics: ['cluster_scrape_duration_seconds'],
          unit: 's',
          width: 12,
          queries: [
            ...([0.5, 0.99] as const).map((share) => ({
              expr: quantile(share, [], rate(bucket('cluster_scrape_duration_seconds', inInstance), span)),
              legend: `p${share * 100}, rendering`,
            })),
            { expr: `max(scrape_duration_seconds${here})`, legend: 'slowest, as Prometheus sees it' },
          ],
        }),
        graph({
          title: 'Series',
          metrics: ['cluster_series', 'cluster_series_outdated'],
          unit: 'short',
          width: 12,
          queries: [
            { expr: select('cluster_series', inInstance), legend: '{{instance}}' },
            { expr: select('cluster_series_outdated', inInstance), legend: '{{instance}}, shown late' },
            { expr: `scrape_samples_scraped${here}`, legend: '{{instance}}, as Prometheus counts' },
          ],
        }),
        graph({
          title: 'Series refused in an hour',
          metrics: ['cluster_series_dropped_total'],
          unit: 'none',
          width: 12,
          alerts: ['EnhancementSeriesDropped'],
          queries: [
            {
              expr: sumBy(['instance', 'reason'], increase(select('cluster_series_dropped_total', inInstance), '1h')),
              legend: '{{instance}} {{reason}}',
            },
          ],
        }),
        graph({
          title: 'Failed scrapes',
          metrics: [],
          note: 'Share of the last hour in which Prometheus could not scrape the instance.',
          unit: 'percentunit',
          width: 12,
          alerts: ['EnhancementTargetDown'],
          queries: [{ expr: `1 - avg_over_time(up${here}[1h])`, legend: '{{instance}}' }],
        }),
      ],
    },
  ],
};
