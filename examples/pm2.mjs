// A program for PM2's cluster mode, whose primary is PM2's own daemon; the collector is a process beside it:
//   pm2 start node_modules/.bin/cluster-metrics-collector --interpreter none -- --socket ~/.app/metrics.sock --port 9001
//   METRICS_SOCKET=~/.app/metrics.sock pm2 start examples/pm2.mjs -i 2
// then curl localhost:9000 and curl localhost:9001/metrics.
import { createServer } from 'node:http';
import { Counter, Gauge } from 'prom-client';
import { startReporter } from '@ticket-enhancer/cluster-metrics/prom-client';

const reporter = startReporter({
  connect: process.env.METRICS_SOCKET,
  identity: { role: 'web', slot: process.env.NODE_APP_INSTANCE ?? '0' },
});
const greetings = new Counter({ name: 'greetings_total', help: 'Greetings sent' });
new Gauge({ name: 'instances', help: 'Instances that live' }).set(1);

createServer(async (_request, response) => {
  greetings.inc();
  await reporter.commit({ withinMs: 500 });
  response.end(`hello from ${process.pid}\n`);
}).listen(Number(process.env.PORT ?? 9000), '127.0.0.1');
