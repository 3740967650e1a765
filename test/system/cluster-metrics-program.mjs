// The program under test in cluster-metrics.test.ts: a cluster of children that count, and note in a file of their own
// what they were told is safe. Lives outside src, and uses the built package as anybody would.
import cluster from 'node:cluster';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  ClusterRegistry,
  createInstruments,
  createScrapeHandler,
  defineMetrics,
  register,
  startReporter,
} from './metrics-client.mjs';

const catalog = defineMetrics({
  work_total: { type: 'counter', help: 'Work', labels: { slot: { oneOf: 'slots' } }, useCase: 'How much was done?' },
  work_seconds: { type: 'histogram', help: 'Time', labels: {}, buckets: [0.5, 1], useCase: 'How long did it take?' },
  ends_total: { type: 'counter', help: 'Ends', labels: {}, useCase: 'How many ended?' },
  level: { type: 'gauge', help: 'Level', labels: {}, merge: 'sum', retention: 'live', useCase: 'How many live?' },
});
const folder = process.env.LEDGER_DIR;

if (cluster.isPrimary) {
  const registry = new ClusterRegistry({ staleAfterMs: 500 });
  const fork = (slot) => {
    const worker = cluster.fork({ SLOT: String(slot), GENERATION: String(generation++) });
    worker.on('exit', () => slots.delete(slot) && fork(slot));
    worker.on('message', (message) => {
      // What is sent to a child of the cluster before it listens is lost.
      if (message === 'listening' && askedForQuiet.length > 0) worker.send('quiet');
      if (message !== 'idle') return;
      idle.add(worker);
      answerIdle();
    });
    slots.set(slot, worker);
  };
  let generation = 0;
  const idle = new Set();
  const askedForQuiet = [];
  const answerIdle = () => {
    if ([...slots.values()].every((worker) => idle.has(worker))) for (const response of askedForQuiet) response.end();
  };
  const slots = new Map();
  for (let slot = 0; slot < 3; slot++) fork(slot);
  const scrape = createScrapeHandler(registry);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/metrics') return void scrape(request, response);
    if (pathname === '/pids')
      return response.end(JSON.stringify([...slots.values()].map(({ process }) => process.pid)));
    if (pathname === '/block') {
      response.end();
      const until = Date.now() + Number(searchParams.get('ms'));
      setTimeout(() => {
        while (Date.now() < until);
      }, 5);
      return undefined;
    }
    // Answered when all have ended their work.
    askedForQuiet.push(response);
    for (const worker of slots.values()) worker.send('quiet');
    return undefined;
  });
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
} else {
  const { SLOT: slot, GENERATION: generation } = process.env;
  const reporter = startReporter({ identity: { role: 'worker', slot }, heartbeatMs: 100 });
  const metrics = createInstruments(catalog, register, reporter.tracker);
  metrics.level.with({}).set(1);
  const ledger = openSync(join(folder, `${slot}-${generation}`), 'a');
  let quiet = false;
  process.on('message', (message) => {
    if (message === 'quiet') quiet = true;
  });
  process.send('listening');
  const work = metrics.work_total.with({ slot });
  for (let i = 0; !quiet; i++) {
    work.inc();
    metrics.work_seconds.with({}).observe(0.75);
    // The same end may be told twice, as by a job that runs again.
    reporter.once(`${slot} ${generation} ${i >> 1}`, () => metrics.ends_total.with({}).inc());
    await reporter.commit();
    writeSync(ledger, '.');
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  closeSync(ledger);
  process.send('idle');
  const memory = () => process.memoryUsage().rss;
  setInterval(memory, 1000);
}
