import { parseArgs } from 'node:util';
import { localUrl } from '../../src/config/address.js';
import type { Config } from '../../src/config/config.js';

export interface DemoOptions {
  readonly webhooks: string;
  readonly metrics: string;
  /** METRICS_BEARER_TOKEN, if the service has one. */
  readonly token: string | undefined;
  /** Tickets to send. */
  readonly count: number;
  /** Tickets a second. */
  readonly rate: number;
}

const usage = `Sends a stream of signed demo tickets to a running service, some of them invalid, and shows a finished note and the metrics.

  npm run demo [-- options]

  --count N          tickets to send (default 200)
  --rate N           tickets a second (default 50)
  --url URL          where the webhooks are served (default: HTTP_HOST and HTTP_PORT)
  --metrics-url URL  where the metrics are served (default: METRICS_HOST and METRICS_PORT)

The ports, METRICS_BEARER_TOKEN and TENANTS_FILE are read as the service reads them: from the environment and from .env
in this folder. With a TENANTS_FILE the tickets are those of its active tenants, signed with their secrets.
`;

/** A mistake in the command line, with the usage. */
export class UsageError extends Error {}

/**
 * @param config of the service, which runs in this folder
 * @returns what is asked for, or, if that is help, the text
 */
export function readOptions(
  args: readonly string[],
  config: Pick<Config, 'httpHost' | 'httpPort' | 'metricsHost' | 'metricsPort' | 'metricsBearerToken'>,
): DemoOptions | string {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        count: { type: 'string', default: '200' },
        rate: { type: 'string', default: '50' },
        url: { type: 'string', default: localUrl(config.httpHost, config.httpPort) },
        'metrics-url': { type: 'string', default: localUrl(config.metricsHost, config.metricsPort) },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  if (values['help'] === true) return usage;
  for (const name of ['url', 'metrics-url']) {
    const url = String(values[name]);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new UsageError(`--${name} must be an http:// or https:// address, and is ${url}.\n\n${usage}`);
    }
  }
  const whole = (name: string): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new UsageError(`--${name} must be a whole number above 0, and is ${String(values[name])}.\n\n${usage}`);
  };
  return {
    webhooks: String(values['url']).replace(/\/$/, ''),
    metrics: String(values['metrics-url']).replace(/\/$/, ''),
    token: config.metricsBearerToken,
    count: whole('count'),
    rate: whole('rate'),
  };
}
