/**
 * Webhooks a second through one http child (signature, validation, rate limit, add to Redis, group commit, 202), beside a
 * bare Express + BullMQ handler that does HMAC and add. Both on the same Redis, each in a process of its own.
 *
 *   npm run bench:ingest [-- --write]
 *
 * With OTEL_EXPORTER_OTLP_ENDPOINT set, ours is traced (docs/tracing.md).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../test/support/embedded-redis.js';
import { startMeasured } from './measured-service.js';
import { ms, percentile, report, times } from './report.js';
import { type LoadFigures, postTickets } from './webhook-load.js';

const seconds = 6;
const rounds = 4;
const connections = 32;
const barePort = 28_102;

/** Written as one would write it first. */
const bareSource = `
import express from 'express';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
const queue = new Queue('queue', { prefix: 'bare', connection: new Redis({ path: process.env.REDIS_PATH, maxRetriesPerRequest: null }) });
const app = express();
app.post('/webhook/servicedesk', express.raw({ type: '*/*', limit: '1mb' }), async (request, response) => {
  const expected = createHmac('sha256', 'demo-secret-acme').update(request.body).digest();
  const given = Buffer.from(String(request.get('x-servicedesk-signature')).slice(7), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return response.sendStatus(401);
  const job = await queue.add('enhance', JSON.parse(request.body));
  response.status(202).json({ job_id: job.id });
});
app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
`;

const folder = mkdtempSync(join(tmpdir(), 'te-bench-'));
const redis = await startEmbedded(folder);
const service = await startMeasured({
  REDIS_URL: redis.url,
  HTTP_PROCESSES: '1',
  WORKER_PROCESSES: '0',
  LOG_LEVEL: 'warn',
  TENANTS_FILE: join(process.cwd(), 'bench/ingest-tenants.yaml'),
  ACME_SECRET: 'demo-secret-acme',
  // Empty counts as not set.
  OTEL_EXPORTER_OTLP_ENDPOINT: process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '',
});
const port = Number(new URL(service.webhooks).port);
const bare = spawn(process.execPath, ['--input-type=module', '-e', bareSource], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { PATH: process.env['PATH'], PORT: String(barePort), REDIS_PATH: redis.url.slice('unix://'.length) },
});
await once(bare.stdout, 'data');

const ours: LoadFigures[] = [];
const peer: LoadFigures[] = [];
// In turns, so that whatever else the machine does falls on both.
for (let round = -1; round < rounds; round++) {
  const each = { connections, seconds };
  const mine = await postTickets({ ...each, port, firstTicket: (2 * round + 2) * 1e6 });
  const theirs = await postTickets({ ...each, port: barePort, firstTicket: (2 * round + 3) * 1e6 });
  process.stderr.write('.');
  if (round < 0) continue; // the first is the compiler's
  ours.push(mine);
  peer.push(theirs);
}
process.stderr.write('\n');
const rate = (figures: readonly LoadFigures[]) =>
  percentile(
    figures.map(({ perSecond }) => perSecond),
    0.5,
  );
const p99 = (figures: readonly LoadFigures[]) =>
  percentile(
    figures.map(({ p99Ms }) => p99Ms),
    0.5,
  );
const ratio = rate(ours) / rate(peer);
await report(
  'ingest',
  [
    {
      what: 'webhooks a second, one http child',
      ours: `${rate(ours).toFixed(0)}, p99 ${ms(p99(ours))}`,
      peer: `${rate(peer).toFixed(0)}, p99 ${ms(p99(peer))}`,
      ratio: times(ratio),
      goal: 'at least 0.8x',
      reached: ratio >= 0.8,
    },
  ],
  [
    `${connections} connections, ${seconds} s a round, ${rounds} rounds in turns; Redis syncs every write for both. The bare ` +
      'handler does an HMAC and an add; ours also limits rates, names wrong fields, recognises duplicates, logs and counts.',
  ],
);
await service.stop();
await service.destroy();
bare.kill();
await redis.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
