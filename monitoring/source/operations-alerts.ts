import { type DeferralReason, deferralReasons } from '../../src/enhancement/vocabulary.js';
import { degradedReasons, documentStates, unreadyReasons } from '../../src/telemetry/catalog.js';
import { alert } from './alert.js';
import { count, increase, maxBy, rate, select, sumBy } from './promql.js';
import { activeWorkers, completions, oldestJobAge, queueDepth, queueGrowth } from './recording-rules.js';
import type { AlertingRule } from './rule.js';
import { site } from './site.js';

const target = { job: site.job };
const up = `up{job="${site.job}"}`;

export const queueAlerts: readonly AlertingRule[] = [
  alert('EnhancementQueueDepthHigh', `${queueDepth} > 100`, {
    severity: 'ticket',
    for: '5m',
    summary: '{{ $value }} jobs wait in {{ $labels.queue_name }}',
    description:
      'More than 100 jobs have waited for five minutes: work comes in faster than the workers finish it. Look at queue_jobs by state: delayed jobs wait for a desk or a retry, waiting ones for a worker.',
  }),
  // No `for`: an age of 60 s is itself a span of time.
  alert('EnhancementOldestJobTooOld', `${oldestJobAge} > 60`, {
    severity: 'page',
    summary: 'The oldest job in {{ $labels.queue_name }} has waited for {{ $value | humanizeDuration }}',
    description:
      'Its note is already later than the latency objective allows, and so are those behind it. Look at the status page: it names missing workers and a paused queue.',
  }),
  alert(
    'EnhancementQueueStalled',
    `${queueDepth} > 0\nand ${queueGrowth} > 0\nunless on (job) ${completions('job', '5m')} > 0`,
    {
      severity: 'page',
      for: '5m',
      summary: 'The queue {{ $labels.queue_name }} grows while no job completes ({{ $value }} wait)',
      description:
        'Webhooks are accepted and nothing is lost, but no note is written: workers are stuck or gone, or every job is deferred. Look at the status page; reload (SIGHUP) if workers are ready and no job ends.',
    },
  ),
  // By instance, and only while it is scraped: an instance that is down has its own alert.
  alert('EnhancementQueueUnreadable', `${up} == 1\nunless on (job, instance) ${select('queue_depth')}`, {
    severity: 'page',
    for: '2m',
    summary: '{{ $labels.instance }} cannot read the queue',
    description:
      'The primary has not reached Redis, so its queue metrics are gone and no other queue alert can fire. Webhooks are probably answered with 503. Run `ticket-enhancer check` there: it has the message of Redis.',
  }),
  alert(
    'EnhancementWebhooksRefused',
    `${sumBy(['job', 'reason'], increase(select('webhook_rejections_total', { reason: ['queue_unavailable', 'internal_error'] }), '5m'))} >= 3`,
    {
      severity: 'page',
      for: '2m',
      summary: 'Valid webhooks are refused: {{ $labels.reason }} ({{ $value | humanize }} in 5m)',
      description:
        "A desk that does not repeat its deliveries loses these tickets' notes. Run `ticket-enhancer check` for queue_unavailable; look at the log line `rejected` for internal_error.",
    },
  ),
];

const byStateReason = ['job', 'instance', 'reason'];

export const stateAlerts: readonly AlertingRule[] = [
  alert(
    'EnhancementServiceDegraded',
    `${maxBy(byStateReason, select('service_degraded', { reason: unreadyReasons }))} == 1`,
    {
      severity: 'page',
      for: '1m',
      summary: '{{ $labels.instance }} is not ready: {{ $labels.reason }}',
      description:
        'It refuses webhooks, or writes no notes. Run `ticket-enhancer check` there, or open its status page: both have the reason as a sentence with what to do.',
    },
  ),
  alert(
    'EnhancementServiceDegraded',
    `${maxBy(byStateReason, select('service_degraded', { reason: degradedReasons }))} == 1`,
    {
      severity: 'ticket',
      for: '5m',
      summary: '{{ $labels.instance }} is degraded: {{ $labels.reason }}',
      description:
        'It accepts webhooks with limitations. Run `ticket-enhancer check` there, or open its status page: both have the reason as a sentence with what to do.',
    },
  ),
];

