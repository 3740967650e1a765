import { z } from 'zod';
import { localUrl, PortError, probePort } from '../../config/address.js';
import type { Config } from '../../config/config.js';
import { type Check, failed, ok } from './check.js';

interface Port {
  readonly variable: 'HTTP_PORT' | 'METRICS_PORT';
  readonly host: string;
  readonly port: number;
  /** Answers `{"status":"ok"}` if this service holds the port. */
  readonly healthPath: string;
}

/** The ports that the service opens: free, or already used by it. */
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
      let problem: string;
      try {
        await probePort(variable, host, port);
        return [ok(subject, `free (${variable})`)];
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
        problem = error.message;
      }
      if (await isOurs(`${localUrl(host, port)}${healthPath}`, signal)) {
        return [ok(subject, `this service answers there already (${variable})`)];
      }
      return [failed(subject, problem)];
    },
  };
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
