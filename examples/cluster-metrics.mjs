// A cluster whose primary answers /metrics for all children: node examples/cluster-metrics.mjs, then
// curl localhost:9000 (any child answers), kill -9 one of them, and curl localhost:9001/metrics: nothing is lost.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { register } from 'prom-client';
import {
  ClusterRegistry,
  createInstruments,
  createScrapeHandler,
  defineMetrics,
  startReporter,
} from '@ticket-enhancer/cluster-metrics/prom-client';

const catalog = defineMetrics({
  greetings_total: { type: 'counter', help: 'Greetings sent', labels: {}, useCase: 'How many visitors came?' },
});

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const registry = new ClusterRegistry(); // before the first fork
  for (let slot = 0; slot < 4; slot++) cluster.fork({ SLOT: String(slot) });
  cluster.on('exit', () => cluster.fork({ SLOT: '0' }));
  const port = Number(process.env.METRICS_PORT ?? 9001);
  createServer(createScrapeHandler(registry)).listen(port, '127.0.0.1');
} else {
  const reporter = startReporter({ identity: { role: 'http', slot: process.env.SLOT ?? '0' } });
  const metrics = createInstruments(catalog, register, reporter.tracker);
  const greetings = metrics.greetings_total.with({});
  createServer(async (_request, response) => {
    greetings.inc();
    await reporter.commit(); // a client that gets this answer is in the next scrape
    response.end(`hello from ${process.pid}\n`);
  }).listen(Number(process.env.PORT ?? 9000), '127.0.0.1');
}
