import { bucket, count, maxBy, quantile, rate, select, sumBy } from './promql.js';
import type { RuleGroup } from './rule.js';
import { site } from './site.js';
import { allWindows, baseWindow, directWindows, type Window, windows } from './windows.js';

/**
 * Recorded series are named `level:metric:operations` (https://prometheus.io/docs/practices/rules/): the level is the
 * labels that are left, joined with `_`; the operations are listed newest first.
 */
export const levels = { job: ['job'], job_tenant_id: ['job', 'tenant_id'] } as const;
export type Level = keyof typeof levels;

/** Jobs that ended, per second. */
export const completions = (level: Level, window: Window) => `${level}:enhancement_completions:rate${window}`;
/** Jobs that ended well, per second: 0, not absent, while all jobs fail. */
export const successes = (level: Level, window: Window) => `${level}:enhancement_success:rate${window}`;
/** 0 to 1; absent while nothing completes, because nothing divided by nothing says nothing. */
export const successRatio = (level: Level, window: Window) => `${level}:enhancement_success:ratio_rate${window}`;
/** 0 to 1: the share of successful jobs that were done within so many seconds. */
export const withinRatio = (seconds: number, window: Window) =>
  `job:enhancement_duration_seconds_within_${seconds}s:ratio_rate${window}`;

export const queueDepth = 'job_queue_name:queue_depth:max';
export const queueGrowth = 'job_queue_name:queue_depth:deriv10m';
export const oldestJobAge = 'job_queue_name:queue_oldest_job_age_seconds:max';
export const activeWorkers = 'job:worker_active_count:sum';

/** Adding up tumbling five-minute windows; time without data counts as time without jobs. */
function overLongWindow(series: string, window: Window): string {
  return `sum_over_time(${series}[${window}:${baseWindow}]) / ${windows[window] / windows[baseWindow]}`;
}

function successRules(level: Level, window: Window) {
  const direct = directWindows.includes(window);
  const ended = select('enhancement_requests_total', { status: ['success', 'failure'] });
  const succeeded = select('enhancement_requests_total', { status: 'success' });
  return [
    {
      record: completions(level, window),
      expr: direct ? sumBy(levels[level], rate(ended, window)) : overLongWindow(completions(level, baseWindow), window),
    },
    {
      record: successes(level, window),
      // Without the `or`, a service that has only ever failed would have no success ratio, and no alert.
      expr: direct
        ? `${sumBy(levels[level], rate(succeeded, window))}\nor\n0 * ${completions(level, window)}`
        : overLongWindow(successes(level, baseWindow), window),
    },
    {
      record: successRatio(level, window),
      expr: `${successes(level, window)}\n/\n(${completions(level, window)} > 0)`,
    },
  ];
}

const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type Quantile = keyof typeof quantiles;
export const quantileNames = Object.keys(quantiles).filter((name): name is Quantile => name in quantiles);

export const durationQuantile = (level: Level, name: Quantile) =>
  `${level}:enhancement_duration_seconds:${name}_rate5m`;
export const operationQuantile = (name: Quantile) =>
  `job_operation_type:enhancement_operation_duration_seconds:${name}_rate5m`;

/**
 * Buckets of all instances together, per second. Recorded, because three quantiles want each: the raw ones of a thousand
 * tenants on ten instances are a million series, and to read them once takes seconds.
 */
const durationBuckets = 'job_tenant_id_le:enhancement_duration_seconds_bucket:rate5m';
const operationBuckets = 'job_operation_type_le:enhancement_operation_duration_seconds_bucket:rate5m';

/** The comparison drops the NaN that a quantile of nothing is. */
const present = (expression: string) => `${expression} >= 0`;

function latencyRules() {
  const succeeded = { status: 'success' } as const;
  const shares = Object.values(site.latencySeconds).flatMap((seconds) =>
    (['5m', '30m'] as const).map((window) => ({
      record: withinRatio(seconds, window),
      expr: `${sumBy(['job'], rate(bucket('enhancement_duration_seconds', succeeded, seconds), window))}\n/\n(${sumBy(['job'], rate(count('enhancement_duration_seconds', succeeded), window))} > 0)`,
    })),
  );
  const buckets = {
    record: durationBuckets,
    expr: sumBy(['job', 'tenant_id', 'le'], rate(bucket('enhancement_duration_seconds', succeeded), '5m')),
  };
  const byLevel = (['job', 'job_tenant_id'] as const).flatMap((level) =>
    quantileNames.map((name) => ({
      record: durationQuantile(level, name),
      expr: present(quantile(quantiles[name], levels[level], durationBuckets)),
    })),
  );
  return [...shares, buckets, ...byLevel];
}

function operationRules() {
  const buckets = {
    record: operationBuckets,
    expr: sumBy(['job', 'operation_type', 'le'], rate(bucket('enhancement_operation_duration_seconds'), '5m')),
  };
  const quantilesByOperation = quantileNames.map((name) => ({
    record: operationQuantile(name),
    expr: present(quantile(quantiles[name], ['job', 'operation_type'], operationBuckets)),
  }));
  return [buckets, ...quantilesByOperation];
}

/** Every instance reads the same queue, so the largest reading counts; workers are each instance's own, so they add up. */
function queueRules() {
  const byQueue = ['job', 'queue_name'];
  return [
    { record: queueDepth, expr: maxBy(byQueue, select('queue_depth')) },
    { record: queueGrowth, expr: maxBy(byQueue, `deriv(${select('queue_depth')}[10m])`) },
    { record: oldestJobAge, expr: maxBy(byQueue, select('queue_oldest_job_age_seconds')) },
    { record: activeWorkers, expr: sumBy(['job'], select('worker_active_count')) },
  ];
}

const levelNames = ['job', 'job_tenant_id'] as const;
const longWindows = allWindows.filter((window) => !directWindows.includes(window));

export const recordingGroups: readonly RuleGroup[] = [
  {
    name: 'ticket-enhancer.success',
    comment: 'Success of jobs, overall and by tenant. Each group reads only what stands above it or before it.',
    interval: '30s',
    rules: levelNames.flatMap((level) => directWindows.flatMap((window) => successRules(level, window))),
  },
  {
    name: 'ticket-enhancer.success-long',
    comment: 'The same over long windows, added up from the five-minute rates.',
    interval: '2m',
    rules: levelNames.flatMap((level) => longWindows.flatMap((window) => successRules(level, window))),
  },
  {
    name: 'ticket-enhancer.latency',
    comment: 'How long jobs take.',
    interval: '30s',
    rules: latencyRules(),
  },
  {
    name: 'ticket-enhancer.operations',
    comment:
      'How long their steps take. Half of all series are read for it, so it comes less often, and holds up nothing else.',
    interval: '1m',
    rules: operationRules(),
  },
  { name: 'ticket-enhancer.queue', comment: 'The queue and the workers, over all instances.', rules: queueRules() },
];
