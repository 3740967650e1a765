import { formatDuration, formatNumber } from './quantities.js';
import type { ServiceStatus } from './service-client.js';
import { type Column, cut, printable, table } from './text-table.js';
import type { Colour, Paint } from './terminal.js';

/** What `top` shows: the latest status, and the rates since an earlier one. */
export interface View {
  readonly status: ServiceStatus;
  readonly tenants: readonly TenantView[];
  /** Span of the rates; null: there is no earlier status. */
  readonly windowSeconds: number | null;
}

interface TenantView {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly received_per_second: number | null;
  readonly done_per_second: number | null;
  readonly failed_per_second: number | null;
  /** Percent, over the service's own 5 minutes. */
  readonly success_rate: number | null;
  /** Since the primary started. */
  readonly p95_seconds: number | null;
}

export function viewOf(status: ServiceStatus, earlier: ServiceStatus | undefined): View {
  const windowSeconds = earlier === undefined ? null : (Date.parse(status.asOf) - Date.parse(earlier.asOf)) / 1000;
  const tenants = status.tenants.map(({ id, name, active, requests, successRate, durationSeconds }): TenantView => {
    const before = earlier?.tenants.find((one) => one.id === id)?.requests;
    const rate = (event: keyof typeof requests): number | null => {
      if (before === undefined || windowSeconds === null || windowSeconds <= 0) return null;
      // A count that went back belongs to a new primary.
      return Math.max(0, requests[event] - before[event]) / windowSeconds;
    };
    return {
      id,
      name,
      active,
      received_per_second: rate('received'),
      done_per_second: rate('success'),
      failed_per_second: rate('failure'),
      success_rate: successRate ?? null,
      p95_seconds: durationSeconds?.p95 ?? null,
    };
  });
  return { status, tenants, windowSeconds };
}

export interface RenderOptions {
  readonly paint: Paint;
  /** The terminal's size. Undefined: nothing is cut. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Why the view is not current. */
  readonly problem?: string | undefined;
}

export function render(view: View, { paint, columns, rows, problem }: RenderOptions): string[] {
  const lines = [
    headline(view.status, paint),
    ...(problem === undefined ? [] : [paint('red', printable(problem))]),
    ...view.status.reasons.map(({ severity, message }) =>
      paint(severity === 'unready' ? 'red' : 'yellow', printable(message)),
    ),
    '',
    queueLine(view.status, paint),
    '',
    ...childLines(view.status, paint),
    '',
    ...tenantLines(view, paint),
  ];
  if (rows !== undefined && lines.length > rows) {
    lines.splice(rows - 1, lines.length, paint('dim', '… make the terminal taller'));
  }
  return columns === undefined ? lines : lines.map((line) => cut(line, columns));
}

const states = {
  ready: { colour: 'green', word: 'ready' },
  degraded: { colour: 'yellow', word: 'degraded' },
  unready: { colour: 'red', word: 'not ready' },
} as const satisfies Record<ServiceStatus['state'], { colour: Colour; word: string }>;

function headline({ version, pid, uptimeSeconds, state }: ServiceStatus, paint: Paint): string {
  const { colour, word } = states[state];
  return `${paint('bold', 'ticket-enhancer')} ${version}  ${paint(colour, word)}  up ${formatDuration(uptimeSeconds)}  primary pid ${pid}`;
}

function queueLine({ queue }: ServiceStatus, paint: Paint): string {
  if (queue === null) return `${paint('bold', 'QUEUE')}  ${paint('red', 'Redis cannot be read')}`;
  const counts = Object.entries(queue.counts).map(([state, count]) => {
    const text = `${state} ${formatNumber(count)}`;
    return state === 'failed' && count > 0 ? paint('red', text) : text;
  });
  return `${paint('bold', 'QUEUE')}  ${counts.join('  ')}  oldest waits ${formatDuration(Math.round(queue.oldestJobAgeSeconds))}`;
}

function childLines({ children }: ServiceStatus, paint: Paint): string[] {
  const columns: readonly Column<ServiceStatus['children'][number]>[] = [
    { head: 'CHILD', cell: ({ role, slot }) => `${role} ${slot}` },
    { head: 'PID', align: 'right', cell: ({ pid }) => (pid === undefined ? '-' : String(pid)) },
    { head: 'STATE', cell: ({ state }) => paint(state === 'ready' ? 'green' : 'yellow', state) },
    { head: 'UP', align: 'right', cell: ({ uptime }) => (uptime === undefined ? '-' : formatDuration(uptime)) },
    { head: 'RESTARTS', align: 'right', cell: ({ restarts }) => formatNumber(restarts) },
    {
      head: 'LAST REPORT',
      align: 'right',
      cell: ({ reportAgeSeconds: age }) => (age === undefined ? '-' : `${formatDuration(age)} ago`),
    },
  ];
  return table(columns, children, paint);
}

function tenantLines({ tenants, windowSeconds }: View, paint: Paint): string[] {
  const over = windowSeconds === null ? '' : ` (${formatDuration(Math.round(windowSeconds))})`;
  const number = (value: number | null): string => (value === null ? '-' : formatNumber(value));
  const columns: readonly Column<TenantView>[] = [
    { head: 'TENANT', cell: ({ id, active }) => (active ? id : `${id} ${paint('yellow', '(inactive)')}`) },
    { head: `IN/S${over}`, align: 'right', cell: (tenant) => number(tenant.received_per_second) },
    { head: 'DONE/S', align: 'right', cell: (tenant) => number(tenant.done_per_second) },
    {
      head: 'FAILED/S',
      align: 'right',
      cell: ({ failed_per_second: rate }) => (rate ? paint('red', number(rate)) : number(rate)),
    },
    {
      head: 'SUCCESS 5 MIN',
      align: 'right',
      // Rounded down: less than all is not 100 %.
      cell: ({ success_rate: rate }) => (rate === null ? '-' : `${formatNumber(Math.floor(rate * 10) / 10)} %`),
    },
    { head: 'P95', align: 'right', cell: ({ p95_seconds: p95 }) => (p95 === null ? '-' : formatDuration(p95)) },
    { head: '', cell: ({ name }) => paint('dim', printable(name)) },
  ];
  return table(columns, tenants, paint);
}
