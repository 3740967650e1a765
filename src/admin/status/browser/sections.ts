import type { Status } from '../../../primary/status.js';
import { bytes, count, duration, moment, nothing, percent, span } from './format.js';
import { type Html, html } from './html.js';
import { sparkline } from './sparkline.js';
import { table } from './table.js';

/**
 * The page's content. The primary renders it when the page is opened, and the page's script renders it again from each
 * event; both use this code, so that they cannot differ.
 */
export function content(status: Status): Html {
  return html`${[headline(status), overview(status), queue(status), tenants(status), children(status), models(status), notes(status), configuration(status)]}`;
}

/** The tab's title: the state comes first, so that it is visible in a narrow tab. */
export function title({ state: name }: Status): string {
  const { level, word } = states[name];
  return `${shapes[level]} ${word} · ticket-enhancer`;
}

const states = {
  ready: { level: 'good', word: 'Ready', meaning: 'All children serve, Redis takes jobs, and no tenant is failing.' },
  degraded: { level: 'changing', word: 'Degraded', meaning: 'Webhooks are accepted, but something needs attention.' },
  unready: { level: 'bad', word: 'Not ready', meaning: 'Webhooks are refused, or no note is written.' },
} as const satisfies Record<Status['state'], { level: Level; word: string; meaning: string }>;

function headline({ state: name, reasons }: Status): Html {
  const { level, word, meaning } = states[name];
  return html`
<section class="headline ${level}" aria-labelledby="state">
  <h2 id="state">${state(level, word)}</h2>
  <p>${meaning}</p>
  ${reasons.length > 0 && html`<ul id="reasons">${reasons.map(reasonLine)}</ul>`}
</section>`;
}

function reasonLine({ reason, severity, message }: Status['reasons'][number]): Html {
  const { level, word } = states[severity];
  return html`<li data-key="${reason}">${state(level, word)} <span class="message">${message}</span> <code>${reason}</code></li>`;
}

/** Shown instead of "none" while Redis cannot be read. */
const unread = 'Not known: Redis cannot be read.';

type Level = 'good' | 'changing' | 'bad';

const shapes: Readonly<Record<Level, string>> = { good: '●', changing: '◐', bad: '▲' };

/** A state as shape and word; colour alone does not carry it. */
function state(level: Level, word: string): Html {
  return html`<span class="state ${level}"><span aria-hidden="true">${shapes[level]}</span> ${word}</span>`;
}

function tile(id: string, label: string, value: Html | string, detail: string): Html {
  return html`<div class="tile" id="tile-${id}"><dt>${label}</dt><dd><span class="figure">${value}</span><span class="detail">${detail}</span></dd></div>`;
}

function overview(status: Status): Html {
  const { queue } = status;
  const ready = (role: 'http' | 'worker'): string => {
    const ofRole = status.children.filter((child) => child.role === role);
    return `${ofRole.filter((child) => child.state === 'ready').length} / ${ofRole.length}`;
  };
  const restarts = status.children.reduce((sum, child) => sum + child.restarts, 0);
  return html`
<section aria-labelledby="overview">
  <h2 id="overview">Overview</h2>
  <dl class="tiles">
    ${tile('depth', 'Queue depth', queue ? count(queue.depth) : nothing, 'jobs that wait')}
    ${tile('oldest', 'Oldest job', queue ? duration(queue.oldestJobAgeSeconds) : nothing, 'waiting time')}
    ${tile('active', 'Active', queue ? count(queue.counts.active) : nothing, 'jobs in work')}
    ${tile('failed', 'Failed', queue ? count(queue.counts.failed) : nothing, 'jobs for good')}
    ${tile('http', 'http children', ready('http'), 'ready / configured')}
    ${tile('worker', 'Worker children', ready('worker'), 'ready / configured')}
    ${tile('restarts', 'Restarts', count(restarts), 'of all children')}
    ${tile('uptime', 'Up', span(status.uptimeSeconds), `primary, pid ${status.pid}`)}
  </dl>
</section>`;
}

