// The program under test in cluster-metrics.test.ts: children whose metrics are collected, one of which blocks its loop and
// one that is stopped. Prints as JSON what scrapes say of it.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterRegistry, collectDefaultMetrics, Counter, Gauge, register, startReporter } from './metrics-client.mjs';

if (cluster.isPrimary) {
  const registry = new ClusterRegistry({ registries: [], collectWaitMs: 200 });
  const children = [0, 1, 2].map((slot) => cluster.fork({ SLOT: String(slot) }));
  const value = async (name) => {
    const { parts } = await registry.scrape({ names: [name] });
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(Buffer.concat(parts).toString())?.[1]);
  };
  while (!((await value('mirrored_total')) >= 300)) await sleep(20);
  const before = await value('runs_total');
  await sleep(2500); // two heartbeats and more
  const after = await value('runs_total');
  const mirrored = await value('mirrored_total');
  await sleep(200); // Node's monitor of the loop begins with the first tick after it was read
  children[0].send('block');
  while ((await once(children[0], 'message'))[0] !== 'unblocked');
  const lagSeconds = await value('nodejs_eventloop_lag_max_seconds');
  process.kill(children[1].process.pid, 'SIGSTOP');
  const timed = async () => {
    const startMs = performance.now();
    await registry.scrape();
    return performance.now() - startMs;
  };
  const [first, second] = [await timed(), await timed()];
  console.log(JSON.stringify({ runs: after - before, mirrored, lagSeconds, first, second }));
  for (const child of children) child.process.kill('SIGKILL');
  process.exit(0);
} else {
  startReporter({ identity: { role: 'worker', slot: process.env.SLOT } });
  collectDefaultMetrics();
  // The default is the average.
  Object.assign(register.getSingleMetric('nodejs_eventloop_lag_max_seconds'), { mergeRule: 'max' });
  const runs = new Counter({ name: 'runs_total', help: 'Runs of collect' });
  new Gauge({ name: 'asked', help: 'Asked', collect: () => runs.inc() });
  new Counter({
    name: 'mirrored_total',
    help: 'Mirrored',
    collect() {
      this.reset();
      this.inc(100);
    },
  });
  process.on('message', (message) => {
    if (message !== 'block') return;
    const until = Date.now() + 1000;
    while (Date.now() < until);
    // Node's monitor of the loop has to see it first.
    setTimeout(() => process.send('unblocked'), 50);
  });
}
