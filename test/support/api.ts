import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/api/app.js';
import { startHttpServer } from '../../src/api/http-server.js';
import { createRateLimiter } from '../../src/api/rate-limiter.js';
import { createCitedNotes, createTicketHistory } from '../../src/connectors/index.js';
import { createLogger } from '../../src/logging/logger.js';
import type { WebhookRecorder } from '../../src/telemetry/recorder.js';
import { failFastConnection } from '../../src/redis/connection.js';
import { createLimitWindow } from '../../src/redis/limit-window.js';
import { readyWithin } from '../../src/redis/reconnection.js';
import { createDeliveryNames } from '../../src/queue/delivery-names.js';
import { createProducer } from '../../src/queue/producer.js';
import { resolveTenants } from '../../src/tenants/index.js';
import { parseTenantsDocument } from '../../src/tenants/tenants-file.js';

/** The whole API over a real server and a real Redis; what it records is kept for the test to look at. */

const schemes = (id: string) => `
      standard_webhooks: { secrets: ["env:${id}"] }
      servicedesk_signature: { secrets: ["env:${id}"] }
      static_token: { header: x-desk-token, secrets: ["env:${id}"] }`;

const tenantsFile = `tenants:
  - id: acme
    name: Acme
    webhook:${schemes('ACME')}
    desk: { type: local }
  - id: globex
    name: Globex
    webhook:${schemes('GLOBEX')}
    desk: { type: local }
  - id: asleep
    name: Asleep
    active: false
    webhook:${schemes('ASLEEP')}
    desk: { type: local }
  - id: slow
    name: Slow
    webhook:${schemes('SLOW')}
    desk: { type: local }
    limits: { requests_per_minute: 3 }
  - id: busy
    name: Busy
    webhook:${schemes('BUSY')}
    desk: { type: local }
    limits: { requests_per_minute: 150 }
    priorities: { gold: critical }
  - id: "42"
    name: Forty-two
    webhook:${schemes('FORTY_TWO')}
    desk: { type: local }
`;

export interface TestApi {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** What was recorded, in order, as `event tenant detail`. */
  readonly events: string[];
  readonly logs: string[];
  close(): Promise<void>;
}

export async function startApi(redisUrl: string): Promise<TestApi> {
  const events: string[] = [];
  const logs: string[] = [];
  const recorder: WebhookRecorder = {
    queued: (tenant) => void events.push(`queued ${tenant}`),
    duplicate: (tenant) => void events.push(`duplicate ${tenant}`),
    rejected: (tenant, reason) => void events.push(`rejected ${tenant} ${reason}`),
    citationJudged: (tenant, outcome) => void events.push(`cited ${tenant} ${outcome}`),
    answered: () => undefined,
    httpAnswered: (method, route, status) => void events.push(`${method} ${route} ${status}`),
    committed: async () => void events.push('committed'),
  };
  const tenants = resolveTenants(parseTenantsDocument(tenantsFile, 'tenants.yaml'), {
    env: {
      ACME: 'demo-secret-acme',
      GLOBEX: 'demo-secret-globex',
      ASLEEP: 'demo-secret-asleep',
      SLOW: 'demo-secret-slow',
      BUSY: 'demo-secret-busy',
      FORTY_TWO: 'demo-secret-42',
    },
    readFile: () => '',
  });
  const producer = createProducer({ redisUrl, attempts: 4 });
  const redis = failFastConnection(redisUrl);
  const app = createApp({
    tenants,
    producer,
    history: createTicketHistory(redis),
    citations: createCitedNotes(redis),
    deliveries: createDeliveryNames(redis),
    limiter: createRateLimiter(createLimitWindow(redis)),
    recorder,
    log: createLogger({ level: 'info', role: 'http', slot: 0, destination: { write: (line) => void logs.push(line) } }),
    instance: 'test',
    now: Date.now,
    draining: () => false,
  });
  const { server } = await startHttpServer(app, '127.0.0.1', 0);
  await Promise.all([producer.ready(10_000), readyWithin(redis, 10_000)]);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    events,
    logs,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      producer.close();
      redis.disconnect();
    },
  };
}
