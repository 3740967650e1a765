import { maxBy, rate, select, sumBy } from '../promql.js';
import { activeWorkers, oldestJobAge, queueDepth, queueGrowth } from '../recording-rules.js';
import { type Board, inJob, span } from './board.js';
import { graph } from './panel.js';

const job = '{job="$job"}';
const events = (status: 'queued' | 'success' | 'failure' | 'pending') =>
  `sum(${rate(select('enhancement_requests_total', { ...inJob, status }), span)})`;

export const queue: Board = {
  uid: 'ticket-enhancer-queue',
  title: 'Queue and workers',
  description: 'Utilization, saturation and errors of the queue and of the workers that empty it.',
  variables: [],
  rows: [
    {
      title: 'Utilization',
      panels: [
        graph({
          title: 'Active workers',
          metrics: ['worker_active_count'],
          note: 'Each instance counts its own workers: sum them.',
          unit: 'none',
          width: 12,
          alerts: ['EnhancementNoWorkers'],
          queries: [
            { expr: `${activeWorkers}${job}`, legend: 'all' },
            { expr: sumBy(['instance'], select('worker_active_count', inJob)), legend: '{{instance}}' },
          ],
        }),
        graph({
          title: 'Active jobs per worker',
          metrics: ['queue_jobs', 'worker_active_count'],
          note: 'At WORKER_CONCURRENCY (10 by default) the workers are full.',
          unit: 'none',
          width: 12,
          queries: [
            {
              expr: `max(${select('queue_jobs', { ...inJob, state: 'active' })}) / (sum(${select('worker_active_count', inJob)}) > 0)`,
              legend: 'jobs per worker',
            },
          ],
        }),
        graph({
          title: 'Jobs in and out, per second',
          metrics: ['enhancement_requests_total'],
          unit: 'ops',
          width: 24,
          alerts: ['EnhancementQueueStalled'],
          queries: [
            { expr: events('queued'), legend: 'queued' },
            { expr: events('success'), legend: 'success' },
            { expr: events('failure'), legend: 'failure' },
          ],
        }),
      ],
    },
    {
      title: 'Saturation',
      panels: [
        graph({
          title: 'Jobs waiting',
          metrics: ['queue_depth'],
          unit: 'none',
          width: 12,
          limit: { value: 100, bad: 'above' },
          alerts: ['EnhancementQueueDepthHigh', 'EnhancementQueueUnreadable'],
          queries: [{ expr: `${queueDepth}${job}`, legend: '{{queue_name}}' }],
        }),
        graph({
          title: 'Oldest waiting job',
          metrics: ['queue_oldest_job_age_seconds'],
          unit: 's',
          width: 12,
          limit: { value: 60, bad: 'above' },
          alerts: ['EnhancementOldestJobTooOld'],
          queries: [{ expr: `${oldestJobAge}${job}`, legend: '{{queue_name}}' }],
        }),
        graph({
          title: 'Jobs by state',
          metrics: ['queue_jobs'],
          unit: 'none',
          width: 12,
          queries: [{ expr: maxBy(['state'], select('queue_jobs', inJob)), legend: '{{state}}' }],
        }),
        graph({
          title: 'Growth of the queue, jobs per second',
          metrics: ['queue_depth'],
          note: 'Over ten minutes. Above zero: more jobs arrive than are done.',
          unit: 'short',
          width: 12,
          alerts: ['EnhancementQueueStalled'],
          queries: [{ expr: `${queueGrowth}${job}`, legend: '{{queue_name}}' }],
        }),
      ],
    },
    {
      title: 'Errors',
      panels: [
        graph({
          title: 'Attempts that failed and wait for a retry, per second',
          metrics: ['enhancement_requests_total'],
          unit: 'ops',
          width: 12,
          queries: [{ expr: events('pending'), legend: 'pending' }],
        }),
        graph({
          title: 'Jobs failed for good',
          metrics: ['queue_jobs'],
          note: 'They stay in the queue with their reason until they are retried or removed.',
          unit: 'none',
          width: 12,
          alerts: ['EnhancementErrorBudgetBurn'],
          queries: [{ expr: `max(${select('queue_jobs', { ...inJob, state: 'failed' })})`, legend: 'failed' }],
        }),
      ],
    },
  ],
};
