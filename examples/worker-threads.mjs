// A program that computes in threads: node examples/worker-threads.mjs, then curl localhost:9001/metrics. A thread may be
// terminated at any time: what it committed is in the next scrape.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Counter } from 'prom-client';
import { ClusterRegistry, createScrapeHandler, startReporter } from '@ticket-enhancer/cluster-metrics/prom-client';

if (isMainThread) {
  const registry = new ClusterRegistry();
  const startThread = () => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    registry.attach(worker);
    worker.on('message', (message) => message === 'done' && worker.terminate());
    worker.on('exit', startThread);
  };
  startThread();
  startThread();
  createServer(createScrapeHandler(registry)).listen(Number(process.env.METRICS_PORT ?? 9001), '127.0.0.1');
} else {
  const reporter = startReporter({ identity: { role: 'compute' } });
  new Counter({ name: 'computed_total', help: 'Results that were computed' }).inc();
  if (await reporter.commit()) parentPort.postMessage('done');
}
