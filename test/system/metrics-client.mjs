// The client that the programs of cluster-metrics.test.ts use, METRICS_CLIENT or prom-client, and the library on top of it.
const name = process.env.METRICS_CLIENT ?? 'prom-client';

export const { collectDefaultMetrics, Counter, Gauge, register } = (await import(name)).default;

export const { ClusterRegistry, createInstruments, createScrapeHandler, defineMetrics, startReporter } =
  name === 'prom-client'
    ? await import('ticket-enhancer/cluster-metrics')
    : await import('ticket-enhancer/cluster-metrics/prometheus-io');
