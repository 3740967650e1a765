import { once } from 'node:events';
import { createServer } from 'node:net';
import { z } from 'zod';
import type { Config } from '../../config/config.js';
import { localUrl } from '../service-client.js';
import { type Check, failed, messageOf, ok } from './check.js';

interface Port {
  readonly variable: 'HTTP_PORT' | 'METRICS_PORT';
  readonly host: string;
  readonly port: number;
  /** Answers `{"status":"ok"}` when it is ours. */
  readonly healthPath: string;
}

/** The ports that the service opens: free, or already its own. */
export function portChecks(config: Config): Check[] {
  const webhooks = { host: config.httpHost, port: config.httpPort, healthPath: '/health' };
  const metrics = { host: config.metricsHost, port: config.metricsPort, healthPath: '/healthz' };
  return [
    ...(config.httpProcesses > 0 ? [portCheck({ variable: 'HTTP_PORT', ...webhooks })] : []),
    portCheck({ variable: 'METRICS_PORT', ...metrics }),
  ];
}

function portCheck({ variable, host, port, healthPath }: Port): Check {
  const subject = `port ${port}`;
  return {
    title: subject,
    async run(signal) {
      const problem = await openAndClose(host, port);
      if (problem === undefined) return [ok(subject, `free (${variable})`)];
      if (await isOurs(`${localUrl(host, port)}${healthPath}`, signal)) {
        return [ok(subject, `this service answers there already (${variable})`)];
      }
      return [failed(subject, `${problem} on ${host}. Free it, or set ${variable} to another port.`)];
    },
  };
}

/** @returns why the port cannot be had */
async function openAndClose(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') return `Port ${port} is in use by another program`;
    return `Port ${port} cannot be opened (${messageOf(error)})`;
  }
  server.close();
  await once(server, 'close');
  return undefined;
}

const healthSchema = z.strictObject({ status: z.literal('ok') });

async function isOurs(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal });
    return healthSchema.safeParse(await response.json()).success;
  } catch {
    return false; // whoever holds the port speaks something else
  }
}
