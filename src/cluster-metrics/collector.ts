#!/usr/bin/env node
/**
 * The command `cluster-metrics-collector`: a primary for processes that a supervisor starts, such as PM2 or systemd. They report
 * to its socket, and it serves the aggregate.
 * Must not know: how anything is reported, added up or printed.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createScrapeHandler } from './primary/scraping/scrape-handler.js';

const usage = `Usage: cluster-metrics-collector --socket PATH [--port 9464] [--host 127.0.0.1] [--mode 600]

Serves /metrics for all processes that call startReporter({ connect: PATH }), and /healthz.

  --socket PATH  unix socket to listen on; its folder is made if it is not there
  --port N       port of /metrics; 0: any that is free (default: 9464)
  --host ADDRESS address of /metrics (default: 127.0.0.1)
  --mode OCTAL   permissions of the socket: 600 for processes of the same user (default), 660 for those of its group

Exit codes: 0 after SIGTERM or SIGINT, 1 when socket or port cannot be listened on, 78 for wrong arguments.
`;

/** Of sysexits.h, EX_CONFIG: a supervisor need not try again. */
const wrongArguments = 78;

type Arguments = NonNullable<ReturnType<typeof readArguments>>;

/** @throws {Error} with a sentence for what is wrong */
function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { socket: text, port: text, host: text, mode: text, help: { type: 'boolean', short: 'h' } },
  });
  const { socket, port = '9464', host = '127.0.0.1', mode = '600' } = values;
  if (values.help === true) return undefined;
  if (socket === undefined || socket === '') throw new Error('--socket PATH is missing.');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`--port must be 0 to 65535, not ${port}.`);
  if (!/^[0-7]{3}$/.test(mode)) throw new Error(`--mode must be three octal digits such as 660, not ${mode}.`);
  return { socket, port: Number(port), host, mode: Number.parseInt(mode, 8) };
}

/** On top of whichever client there is: what is collected is the same. */
async function loadClusterRegistry() {
  try {
    return (await import('./prom-client.js')).ClusterRegistry;
  } catch (error) {
    const { ClusterRegistry } = await import('./prometheus-io.js').catch(() => {
      throw new Error('Neither prom-client nor @prometheus-io/client can be loaded: install one of them.', {
        cause: error,
      });
    });
    return ClusterRegistry;
  }
}

async function collect({ socket, port, host, mode }: Arguments): Promise<void> {
  const ClusterRegistry = await loadClusterRegistry();
  const registry = new ClusterRegistry({
    onDrop: (reason, metric, detail) => process.stderr.write(`left out: ${metric} (${reason}): ${detail}\n`),
  });
  const scrape = createScrapeHandler(registry);
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/metrics') {
      scrape(request, response).catch((error: unknown) => process.stderr.write(`scrape failed: ${String(error)}\n`));
      return;
    }
    const status = path === '/healthz' ? 200 : 404;
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(status === 200 ? 'ok\n' : 'See /metrics.\n');
  });
  const stop = (): void => {
    registry.close();
    server.close();
    server.closeAllConnections();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  // First the port: what processes have reported to a collector that cannot serve it would be lost.
  server.listen(port, host);
  await once(server, 'listening');
  await registry.listen(socket, { mode });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  process.stdout.write(
    `Collecting from ${socket}; metrics at http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics\n`,
  );
  // PM2's wait_ready.
  process.send?.('ready');
}

function fail(error: unknown, code: number, hint = ''): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${hint}`);
  process.exit(code);
}

try {
  const given = readArguments();
  if (given === undefined) process.stdout.write(usage);
  else collect(given).catch((error: unknown) => fail(error, 1));
} catch (error) {
  fail(error, wrongArguments, `\n${usage}`);
}
