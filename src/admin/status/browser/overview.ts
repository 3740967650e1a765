import type { Status } from '../../../primary/status.js';
import { count, duration, nothing, span } from './format.js';
import { type Html, html } from './html.js';

export function overview(status: Status): Html {
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

function tile(id: string, label: string, value: Html | string, detail: string): Html {
  return html`<div class="tile" id="tile-${id}"><dt>${label}</dt><dd><span class="figure">${value}</span><span class="detail">${detail}</span></dd></div>`;
}
