import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { freePort } from './free-port.js';
import { until } from './service.js';
import { filesBelow, read } from './shipped-expressions.js';

const sample = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([z.number(), z.string()]).optional(),
  values: z.array(z.tuple([z.number(), z.string()])).optional(),
});
const scalar = z.tuple([z.number(), z.string()]);
const answerSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.object({ resultType: z.string(), result: z.union([z.array(sample), scalar]) }),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);
const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ labels: z.record(z.string(), z.string()), health: z.string(), lastError: z.string() }),
    ),
  }),
});
const alertsSchema = z.object({
  data: z.object({ alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })) }),
});

export interface Result {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  readonly address: string;
  /** An instant query; throws what Prometheus says of a bad one. */
  query(expr: string): Promise<readonly Result[]>;
  /** The values of a single series, second by second. */
  range(expr: string, fromSeconds: number, toSeconds: number): Promise<readonly number[]>;
  /** The names of all series that it has. */
  names(): Promise<readonly string[]>;
  targets(): Promise<z.infer<typeof targetsSchema>['data']['activeTargets']>;
  /** State of an alert, by name; undefined while it is inactive. */
  alert(name: string): Promise<string | undefined>;
  /** Prometheus' own metrics, as text. */
  ownMetrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Everything that takes time at a real site, faster; the `for` of alerts stays as it is. */
const intervalSeconds = 1;

/**
 * The repository's own prometheus.yml and rules, with nothing changed but targets, intervals and the place where they lie.
 */
async function configure(folder: string, targets: readonly string[], pace: 'fast' | 'as-shipped'): Promise<string> {
  const config = z.looseObject({ global: z.looseObject({}) }).parse(parse(read('prometheus.yml')));
  const interval = `${intervalSeconds}s`;
  const faster = { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval };
  const global = { ...config.global, ...(pace === 'fast' ? faster : {}) };
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, stringify({ ...config, global }));
  await mkdir(join(folder, 'monitoring/rules'), { recursive: true });
  await mkdir(join(folder, 'monitoring/targets'), { recursive: true });
  for (const path of filesBelow('monitoring/rules', '.yml')) {
    const rules = read(path);
    const text = pace === 'fast' ? rules.replace(/^( +)interval: .*$/gm, `$1interval: ${interval}`) : rules;
    await writeFile(join(folder, path), text);
  }
  await writeFile(join(folder, 'monitoring/targets/ticket-enhancer.yml'), stringify([{ targets }]));
  return file;
}

/** Starts a real Prometheus that scrapes `targets` (host:port) as this repository says, but every second. */
export function startPrometheus(...targets: readonly string[]): Promise<PrometheusServer> {
  return startPrometheusAt('fast', targets);
}

/** @param pace as shipped: with the intervals of a real site */
export async function startPrometheusAt(
  pace: 'fast' | 'as-shipped',
  targets: readonly string[],
): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'te-prometheus-'));
  const config = await configure(folder, targets, pace);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr?.on('data', (data) => {
    log += String(data);
  });
  const ended = once(child, 'exit');
  const json = async (path: string): Promise<unknown> => (await fetch(`${address}/api/v1/${path}`)).json();
  await until('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}:\n${log}`);
    const response = await fetch(`${address}/-/ready`).catch(() => undefined);
    return response?.ok === true;
  });

  const ask = async (path: string, parameters: Record<string, string>) => {
    const answer = answerSchema.parse(await json(`${path}?${new URLSearchParams(parameters)}`));
    if (answer.status === 'error') throw new Error(`${parameters['query']}: ${answer.error}`);
    return answer.data.result;
  };

  return {
    address,
    async query(expr) {
      const result = await ask('query', { query: expr });
      const series = z.array(sample).safeParse(result);
      if (series.success)
        return series.data.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1]) }));
      return [{ labels: {}, value: Number(scalar.parse(result)[1]) }];
    },
    async range(expr, fromSeconds, toSeconds) {
      const result = await ask('query_range', {
        query: expr,
        start: String(fromSeconds),
        end: String(toSeconds),
        step: String(intervalSeconds),
      });
      const [series, ...others] = z.array(sample).parse(result);
      if (others.length > 0) throw new Error(`${expr} is more than one series`);
      return (series?.values ?? []).map(([, value]) => Number(value));
    },
    names: async () => z.object({ data: z.array(z.string()) }).parse(await json('label/__name__/values')).data,
    targets: async () => targetsSchema.parse(await json('targets?state=active')).data.activeTargets,
    async alert(name) {
      const { alerts } = alertsSchema.parse(await json('alerts')).data;
      return alerts.find(({ labels }) => labels['alertname'] === name)?.state;
    },
    ownMetrics: async () => (await fetch(`${address}/metrics`)).text(),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
