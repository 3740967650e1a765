import type { FailedJob, QueueState } from '../queue/queue-reader.js';
import type { Readiness } from './readiness.js';
import type { ChildStatus } from './supervisor.js';

/** What `/status` answers. Holds no secret and no text of a ticket. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly readiness: Readiness;
  readonly children: readonly ChildStatus[];
  /** Null: Redis cannot be read. */
  readonly queue: QueueState | null;
  readonly failedJobs: readonly FailedJob[];
  readonly tenants: readonly { readonly id: string; readonly name: string; readonly active: boolean }[];
  readonly configuration: Readonly<Record<string, unknown>>;
}

type Cell = string | number | undefined;

function escape(value: Cell): string {
  return String(value ?? '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads.map((text) => `<th scope="col">${escape(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('');
  return `<table><caption>${escape(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The same as a page, without script and without anything from elsewhere. */
export function statusPage(status: Status): string {
  const children = status.children.map((child) => [
    child.role,
    child.slot,
    child.pid,
    child.state,
    `${child.uptime} s`,
    child.restarts,
    child.lastRestart ? `${child.lastRestart.reason}: ${child.lastRestart.detail}` : '',
    child.reportAgeSeconds === undefined ? '' : `${child.reportAgeSeconds} s`,
  ]);
  const { readiness, queue } = status;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>ticket-enhancer</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; }
caption { font-weight: 600; text-align: left; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem .25rem 0; text-align: left; }
</style>
</head>
<body>
<h1>ticket-enhancer</h1>
<p>Version ${escape(status.version)}, up ${escape(status.uptimeSeconds)} s, ${readiness.ready ? 'ready' : 'not ready'}.</p>
${readiness.reasons.map((reason) => `<p role="alert">${escape(reason)}</p>`).join('')}
${table('Children', ['Role', 'Slot', 'Pid', 'State', 'Up', 'Restarts', 'Last restart', 'Last report'], children)}
${queue === null ? '<p>The queue cannot be read.</p>' : table('Queue', [...Object.keys(queue.counts), 'oldest waits'], [[...Object.values(queue.counts), `${Math.round(queue.oldestJobAgeSeconds)} s`]])}
${table(
  'Failed jobs',
  ['Job', 'Tenant', 'Ticket', 'Attempts', 'Reason', 'When'],
  status.failedJobs.map((job) => [job.id, job.tenantId, job.ticketId, job.attempts, job.reason, job.finishedAt]),
)}
${table(
  'Tenants',
  ['Id', 'Name', 'Active'],
  status.tenants.map(({ id, name, active }) => [id, name, active ? 'yes' : 'no']),
)}
<p><a href="/metrics">Metrics</a>, <a href="/status">this page as JSON</a>, <a href="/readyz">readiness</a>.</p>
</body>
</html>
`;
}
