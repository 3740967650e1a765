import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { messageOf } from '../../logging/describe-error.js';
import { readConfig } from '../configuration.js';
import { explain, jsonOption, urlOption } from '../explain.js';
import { createServiceClient, metricsUrl, type ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { createHistory, type History, type View } from '../top/history.js';
import { render } from '../top/rendering.js';
import { openScreen, type Screen } from '../top/screen.js';

export function addTop(program: Command, terminal: Terminal): void {
  const command = program
    .command('top')
    .description('watch children, queue and tenants, refreshed every second')
    .addOption(urlOption('--url <url>', 'the metrics port (default: METRICS_HOST and METRICS_PORT)'))
    .addOption(jsonOption())
    .action(async ({ url, json }: { url?: string; json?: true }) => {
      const config = readConfig();
      const service = createServiceClient(metricsUrl(config, url), config.metricsBearerToken);
      if (!json && terminal.isTerminal && process.stdin.isTTY) await watch(service, terminal);
      else await once(service, terminal, json === true);
    });
  explain(command, {
    details:
      'q or Ctrl-C leaves. Reads /status and /metrics of the metrics port; rates and p95 are over the last 30 s at most.\n' +
      'Without a terminal, and with --json, it takes one look over one second and ends.',
    examples: ['npx ticket-enhancer top', 'npx ticket-enhancer top | cat', 'npx ticket-enhancer top --json'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'configuration'],
  });
}

const refreshMs = 1000;

async function look(service: ServiceClient, history: History): Promise<View> {
  const [status, metrics] = await Promise.all([service.status(), service.metrics()]);
  return history.add(status, metrics, performance.now());
}

async function once(service: ServiceClient, terminal: Terminal, json: boolean): Promise<void> {
  const history = createHistory();
  await look(service, history);
  if (!json) terminal.note('This is no terminal: one look over one second.');
  await sleep(refreshMs);
  const view = await look(service, history);
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

async function watch(service: ServiceClient, terminal: Terminal): Promise<void> {
  const history = createHistory();
  // Before the screen is taken: whoever has no service shall read why, and not a screen that comes and goes.
  let view = await look(service, history);
  let problem: string | undefined;
  const draw = (): void => {
    const { columns, rows } = screen;
    const footer = `${service.url}   q leaves`;
    screen.draw(render(view, { paint: terminal.paint, columns, rows, problem, footer }));
  };
  const screen: Screen = openScreen(process.stdin, process.stdout, draw);
  try {
    while (!screen.closing.aborted) {
      draw();
      await sleep(refreshMs, undefined, { signal: screen.closing }).catch(() => undefined);
      if (screen.closing.aborted) break;
      try {
        view = await look(service, history);
        problem = undefined;
      } catch (error) {
        // A service that restarts comes back, and the last view is worth more than an end.
        problem = messageOf(error);
      }
    }
  } finally {
    screen.close();
  }
}
