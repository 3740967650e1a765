import { alert } from './alert.js';
import { completions, successes, successRatio, withinRatio } from './recording-rules.js';
import type { AlertingRule, Severity } from './rule.js';
import { site } from './site.js';
import { type Window, windows } from './windows.js';

/**
 * Multi-window, multi-burn-rate (https://sre.google/workbook/alerting-on-slos/): the long window shows that it
 * matters, the short one that it still lasts. A factor of 14.4 spends 2% of a 30-day budget in one hour.
 */
const burns = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'page', for: '2m' },
  { factor: 6, long: '6h', short: '30m', severity: 'page', for: '15m' },
  { factor: 3, long: '1d', short: '2h', severity: 'ticket', for: '1h' },
  { factor: 1, long: '3d', short: '6h', severity: 'ticket', for: '3h' },
] as const satisfies readonly { factor: number; long: Window; short: Window; severity: Severity; for: string }[];

/** Rounded, or 1 - 0.99 would put 0.010000000000000009 into the rules. */
const budget = Number((1 - site.slo.success).toFixed(6));

/** So much traffic that it takes three failed jobs to spend the budget at this rate: one or two are no trend. */
function minimumCompletions(factor: number): number {
  return Math.ceil(3 / (factor * budget) - 1e-9);
}

const errors = (window: Window) => `(1 - ${successRatio('job', window)})`;

function burnAlert({ factor, long, short, severity, for: pending }: (typeof burns)[number]): AlertingRule {
  const expr = [
    `${errors(long)} > ${factor} * ${budget}`,
    `and on (job) ${errors(short)} > ${factor} * ${budget}`,
    `and on (job) ${completions('job', long)} * ${windows[long]} >= ${minimumCompletions(factor)}`,
  ].join('\n');
  return alert('EnhancementErrorBudgetBurn', expr, {
    severity,
    for: pending,
    labels: { long_window: long, short_window: short },
    summary: `{{ $value | humanizePercentage }} of enhancement jobs failed over ${long}: the error budget burns at ${factor} times its rate`,
    description: `At this rate the ${site.slo.days}-day budget of ${budget * 100}% failed jobs is gone in ${humanDays(site.slo.days / factor)}. Tickets stay without their note. Find the failing step and tenant first.`,
  });
}

function humanDays(days: number): string {
  return days >= 3 ? `${Math.round(days)} days` : `${Math.round(days * 24)} hours`;
}

const latencyPercent = Math.round(site.slo.latency * 100);
const minimumLatencySamples = 20;

function latencyAlert(name: string, seconds: number, severity: Severity): AlertingRule {
  const expr = [
    `${withinRatio(seconds, '30m')} < ${site.slo.latency}`,
    `and on (job) ${withinRatio(seconds, '5m')} < ${site.slo.latency}`,
    `and on (job) ${successes('job', '30m')} * ${windows['30m']} >= ${minimumLatencySamples}`,
  ].join('\n');
  return alert(name, expr, {
    severity,
    for: '5m',
    summary: `Only {{ $value | humanizePercentage }} of notes were ready within ${seconds} s over 30m`,
    description: `The objective is ${latencyPercent}% within ${site.latencySeconds.ticket} s: an agent has opened the ticket by then. Either jobs wait too long for a worker, or one step of the work is slow. Look at the dashboard for the step, then for the tenant.`,
  });
}

/** Fewer jobs than this in five minutes make no percentage. */
const minimumPerTenant = 5;
const lowSuccess = 0.95;

export const sloAlerts: readonly AlertingRule[] = [
  ...burns.map(burnAlert),
  alert(
    'EnhancementSuccessRateLow',
    [
      `${successRatio('job_tenant_id', '5m')} < ${lowSuccess}`,
      `and on (job, tenant_id) ${completions('job_tenant_id', '5m')} * ${windows['5m']} >= ${minimumPerTenant}`,
    ].join('\n'),
    {
      severity: 'ticket',
      for: '10m',
      summary: 'Only {{ $value | humanizePercentage }} of jobs succeed for tenant {{ $labels.tenant_id }}',
      description: `Below ${lowSuccess * 100}% for ten minutes. Look at its failed jobs (ticket-enhancer jobs failed): each has its reason. If other tenants are well, it is the desk or its credential.`,
    },
  ),
  latencyAlert('EnhancementLatencySloMissed', site.latencySeconds.ticket, 'ticket'),
  latencyAlert('EnhancementLatencyCritical', site.latencySeconds.page, 'page'),
];
