import { describe, expect, it } from '@jest/globals';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startApi } from '../../support/api.js';
import { appOver } from '../../support/app-over.js';
import { redisOfTest } from '../../support/of-test.js';
import { eachTest } from '../../support/opened.js';
import { serve } from '../../support/served.js';
import { until } from '../../support/service.js';
import { postTicket, serviceDeskSignature } from '../../support/webhooks.js';

const redis = redisOfTest();
const api = eachTest(
  () => startApi(redis.url),
  (opened) => opened.close(),
);

/** The answer to a request, and how long it took, in milliseconds. */
async function timed(ask: () => Promise<Response>) {
  const start = performance.now();
  const response = await ask();
  return { response, ms: performance.now() - start, body: (await response.json()) as Record<string, unknown> };
}

function resolvedTicket(url: string): Promise<Response> {
  const body = JSON.stringify({
    tenant_id: 'acme',
    ticket_id: 'R-1',
    subject: 'VPN',
    description: 'It drops.',
    resolution: 'Raised the session lifetime.',
    resolved_at: '2026-11-20T10:00:00Z',
  });
  const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body) };
  return fetch(`${url}/webhook/servicedesk/resolved-ticket`, { method: 'POST', headers, body });
}

async function expectUnavailable(): Promise<void> {
  for (const ask of [() => postTicket(api.url), () => resolvedTicket(api.url)]) {
    const { response, ms, body } = await timed(ask);
    expect(response.status).toBe(503);
    expect(ms).toBeLessThan(1500);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ status: 503, correlation_id: response.headers.get('x-correlation-id') });
  }
  expect(api.events).toContain('rejected acme queue_unavailable');
  expect(api.events.join()).not.toMatch(/queued/);
  // With the reason, for whoever is called at night.
  const lines = api.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter(({ msg }) => msg === 'rejected')).toMatchObject([
    { level: 'warn', reason: 'queue_unavailable', err: { message: expect.any(String) } },
    { level: 'warn', reason: 'queue_unavailable', err: { message: expect.any(String) } },
  ]);
}

describe('while Redis cannot take a job, 503 is said within 1.5 s', () => {
  it('frozen, and 202 again within a second of its return', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    try {
      await expectUnavailable();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    const start = performance.now();
    await until('a 202', async () => (await postTicket(api.url)).status === 202);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('frozen in the middle of things, with requests admitted already', async () => {
    expect((await postTicket(api.url)).status).toBe(202);
    api.events.length = 0;
    api.logs.length = 0;
    process.kill(redis.pid, 'SIGSTOP');
    try {
      await expectUnavailable();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
  });

  it('gone', async () => {
    process.kill(redis.pid, 'SIGKILL');
    await expectUnavailable();
  });

  it.each([
    ['out of memory', ['maxmemory-policy', 'noeviction', 'maxmemory', '1']],
    ['read-only', ['min-replicas-to-write', '1']],
  ])('%s', async (_what, settings) => {
    const client = new Redis({ path: redis.socketPath, disconnectTimeout: 50 });
    await client.config('SET', ...(settings as [string, string]));
    client.disconnect();
    await expectUnavailable();
  });
});

describe('a Redis that answers while this process is blocked, or not scheduled on a busy machine', () => {
  it.each([
    ['longer than a command may take', 1100],
    ['longer than a webhook may wait', 1600],
  ])('%s, is heard: its reply is unread, not missing', async (_how, blockedMs) => {
    expect((await postTicket(api.url)).status).toBe(202);
    process.kill(redis.pid, 'SIGSTOP');
    const answer = postTicket(api.url);
    await until('the command is sent', async () => api.logs.length > 0 && /"received"/.test(api.logs.at(-1) ?? ''));
    await setImmediate();
    process.kill(redis.pid, 'SIGCONT');
    const end = performance.now() + blockedMs;
    while (performance.now() < end) continue;
    expect((await answer).status).toBe(202);
  });
});

describe('a Redis that answers slowly', () => {
  it('is not waited for more than once: each answer within its bound may still add up', async () => {
    // Each below its own bound of a second.
    const { app, logs } = appOver({ admit: () => sleep(900), upsert: () => sleep(900) });
    const { url } = await serve(app);
    const { response, ms } = await timed(() => resolvedTicket(url));
    expect(response.status).toBe(503);
    expect(ms).toBeLessThan(1500);
    expect(logs.join('')).toContain('queue_unavailable');
  });
});
