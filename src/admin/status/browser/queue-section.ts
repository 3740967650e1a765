import type { Status } from '../../../primary/status.js';
import { count, moment, nothing, unread } from './format.js';
import { type Html, html, unbroken } from './html.js';
import { sparkline } from './sparkline.js';
import { stateMark } from './state-mark.js';
import { table } from './table.js';

export function queueSection({ queue, depthHistory, deferred, failedJobs, asOf, queuePage }: Status): Html {
  const counts = queue?.counts;
  return html`
<section aria-labelledby="queue">
  <h2 id="queue">Queue${queuePage && html` <a class="aside" href="queues">open the queue page</a>`}</h2>
  ${queue === null && html`<p class="notice">${stateMark('bad', 'Redis cannot be read; earlier figures are not shown.')}</p>`}
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
        unbroken(tenantId),
        unbroken(reason),
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
        unbroken(job.tenantId),
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
