/** A process that makes more spans than any collector takes, then stops, and says how long that took, in milliseconds. */
import { startTracing } from '../../dist/tracing/start-tracing.js';

const tracing = startTracing({
  endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
  config: { otelServiceName: 'flood', tracesSampler: 'always_on', tracesSamplerRatio: 1 },
  role: 'http',
  slot: 0,
  instance: 'test',
  onFailing: () => undefined,
  onRecovered: () => undefined,
});
const request = () => tracing.request({ method: 'POST', route: '/webhook/servicedesk', startedAtMs: Date.now() });
for (let i = 0; i < 20_000; i++) request().end(202);
const startedMs = performance.now();
await tracing.stop();
process.stdout.write(String(performance.now() - startedMs));
request().end(202); // too late, and no harm
process.exit(0);