function queue({ queue, depthHistory, deferred, failedJobs, asOf, queuePage }: Status): Html {
  const counts = queue?.counts;
  return html`
<section aria-labelledby="queue">
  <h2 id="queue">Queue${queuePage && html` <a class="aside" href="queues">open the queue page</a>`}</h2>
  ${queue === null && html`<p class="notice">${state('bad', 'Redis cannot be read; earlier figures are not shown.')}</p>`}
  <div class="charts">
    <figure>
      <figcaption>Depth, last 15 minutes</figcaption>
      <div class="chart" id="chart-depth" data-keep>${sparkline(depthHistory, Date.parse(asOf) / 1000)}</div>
    </figure>
    <figure class="script-only">
      <figcaption>Webhooks and jobs per second, since this page was opened</figcaption>
      <div class="chart" id="chart-rates" data-keep></div>
    </figure>
  </div>
  ${table(
    { id: 'queue-jobs', caption: 'Jobs by state', columns: ['Waiting', 'Prioritized', 'Delayed', 'Active', 'Failed'] },
    [
      {
        key: 'jobs',
        cells: [counts?.waiting, counts?.prioritized, counts?.delayed, counts?.active, counts?.failed].map((value) =>
          value === undefined ? nothing : count(value),
        ),
      },
    ],
  )}
  ${table(
    {
      id: 'deferred-jobs',
      caption: 'Deferred jobs, by tenant and reason',
      columns: ['Tenant', 'Reason', 'Jobs', 'Since (UTC)', 'Next try (UTC)', 'Last error'],
    },
    deferred.groups.map(({ tenantId, reason, jobs, since, nextAt, message }) => ({
      key: `${tenantId} ${reason}`,
      cells: [
        word(tenantId),
        word(reason),
        deferred.isLowerBound ? `at least ${count(jobs)}` : count(jobs),
        moment(since),
        moment(nextAt),
        message,
      ],
    })),
    { empty: queue === null ? unread : 'No job is deferred.', text: [0, 1, 3, 4, 5], heading: true },
  )}
  ${table(
    {
      id: 'failed-jobs',
      caption: 'Failed jobs, latest first',
      columns: ['Job', 'Tenant', 'Ticket', 'Attempts', 'Failed at (UTC)', 'Reason'],
    },
    failedJobs.map((job) => ({
      key: job.id,
      cells: [
        html`<code>${job.id}</code>`,
        word(job.tenantId),
        job.ticketId,
        count(job.attempts),
        moment(job.finishedAt),
        job.reason,
      ],
    })),
    { empty: queue === null ? unread : 'No job has failed for good.', text: [0, 1, 2, 4, 5], heading: true },
  )}
</section>`;
}

function tenants({ tenants, objectives }: Status): Html {
  const { successPercent, latencyPercent, latencySeconds } = objectives;
  const rate = (value: number | undefined): Html | string => {
    if (value === undefined) return html`${nothing} <span class="quiet">no job ended</span>`;
    const good = value >= successPercent;
    return html`${state(good ? 'good' : 'bad', percent(value))} <span class="quiet">${good ? 'meets' : 'below'} ${percent(successPercent)}</span>`;
  };
  const p95 = (value: number | undefined): Html | string =>
    value !== undefined && value > latencySeconds ? state('bad', duration(value)) : duration(value);
  return html`
<section aria-labelledby="tenants">
  <h2 id="tenants">Tenants</h2>
  <p class="quiet">Objectives: ${percent(successPercent)} of jobs succeed; ${percent(latencyPercent)} of notes are there within ${duration(latencySeconds)}. Counts and durations are since the primary started; the success rate is of the last five minutes.</p>
  ${table(
    {
      id: 'tenant-figures',
      caption: 'Requests and durations by tenant',
      columns: [
        'Tenant',
        'Received',
        'Queued',
        'Rejected',
        'Success',
        'Failure',
        'Retries',
        'Success rate',
        'p50',
        'p95',
        'p99',
      ],
    },
    tenants.map(({ id, name, active, requests, successRate, durationSeconds }) => ({
      key: id,
      cells: [
        html`<strong>${id}</strong> <span class="quiet">${name}${!active && ' (inactive)'}</span>`,
        ...[
          requests.received,
          requests.queued,
          requests.rejected,
          requests.success,
          requests.failure,
          requests.pending,
        ].map(count),
        rate(successRate),
        duration(durationSeconds?.p50),
        p95(durationSeconds?.p95),
        duration(durationSeconds?.p99),
      ],
    })),
    { empty: 'No tenant is configured.', text: [0, 7], heading: true },
  )}
</section>`;
}

