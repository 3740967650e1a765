import { formatDuration, formatNumber } from '../quantities.js';
import { type Column, cut, printable, table } from '../table.js';
import type { ServiceStatus } from '../service-client.js';
import type { Colour, Paint } from '../terminal.js';
import type { TenantView, View } from './history.js';

export interface RenderOptions {
  readonly paint: Paint;
  /** Undefined: as wide and as long as it is. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** What is wrong just now, if something is. */
  readonly problem?: string | undefined;
  /** A last line, for keys. */
  readonly footer?: string | undefined;
}

/** The view as lines for a terminal of a given size. */
export function render(view: View, { paint, columns, rows, problem, footer }: RenderOptions): string[] {
  const lines = [
    head(view, paint),
    ...(problem === undefined ? [] : [paint('red', printable(problem))]),
    ...view.status.reasons.map(({ severity, message }) =>
      paint(severity === 'unready' ? 'red' : 'yellow', printable(message)),
    ),
    '',
    ...queueLines(view, paint),
    '',
    ...childLines(view, paint),
    '',
    ...tenantLines(view, paint),
  ];
  const room = rows === undefined ? lines.length : Math.max(1, rows - (footer === undefined ? 0 : 1));
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), paint('dim', '… make the terminal taller')];
  const all = footer === undefined ? shown : [...shown, ...Array(room - shown.length).fill(''), paint('dim', footer)];
  return columns === undefined ? all : all.map((line) => cut(line, columns));
}

function head({ status }: View, paint: Paint): string {
  const { version, pid, uptimeSeconds } = status;
  const { colour, word } = states[status.state];
  const state = paint(colour, word);
  return `${paint('bold', 'ticket-enhancer')} ${version}  ${state}  up ${formatDuration(uptimeSeconds)}  primary pid ${pid}`;
}

const states = {
  ready: { colour: 'green', word: 'ready' },
  degraded: { colour: 'yellow', word: 'degraded' },
  unready: { colour: 'red', word: 'not ready' },
} as const satisfies Record<ServiceStatus['state'], { colour: Colour; word: string }>;

function queueLines({ status, queueDepths }: View, paint: Paint): string[] {
  const { queue } = status;
  if (queue === null) return [`${paint('bold', 'QUEUE')}  ${paint('red', 'Redis cannot be read')}`];
  const counts = Object.entries(queue.counts).map(([state, count]) => {
    const text = `${state} ${formatNumber(count)}`;
    return state === 'failed' && count > 0 ? paint('red', text) : text;
  });
  const most = Math.max(0, ...queueDepths.map((depth) => depth ?? 0));
  return [
    `${paint('bold', 'QUEUE')}  ${counts.join('  ')}  oldest waits ${formatDuration(Math.round(queue.oldestJobAgeSeconds))}`,
    `${paint('bold', 'DEPTH')}  ${paint('cyan', sparkline(queueDepths))}  ${paint('dim', `most ${formatNumber(most)}`)}`,
  ];
}

const bars = '▁▂▃▄▅▆▇█';

/** One character for each value, from nothing to the most. A gap where a value is missing. */
export function sparkline(values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  return values
    .map((value) => (value === null ? ' ' : (bars[Math.round((value / most) * (bars.length - 1))] ?? ' ')))
    .join('');
}

function childLines({ status }: View, paint: Paint): string[] {
  const heads: readonly Column[] = [
    { head: 'CHILD' },
    { head: 'PID', align: 'right' },
    { head: 'STATE' },
    { head: 'UP', align: 'right' },
    { head: 'RESTARTS', align: 'right' },
    { head: 'LAST REPORT', align: 'right' },
  ];
  const rows = status.children.map(({ role, slot, pid, state, uptime, restarts, reportAgeSeconds }) => [
    `${role} ${slot}`,
    pid === undefined ? '-' : String(pid),
    state === 'ready' ? paint('green', state) : paint('yellow', state),
    uptime === undefined ? '-' : formatDuration(uptime),
    formatNumber(restarts),
    reportAgeSeconds === undefined ? '-' : `${formatDuration(reportAgeSeconds)} ago`,
  ]);
  return table(heads, rows, paint);
}

function tenantLines({ tenants, windowSeconds }: View, paint: Paint): string[] {
  const heads: readonly Column[] = [
    { head: 'TENANT' },
    { head: 'IN/S', align: 'right' },
    { head: 'DONE/S', align: 'right' },
    { head: 'FAILED/S', align: 'right' },
    { head: 'SUCCESS 5 MIN', align: 'right' },
    { head: 'P95', align: 'right' },
    {
      head:
        windowSeconds === null ? '' : paint('dim', `(rates and p95 over ${formatDuration(Math.round(windowSeconds))})`),
    },
  ];
  return table(
    heads,
    tenants.map((tenant) => tenantCells(tenant, paint)),
    paint,
  );
}

function tenantCells(tenant: TenantView, paint: Paint): string[] {
  const number = (value: number | null): string => (value === null ? '-' : formatNumber(value));
  const { success_rate, p95_seconds, failed_per_second } = tenant;
  const failing = failed_per_second !== null && failed_per_second > 0;
  return [
    tenant.active ? tenant.id : `${tenant.id} ${paint('yellow', '(inactive)')}`,
    number(tenant.received_per_second),
    number(tenant.done_per_second),
    failing ? paint('red', number(failed_per_second)) : number(failed_per_second),
    success_rate === null ? '-' : `${formatNumber(success_rate)} %`,
    p95_seconds === null ? '-' : formatDuration(p95_seconds),
    paint('dim', printable(tenant.name)),
  ];
}
