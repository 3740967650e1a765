import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../logging/describe-error.js';
import { readConfig } from '../configuration.js';
import { createServiceClient, metricsUrl, type ServiceClient, type ServiceStatus } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { render, type View, viewOf } from '../top-view.js';

export interface WatchOptions {
  readonly url?: string;
  readonly json?: true;
}

export async function watchService({ url, json }: WatchOptions, terminal: Terminal): Promise<void> {
  const config = readConfig();
  const service = createServiceClient(metricsUrl(config, url), config.metricsBearerToken);
  if (!json && terminal.isTerminal) await watch(service, terminal);
  else await once(service, terminal, json === true);
}

const refreshMs = 1000;

/** Longest span of the rates, in readings. */
const window = 30;

async function once(service: ServiceClient, terminal: Terminal, json: boolean): Promise<void> {
  const first = await service.status();
  if (!json) terminal.note('Not a terminal: one view, over one second.');
  await sleep(refreshMs);
  const view = viewOf(await service.status(), first);
  if (json) terminal.printJson(toDocument(view));
  else for (const line of render(view, { paint: terminal.paint })) terminal.print(line);
}

function toDocument({ status, tenants, windowSeconds }: View) {
  const { version, pid, uptimeSeconds, state, reasons, children, queue } = status;
  return {
    version,
    pid,
    uptime_seconds: uptimeSeconds,
    ready: state !== 'unready',
    state,
    reasons: reasons.map(({ message }) => message),
    window_seconds: windowSeconds,
    queue: queue === null ? null : { ...queue.counts, oldest_job_age_seconds: queue.oldestJobAgeSeconds },
    children: children.map(({ reportAgeSeconds, uptime, ...child }) => ({
      ...child,
      uptime_seconds: uptime ?? null,
      report_age_seconds: reportAgeSeconds ?? null,
    })),
    tenants,
  };
}

const enterScreen = '\u001b[?1049h\u001b[?25l';
const leaveScreen = '\u001b[?25h\u001b[?1049l';

async function watch(service: ServiceClient, terminal: Terminal): Promise<never> {
  // Read before the screen is taken, so that an error is printed on the user's own.
  let latest = await service.status();
  const earlier: ServiceStatus[] = [];
  // Synchronous: output that waits is lost when a process exits.
  process.once('exit', () => writeSync(process.stdout.fd, leaveScreen));
  process.once('SIGINT', () => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  process.stdout.write(enterScreen);
  for (let problem: string | undefined; ; ) {
    const size = { columns: terminal.columns ?? 80, rows: process.stdout.rows || 24 };
    const lines = render(viewOf(latest, earlier[0]), { paint: terminal.paint, ...size, problem });
    process.stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
    await sleep(refreshMs);
    try {
      const next = await service.status();
      earlier.push(latest);
      if (earlier.length > window) earlier.shift();
      [latest, problem] = [next, undefined];
    } catch (error) {
      // The service may be restarting: the last view stays, with the reason.
      problem = messageOf(error);
    }
  }
}