function children({ children }: Status): Html {
  const level = (childState: Status['children'][number]['state']): Level => {
    switch (childState) {
      case 'ready':
        return 'good';
      case 'starting':
      case 'draining':
        return 'changing';
      case 'stale':
      case 'incompatible':
      case 'backoff':
        return 'bad';
    }
  };
  return html`
<section aria-labelledby="children">
  <h2 id="children">Children</h2>
  ${table(
    {
      id: 'child-processes',
      caption: 'Child processes by role and slot',
      columns: [
        'Child',
        'Pid',
        'State',
        'Up',
        'Configuration',
        'Last report',
        'Loop lag p99',
        'Memory',
        'Restarts',
        'Last restart',
      ],
    },
    children.map((child) => ({
      key: `${child.role} ${child.slot}`,
      cells: [
        html`<strong>${child.role} ${child.slot}</strong>`,
        child.pid === undefined ? nothing : String(child.pid),
        state(level(child.state), child.state),
        span(child.uptime),
        html`<code>${child.configuration}</code>`,
        child.reportAgeSeconds === undefined ? nothing : html`${duration(child.reportAgeSeconds)} ago`,
        duration(child.loopLagP99Seconds),
        bytes(child.residentMemoryBytes),
        count(child.restarts),
        child.lastRestart === undefined
          ? html`<span class="quiet">none</span>`
          : html`${child.lastRestart.reason} <span class="quiet">${child.lastRestart.detail}, ${moment(child.lastRestart.at)}</span>`,
      ],
    })),
    { empty: 'No child is configured.', text: [0, 2, 4, 9], heading: true },
  )}
</section>`;
}

function models({ models }: Status): Html | undefined {
  if (models === undefined) return undefined;
  const { notes, refusals, repairs, lastFailure } = models;
  const all = notes.llm + notes.extractive + notes.fallback;
  const share = (mode: keyof typeof notes): string =>
    `${count(notes[mode])}${all === 0 ? '' : ` (${percent((100 * notes[mode]) / all)})`}`;
  const rows = [
    ...refusals.map(({ model, parameter, count: times }) => ({ model, what: `refused ${parameter}`, times })),
    ...repairs.map(({ model, outcome, count: times }) => ({ model, what: `repair of an answer: ${outcome}`, times })),
  ];
  return html`
<section aria-labelledby="models">
  <h2 id="models">Language models</h2>
  ${
    lastFailure !== undefined &&
    html`<p class="notice">${state('changing', 'Last failure')} ${moment(lastFailure.at)} UTC, ${lastFailure.model} for ${lastFailure.tenantId}: ${lastFailure.message}</p>`
  }
  ${table({ id: 'model-notes', caption: 'Notes by mode, since the primary started', columns: ['With the model', 'Fallback', 'Extractive'] }, [{ key: 'notes', cells: [share('llm'), share('fallback'), share('extractive')] }])}
  ${table(
    {
      id: 'model-refusals',
      caption: 'Refused parameters and repaired answers, since the primary started',
      columns: ['Model', 'What', 'Times'],
    },
    rows.map(({ model, what, times }) => ({ key: `${model} ${what}`, cells: [model, what, count(times)] })),
    { text: [0, 1], heading: true },
  )}
</section>`;
}

function notes({ latestNotes, queue }: Status): Html | undefined {
  if (latestNotes === null) return undefined;
  return html`
<section aria-labelledby="notes">
  <h2 id="notes">Latest notes of the local desk</h2>
  ${table(
    {
      id: 'latest-notes',
      caption: 'Notes, latest first',
      columns: ['Ticket', 'Tenant', 'Subject', 'Made by', 'Written at (UTC)', 'Correlation id'],
    },
    latestNotes.map((note) => ({
      key: note.correlationId,
      cells: [
        html`<a href="desk/${encodeURIComponent(note.tenantId)}/tickets/${encodeURIComponent(note.ticketId)}">${note.ticketId}</a>`,
        word(note.tenantId),
        note.subject === '' ? html`<span class="quiet">no subject</span>` : note.subject,
        word(note.mode),
        moment(note.createdAt),
        html`<code>${note.correlationId}</code>`,
      ],
    })),
    { empty: queue === null ? unread : 'No note has been written yet.', text: [0, 1, 2, 3, 4, 5], heading: true },
  )}
</section>`;
}

function configuration({ version, configuration }: Status): Html {
  return html`
<section aria-labelledby="configuration">
  <h2 id="configuration">Version and configuration</h2>
  <p>ticket-enhancer ${version}</p>
  <details data-keep-open>
    <summary>Configuration in use, secrets left out</summary>
    ${table(
      { id: 'settings', caption: 'Settings', columns: ['Variable', 'Value'] },
      Object.entries(configuration).map(([name, value]) => ({
        key: name,
        cells: [html`<code>${name}</code>`, String(value)],
      })),
      { text: [0, 1], heading: true },
    )}
  </details>
</section>`;
}

/** A text that must not be broken over two lines. */
function word(text: string): Html {
  return html`<span class="word">${text}</span>`;
}
