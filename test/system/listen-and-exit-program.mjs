// The program under test in cluster-metrics.test.ts: children that count, ask for a listening socket, and end before they
// have it, until some have ended without a `disconnect`. When the registry knows none of them any more, prints as JSON how
// many there were and what they counted.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { ClusterRegistry, createInstruments, defineMetrics, register, startReporter } from './metrics-client.mjs';

const catalog = defineMetrics({
  begun_total: { type: 'counter', help: 'Begun', labels: {}, useCase: 'How many began?' },
  level: { type: 'gauge', help: 'Level', labels: {}, merge: 'sum', retention: 'live', useCase: 'How many live?' },
});
/** Nearly half of them end so; a hundred that do not would mean that Node has changed. */
const mostChildren = 100;
const wanted = 3;

if (cluster.isPrimary) {
  const registry = new ClusterRegistry();
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const ids = [];
  const disconnected = new Set();
  const undisconnected = () => ids.filter((id) => !disconnected.has(id)).length;
  cluster.on('disconnect', ({ id }) => disconnected.add(id));
  const report = async () => {
    while (ids.some((id) => registry.report(id) !== undefined)) await new Promise((resolve) => setTimeout(resolve, 50));
    const { parts } = await registry.scrape({ names: ['begun_total', 'level', 'cluster_child_report_age_seconds'] });
    const metrics = Buffer.concat(parts).toString();
    console.log(JSON.stringify({ children: ids.length, undisconnected: undisconnected(), metrics }));
    process.exit(0);
  };
  const next = () => ids.push(cluster.fork().id);
  cluster.on('exit', () => {
    if (undisconnected() >= wanted || ids.length === mostChildren) void report();
    else next();
  });
  next();
} else {
  const reporter = startReporter({ identity: { role: 'worker', slot: String(cluster.worker.id) } });
  const metrics = createInstruments(catalog, register, reporter.tracker);
  metrics.level.with({}).set(1);
  metrics.begun_total.with({}).inc();
  await reporter.commit();
  createServer().listen(0, '127.0.0.1');
  setImmediate(() => process.exit(0));
}