/** States in which a child can do no work; `draining` children have a successor already. */
const missing = ['starting', 'stale', 'incompatible', 'backoff'] as const;
const byRole = ['job', 'instance', 'role'];

export const processAlerts: readonly AlertingRule[] = [
  alert('EnhancementNoWorkers', `${activeWorkers} == 0\nor absent(${select('worker_active_count', target)})`, {
    severity: 'page',
    for: '1m',
    summary: 'No worker process is active',
    description:
      'Webhooks are accepted and queued, but no note is written until a worker is back. Look at the log for why workers end, or do not start.',
  }),
  alert('EnhancementTargetDown', `${up} == 0\nor absent(${up})`, {
    severity: 'page',
    for: '2m',
    summary: 'Prometheus cannot scrape {{ with $labels.instance }}{{ . }}{{ else }}any ticket-enhancer target{{ end }}',
    description:
      'The primary process is down or cut off. Its children end with it, so this instance probably serves nothing. Look at its last log lines and its exit code: 78 is a configuration to correct.',
  }),
  alert('EnhancementChildMissing', `${sumBy(byRole, select('cluster_children', { state: missing }))} > 0`, {
    severity: 'ticket',
    for: '2m',
    summary: '{{ $value }} {{ $labels.role }} process(es) of {{ $labels.instance }} are not ready',
    description:
      'The instance works with fewer processes than it is configured for. Look at its status page for the state of each and how the last one ended.',
  }),
  alert(
    'EnhancementChildMissing',
    `${sumBy(byRole, select('cluster_children'))} > 0\nunless on (job, instance, role) ${sumBy(byRole, select('cluster_children', { state: 'ready' }))} > 0`,
    {
      severity: 'page',
      for: '2m',
      summary: 'No {{ $labels.role }} process of {{ $labels.instance }} is ready',
      description:
        'This instance does nothing in this role, although it is configured to. Remove it from the load balancer if the role is http, and look at its log.',
    },
  ),
  alert(
    'EnhancementChildCrashLooping',
    `${sumBy(byRole, increase(select('cluster_child_restarts_total'), '15m'))} >= 3`,
    {
      severity: 'ticket',
      summary:
        '{{ $labels.role }} processes of {{ $labels.instance }} keep ending ({{ $value | humanize }} times in 15m)',
      description:
        'Each one is replaced after a growing delay. Look at the reason label of the counter, and at the log line of each end.',
    },
  ),
  // Over five minutes, because the watchdog replaces a hung child (and so ends the age) before two scrapes have seen it.
  alert('EnhancementChildReportStale', `max_over_time(${select('cluster_child_report_age_seconds')}[5m]) > 10`, {
    severity: 'ticket',
    summary:
      '{{ $labels.role }} process {{ $labels.slot }} of {{ $labels.instance }} did not report for {{ $value | humanizeDuration }}',
    description:
      'Its event loop was blocked or the process was stopped. It is replaced after CHILD_HUNG_MS. Look at the machine if all processes are affected, else at the last log lines of this slot.',
  }),
];

const dropped = select('cluster_series_dropped_total');
const byReason = ['job', 'instance', 'reason'];
const fallback = select('enhancement_synthesis_total', { mode: 'fallback' });
const byTenant = ['job', 'tenant_id'];
const deferrals = (reason: 'credential_refused' | readonly Exclude<DeferralReason, 'credential_refused'>[]) =>
  select('enhancement_deferrals_total', { reason });
const passing = deferralReasons.filter((reason) => reason !== 'credential_refused');
const deskFailures = count('enhancement_operation_duration_seconds', {
  operation_type: 'ticket_update',
  status: 'failure',
});

