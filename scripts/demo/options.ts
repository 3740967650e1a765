import { parseArgs } from 'node:util';

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

const usage = `Sends a stream of signed demo tickets to a running service, some of them invalid, and shows what became of them.

  npm run demo [-- options]

  --count N          tickets to send (default 200)
  --rate N           tickets a second (default 50)
  --url URL          where the webhooks are served (default http://localhost:8080, or HTTP_PORT)
  --metrics-url URL  where the metrics are served (default http://localhost:8000, or METRICS_PORT)
`;

/** A mistake in the command line, with the usage. */
export class UsageError extends Error {}

/** @returns what is asked for, or, if that is help, the text */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions | string {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        count: { type: 'string', default: '200' },
        rate: { type: 'string', default: '50' },
        url: { type: 'string', default: `http://localhost:${env['HTTP_PORT'] || 8080}` },
        'metrics-url': { type: 'string', default: `http://localhost:${env['METRICS_PORT'] || 8000}` },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  if (values['help'] === true) return usage;
  const whole = (name: string): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new UsageError(`--${name} must be a whole number above 0, and is ${String(values[name])}.\n\n${usage}`);
  };
  return {
    webhooks: String(values['url']).replace(/\/$/, ''),
    metrics: String(values['metrics-url']).replace(/\/$/, ''),
    token: env['METRICS_BEARER_TOKEN'] || undefined,
    count: whole('count'),
    rate: whole('rate'),
  };
}
