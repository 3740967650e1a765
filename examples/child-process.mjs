// A primary whose jobs are processes of child_process.fork(): node examples/child-process.mjs, then
// curl localhost:9001/metrics. What a job counted stays, however it ends.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Counter } from 'prom-client';
import { ClusterRegistry, createScrapeHandler, startReporter } from '@ticket-enhancer/cluster-metrics/prom-client';

const file = fileURLToPath(import.meta.url);

if (process.argv[2] !== 'job') {
  const registry = new ClusterRegistry();
  const startJob = () => registry.attach(fork(file, ['job']).on('exit', startJob)); // in the turn of the fork
  startJob();
  startJob();
  createServer(createScrapeHandler(registry)).listen(Number(process.env.METRICS_PORT ?? 9001), '127.0.0.1');
} else {
  const reporter = startReporter({ identity: { role: 'job' } });
  new Counter({ name: 'jobs_total', help: 'Jobs that were run' }).inc();
  if (await reporter.commit()) process.kill(process.pid, 'SIGKILL'); // nothing is lost
}
