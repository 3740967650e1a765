import { z } from 'zod';
import { localUrl, PortError, probePort } from '../../config/address.js';
import type { Config } from '../../config/config.js';
import { type Check, type Finding, failed, ok } from './check.js';
import { serviceFindings } from './service.js';

interface Port {
  readonly variable: 'HTTP_PORT' | 'METRICS_PORT';
  readonly host: string;
  readonly port: number;
  /** Answers `{"status":"ok"}` if this service holds the port. */
  readonly healthPath: string;
}

/** The ports that the service opens, free or already used by it, and the running service. */
export function portChecks(config: Config): Check[] {
  const webhooks = { host: config.httpHost, port: config.httpPort, healthPath: '/health' };
  const metrics = { host: config.metricsHost, port: config.metricsPort, healthPath: '/healthz' };
  return [
    ...(config.httpProcesses > 0
      ? [
          {
            title: titleOf(webhooks),
            run: (signal: AbortSignal) => portFindings({ variable: 'HTTP_PORT', ...webhooks }, signal),
          },
        ]
      : []),
    {
      title: titleOf(metrics),
      // One after the other: while a free port is tried, a request to it would reach this process.
      run: async (signal) => [
        ...(await portFindings({ variable: 'METRICS_PORT', ...metrics }, signal)),
        ...(await serviceFindings(config)),
      ],
    },
  ];
}

const titleOf = ({ port }: { readonly port: number }): string => `port ${port}`;

async function portFindings({ variable, host, port, healthPath }: Port, signal: AbortSignal): Promise<Finding[]> {
  const subject = titleOf({ port });
  let problem: string;
  try {
    await probePort(variable, host, port);
    return [ok(subject, `free (${variable})`)];
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    problem = error.message;
  }
  const isService = await isOurs(`${localUrl(host, port)}${healthPath}`, signal);
  return [isService ? ok(subject, `this service answers there already (${variable})`) : failed(subject, problem)];
}

const healthSchema = z.strictObject({ status: z.literal('ok') });

async function isOurs(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal });
    return healthSchema.safeParse(await response.json()).success;
  } catch {
    return false; // another program holds the port
  }
}
