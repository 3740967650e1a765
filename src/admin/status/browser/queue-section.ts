import type { Status } from '../../../primary/status.js';
import { count, moment, nothing, unread } from './format.js';
import { type Html, html, unbroken } from './html.js';
import { sparkline } from './sparkline.js';
import { stateMark } from './state-mark.js';
import { figure, heading, table, text } from './table.js';

export function queueSection({ queue, depthHistory, deferred, failedJobs, asOf, queuePage }: Status): Html {
  return html`
<section aria-labelledby="queue">
  <h2 id="queue">Queue${queuePage && html` <a class="aside" href="queues">open the queue page</a>`}</h2>
  ${queue === null && html`<p class="notice">${stateMark('bad', 'Redis cannot be read')}; earlier figures are not shown.</p>`}
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
    { id: 'queue-jobs', caption: 'Jobs by state', rows: [queue?.counts], keyOf: () => 'jobs' },
    (['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const).map((name) =>
      figure(capitalized(name), (counts) => (counts ? count(counts[name]) : nothing)),
    ),
  )}
  ${table(
    {
      id: 'deferred-jobs',
      caption: 'Deferred jobs, by tenant and reason',
      rows: deferred.groups,
      keyOf: ({ tenantId, reason }) => `${tenantId} ${reason}`,
      empty: queue === null ? unread : 'No job is deferred.',
    },
    [
      heading('Tenant', ({ tenantId }) => unbroken(tenantId)),
      text('Reason', ({ reason }) => unbroken(reason)),
      figure('Jobs', ({ jobs }) => `${deferred.isLowerBound ? 'at least ' : ''}${count(jobs)}`),
      text('Since (UTC)', ({ since }) => moment(since)),
      text('Next try (UTC)', ({ nextAt }) => moment(nextAt)),
      text('Last error', ({ message }) => message),
    ],
  )}
  ${table(
    {
      id: 'failed-jobs',
      caption: 'Failed jobs, latest first',
      rows: failedJobs,
      keyOf: ({ id }) => id,
      empty: queue === null ? unread : 'No job has failed for good.',
    },
    [
      heading('Job', ({ id }) => html`<code>${id}</code>`),
      text('Tenant', ({ tenantId }) => unbroken(tenantId)),
      text('Ticket', ({ ticketId }) => ticketId),
      figure('Attempts', ({ attempts }) => count(attempts)),
      text('Failed at (UTC)', ({ finishedAt }) => moment(finishedAt)),
      text('Reason', ({ reason }) => reason),
    ],
  )}
</section>`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
