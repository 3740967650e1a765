import { bucket, count, maxBy, quantile, rate, select, sumBy } from '../promql.js';
import {
  activeWorkers,
  completions,
  durationQuantile,
  oldestJobAge,
  queueDepth,
  successes,
  successRatio,
  withinRatio,
} from '../recording-rules.js';
import { site } from '../site.js';
import { allWindows } from '../windows.js';
import { type Board, inJob, inTenant, span } from './board.js';
import { graph, single } from './panel.js';

const job = '{job="$job"}';
const { success, latency, days } = site.slo;
const within = site.latencySeconds.ticket;
const budgetSpan = `[${days}d:5m]`;

export const overview: Board = {
  uid: 'ticket-enhancer-overview',
  title: 'Overview',
  description: 'Do tickets get their notes, in time? Objectives first, then rate, errors and duration.',
  variables: ['tenants'],
  rows: [
    {
      title: 'Objectives',
      panels: [
        single({
          title: `Error budget left (${days} days)`,
          metrics: ['enhancement_requests_total'],
          note: `1 is untouched, 0 is spent: ${success * 100}% of finished jobs have to succeed.`,
          unit: 'percentunit',
          decimals: 1,
          width: 5,
          limit: { value: 0.25, bad: 'below' },
          alerts: ['EnhancementErrorBudgetBurn'],
          queries: [
            {
              expr: `1 - (1 - sum_over_time(${successes('job', '5m')}${job}${budgetSpan}) / sum_over_time(${completions('job', '5m')}${job}${budgetSpan})) / ${Number((1 - success).toFixed(6))}`,
              legend: 'left',
            },
          ],
        }),
        single({
          title: 'Jobs that succeed (1 h)',
          metrics: ['enhancement_requests_total'],
          unit: 'percentunit',
          decimals: 2,
          width: 5,
          limit: { value: success, bad: 'below' },
          alerts: ['EnhancementErrorBudgetBurn', 'EnhancementSuccessRateLow'],
          queries: [{ expr: `${successRatio('job', '1h')}${job}`, legend: 'succeed' }],
        }),
        single({
          title: `Notes within ${within} s (30 min)`,
          metrics: ['enhancement_duration_seconds'],
          unit: 'percentunit',
          decimals: 2,
          width: 5,
          limit: { value: latency, bad: 'below' },
          alerts: ['EnhancementLatencySloMissed', 'EnhancementLatencyCritical'],
          queries: [{ expr: `${withinRatio(within, '30m')}${job}`, legend: 'in time' }],
        }),
        single({
          title: 'Webhook to note, p95 (5 min)',
          metrics: ['enhancement_duration_seconds'],
          unit: 's',
          width: 5,
          limit: { value: within, bad: 'above' },
          queries: [{ expr: `${durationQuantile('job', 'p95')}${job}`, legend: 'p95' }],
        }),
        single({
          title: 'Alerts firing',
          metrics: [],
          note: 'Alerts of this service that fire now.',
          unit: 'none',
          width: 4,
          limit: { value: 1, bad: 'above' },
          queries: [
            { expr: `count(ALERTS{alertname=~"Enhancement.*",alertstate="firing"}) or vector(0)`, legend: 'firing' },
          ],
        }),
        graph({
          title: 'Degraded or unready, by reason',
          metrics: ['service_degraded'],
          note: 'Empty while all instances are ready.',
          unit: 'none',
          width: 24,
          alerts: ['EnhancementServiceDegraded'],
          queries: [
            {
              expr: `${maxBy(['instance', 'reason'], select('service_degraded', inJob))} == 1`,
              legend: '{{instance}} {{reason}}',
            },
          ],
        }),
        graph({
          title: 'Failed share of jobs, by window',
          metrics: ['enhancement_requests_total'],
          note: `The budget is ${Number((1 - success).toFixed(6)) * 100}%. Pages start at 14.4 times that over 1h and at 6 times over 6h.`,
          unit: 'percentunit',
          width: 24,
          limit: { value: Number((1 - success).toFixed(6)), bad: 'above' },
          alerts: ['EnhancementErrorBudgetBurn'],
          queries: allWindows.map((window) => ({ expr: `1 - ${successRatio('job', window)}${job}`, legend: window })),
        }),
      ],
    },
    {
      title: 'Rate, errors, duration',
      panels: [
        graph({
          title: 'Events per second',
          metrics: ['enhancement_requests_total'],
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: sumBy(['status'], rate(select('enhancement_requests_total', inTenant), span)),
              legend: '{{status}}',
            },
          ],
        }),
        graph({
          title: 'Failed jobs per second, by tenant',
          metrics: ['enhancement_requests_total'],
          unit: 'ops',
          width: 12,
          alerts: ['EnhancementErrorBudgetBurn', 'EnhancementSuccessRateLow'],
          queries: [
            {
              expr: sumBy(
                ['tenant_id'],
                rate(select('enhancement_requests_total', { ...inTenant, status: 'failure' }), span),
              ),
              legend: '{{tenant_id}}',
            },
          ],
        }),
        graph({
          title: 'Webhook to note',
          metrics: ['enhancement_duration_seconds'],
          unit: 's',
          width: 12,
          limit: { value: within, bad: 'above' },
          alerts: ['EnhancementLatencySloMissed', 'EnhancementLatencyCritical'],
          queries: ([0.5, 0.95, 0.99] as const).map((share) => ({
            expr: quantile(
              share,
              [],
              rate(bucket('enhancement_duration_seconds', { ...inTenant, status: 'success' }), span),
            ),
            legend: `p${share * 100}`,
          })),
        }),
        graph({
          title: 'Webhooks refused per second, by reason',
          metrics: ['webhook_rejections_total'],
          unit: 'reqps',
          width: 12,
          alerts: ['EnhancementWebhooksRefused'],
          queries: [
            { expr: sumBy(['reason'], rate(select('webhook_rejections_total', inJob), span)), legend: '{{reason}}' },
          ],
        }),
        graph({
          title: 'HTTP answers per second',
          metrics: ['http_request_duration_seconds'],
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: sumBy(['route', 'status_code'], rate(count('http_request_duration_seconds', inJob), span)),
              legend: '{{route}} {{status_code}}',
            },
          ],
        }),
        graph({
          title: 'HTTP answer time, p95 by route',
          metrics: ['http_request_duration_seconds'],
          unit: 's',
          width: 12,
          queries: [
            {
              expr: quantile(0.95, ['route'], rate(bucket('http_request_duration_seconds', inJob), span)),
              legend: '{{route}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Backlog',
      panels: [
        single({
          title: 'Jobs waiting',
          metrics: ['queue_depth'],
          unit: 'none',
          width: 8,
          limit: { value: 100, bad: 'above' },
          alerts: ['EnhancementQueueDepthHigh', 'EnhancementQueueUnreadable'],
          queries: [{ expr: `${queueDepth}${job}`, legend: 'waiting' }],
        }),
        single({
          title: 'Oldest waiting job',
          metrics: ['queue_oldest_job_age_seconds'],
          unit: 's',
          width: 8,
          limit: { value: 60, bad: 'above' },
          alerts: ['EnhancementOldestJobTooOld'],
          queries: [{ expr: `${oldestJobAge}${job}`, legend: 'age' }],
        }),
        single({
          title: 'Active workers',
          metrics: ['worker_active_count'],
          unit: 'none',
          width: 8,
          limit: { value: 1, bad: 'below' },
          alerts: ['EnhancementNoWorkers'],
          queries: [{ expr: `${activeWorkers}${job}`, legend: 'workers' }],
        }),
      ],
    },
  ],
};
