/** A child with many tenants' metrics, some of which it changes when it is told to. */
import cluster from 'node:cluster';
import { startReporter } from '../src/cluster-metrics/index.js';
import { AggregatorRegistry, Counter, Gauge, Histogram } from '../test/support/metrics-client.js';

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const statuses = ['success', 'failure'];
export const linesPerTenant = 38;

/** Changes the metrics of a share of the tenants and says so when the change was reported. */
interface ChangeOrder {
  readonly order: 'change';
  readonly share: number;
}

export async function child(): Promise<void> {
  const tenants = Number(process.env['BENCH_TENANTS']);
  const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames: ['tenant_id', 'status'] });
  const duration = new Histogram({
    name: 'duration_seconds',
    help: 'Duration',
    labelNames: ['tenant_id', 'status'],
    buckets,
  });
  const depth = new Gauge({ name: 'depth', help: 'Depth', labelNames: ['tenant_id'] });
  const peak = new Gauge({ name: 'peak', help: 'Peak', labelNames: ['tenant_id'], aggregator: 'max' });
  if (process.env['BENCH_COLLECT'] === 'yes') {
    new Gauge({
      name: 'collected',
      help: 'Collected',
      collect() {
        this.inc();
      },
    });
  }
  new AggregatorRegistry();
  const reporter = startReporter();
  let round = 0;
  const change = async (share: number): Promise<void> => {
    round++;
    const step = Math.round(1 / share);
    for (let tenant = round % step; tenant < tenants; tenant += step) {
      const tenant_id = `tenant-${tenant}`;
      for (const status of statuses) {
        requests.inc({ tenant_id, status });
        duration.observe({ tenant_id, status }, (round % 100) / 10);
      }
      depth.set({ tenant_id }, round);
      peak.set({ tenant_id }, round);
    }
    await reporter.commit();
    process.send?.({ done: 'change' });
  };
  process.on('message', (message: ChangeOrder) => {
    if (message.order === 'change') void change(message.share);
  });
  await change(1);
}

/** Every child changes the metrics of this share of its tenants; resolves when all have reported it. */
export async function changeAll(share: number): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  await Promise.all(
    workers.map(async (worker) => {
      const done = new Promise<void>((resolve) => {
        const listen = (message: unknown): void => {
          if (typeof message !== 'object' || message === null || !('done' in message)) return;
          worker.off('message', listen);
          resolve();
        };
        worker.on('message', listen);
      });
      worker.send({ order: 'change', share } satisfies ChangeOrder);
      await done;
    }),
  );
}