export const dependencyAlerts: readonly AlertingRule[] = [
  // A deferred job comes back after five minutes at the latest, so fifteen minutes see it again. The second half: a counter
  // that appears with its first value has no increase that `increase` could see.
  alert(
    'EnhancementCredentialRefused',
    `${sumBy(byTenant, increase(deferrals('credential_refused'), '15m'))} > 0\nor\n${sumBy(byTenant, deferrals('credential_refused'))} > 0 unless ${sumBy(byTenant, `${deferrals('credential_refused')} offset 15m`)}`,
    {
      severity: 'page',
      summary: 'The desk of tenant {{ $labels.tenant_id }} refuses its credential',
      description:
        "No note is written for this tenant until the desk's credential is renewed. Its jobs are deferred, and fail after JOB_MAX_AGE_HOURS. Renew what desk.credential refers to in the tenants file; no reload is needed.",
    },
  ),
  alert('EnhancementJobsDeferred', `${sumBy([...byTenant, 'reason'], increase(deferrals(passing), '15m'))} > 0`, {
    severity: 'ticket',
    for: '30m',
    summary: 'Jobs of tenant {{ $labels.tenant_id }} have been deferred for half an hour: {{ $labels.reason }}',
    description:
      'Their notes are late, and the jobs fail after JOB_MAX_AGE_HOURS. Run `ticket-enhancer jobs deferred`: it shows how many and the last error.',
  }),
  // A rolling reload may show what the old children and the new ones read; it takes no ten minutes.
  alert(
    'EnhancementContextIncomplete',
    `${maxBy([...byTenant, 'source'], select('context_documents', { state: documentStates.filter((state) => state !== 'used') }))} > 0`,
    {
      severity: 'ticket',
      for: '10m',
      summary: '{{ $value }} documents in {{ $labels.source }} of tenant {{ $labels.tenant_id }} are left out',
      description:
        'The notes of this tenant are written without these documents, or with their beginning alone. Run `ticket-enhancer check`: it names those in files and says why; others are over a limit of docs/tenants.md.',
    },
  ),
  alert(
    'EnhancementSeriesDropped',
    // The second half: a counter that appears with its first value has no increase that `increase` could see.
    `${sumBy(byReason, increase(dropped, '1h'))} > 0\nor\n${sumBy(byReason, dropped)} > 0 unless ${sumBy(byReason, `${dropped} offset 1h`)}`,
    {
      severity: 'ticket',
      summary: '{{ $labels.instance }} refuses series: {{ $labels.reason }}',
      description:
        'Some metrics are incomplete. Raise METRICS_MAX_LABEL_SETS for max_label_sets; otherwise look at the log, which names the metric.',
    },
  ),
  alert(
    'EnhancementSynthesisFallback',
    [
      sumBy(['job'], rate(fallback, '15m')),
      '/',
      `(${sumBy(['job'], rate(select('enhancement_synthesis_total', { mode: ['llm', 'fallback'] }), '15m'))} > 0) > 0.1`,
      `and on (job) ${sumBy(['job'], increase(fallback, '15m'))} >= 3`,
    ].join('\n'),
    {
      severity: 'ticket',
      for: '10m',
      summary: '{{ $value | humanizePercentage }} of notes fell back to plain retrieval',
      description:
        'The language model fails or misses its deadline. Notes are still written, but only quote what was found. Run `ticket-enhancer check`: it has the words of the endpoint.',
    },
  ),
  alert(
    'EnhancementDeskErrors',
    [
      sumBy(byTenant, rate(deskFailures, '10m')),
      '/',
      `(${sumBy(byTenant, rate(count('enhancement_operation_duration_seconds', { operation_type: 'ticket_update' }), '10m'))} > 0) > 0.1`,
      `and on (job, tenant_id) ${sumBy(byTenant, increase(deskFailures, '10m'))} >= 3`,
    ].join('\n'),
    {
      severity: 'ticket',
      for: '5m',
      summary: '{{ $value | humanizePercentage }} of ticket updates fail for tenant {{ $labels.tenant_id }}',
      description:
        'The desk refuses notes or cannot be reached. Jobs are deferred, retried or failed by the kind of answer. Run `ticket-enhancer check`: it asks the desk with its credential.',
    },
  ),
];
