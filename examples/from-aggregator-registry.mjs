// A program that used prom-client's AggregatorRegistry. The lines that changed are marked: docs/cluster-metrics.md
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { Counter } from 'prom-client';
import { ClusterRegistry, startReporter } from '@ticket-enhancer/cluster-metrics/prom-client'; // 1: instead of AggregatorRegistry

if (cluster.isPrimary) {
  const registry = new ClusterRegistry(); // 2: instead of new AggregatorRegistry()
  for (let i = 0; i < 2; i++) cluster.fork();
  createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.clusterMetrics());
  }).listen(Number(process.env.METRICS_PORT ?? 9001), '127.0.0.1');
} else {
  startReporter(); // 3: before the first metric
  const greetings = new Counter({ name: 'greetings_total', help: 'Greetings sent' });
  createServer((_request, response) => {
    greetings.inc();
    response.end(`hello from ${process.pid}\n`);
  }).listen(Number(process.env.PORT ?? 9000), '127.0.0.1');
}
