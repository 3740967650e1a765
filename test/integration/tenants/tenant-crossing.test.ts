import { beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import {
  createLocalDesk,
  createNotePublisher,
  createRedisNoteStore,
  createTicketHistory,
} from '../../../src/connectors/index.js';
import { createLogger } from '../../../src/logging/logger.js';
import { createAdminApp } from '../../../src/admin/admin-app.js';
import { jobIdFor } from '../../../src/queue/job.js';
import { startApi } from '../../support/api.js';
import { apiOfFile } from '../../support/of-file.js';
import { serviceDeskSignature, standardWebhook, ticket } from '../../support/webhooks.js';
import { ticketJob } from '../../support/worker.js';

/**
 * acme tries to reach globex, through every route and every store. What a worker keeps in memory is tried elsewhere: search
 * indexes in worker.test.ts, the model's breaker in pipeline.test.ts, the desk's in desk-down.test.ts, slots in
 * fair-queueing.test.ts.
 */

const service = apiOfFile();
beforeEach(async () => {
  await service.redis.client.flushall();
});

const created = '/webhook/servicedesk';
const resolved = '/webhook/servicedesk/resolved-ticket';
const bodyFor = (path: string, tenant_id: string): string =>
  JSON.stringify(
    path === created
      ? ticket({ tenant_id, ticket_id: 'T-1' })
      : {
          tenant_id,
          ticket_id: 'T-1',
          subject: 's',
          description: 'd',
          resolution: 'r',
          resolved_at: '2026-11-20T10:00:00Z',
        },
  );

async function post(path: string, body: string, headers: Record<string, string>) {
  const response = await fetch(`${service.api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

const own = 'demo-secret-acme';
const schemes: [name: string, sign: (body: string) => Record<string, string>][] = [
  ['Standard Webhooks', (body) => standardWebhook(body, { key: own })],
  ['X-ServiceDesk-Signature', (body) => serviceDeskSignature(body, own)],
  ['a static token', () => ({ 'x-desk-token': own })],
];

describe.each([created, resolved])('%s', (path) => {
  it.each(schemes)('takes nothing for globex that acme has signed by %s', async (_name, sign) => {
    const body = bodyFor(path, 'globex');
    expect((await post(path, body, sign(body))).status).toBe(401);
    expect(await service.redis.client.keys('*')).toEqual([]);
  });

  it.each(schemes)('does not take acme’s own signature by %s for another body', async (_name, sign) => {
    const signature = sign(bodyFor(path, 'acme'));
    expect((await post(path, bodyFor(path, 'globex'), signature)).status).toBe(401);
    expect(await service.redis.client.keys('*')).toEqual([]);
  });

  it.each([
    ['first', (body: string) => body.replace('{', '{"tenant_id":"globex",'), 202],
    ['last', (body: string) => body.replace(/}$/, ',"tenant_id":"globex"}'), 401],
  ])('a second tenant_id that comes %s does not divide who signed from who is served', async (_at, twice, status) => {
    const body = twice(bodyFor(path, 'acme'));
    expect((await post(path, body, serviceDeskSignature(body, own))).status).toBe(status);
    expect((await service.redis.client.keys('*')).filter((key) => key.includes('globex'))).toEqual([]);
    for (const key of await service.redis.client.keys('enhancement:queue:d*')) {
      expect(JSON.parse((await service.redis.client.hget(key, 'data')) ?? '')).toMatchObject({ tenantId: 'acme' });
    }
  });
});

describe('a delivery', () => {
  it('of the same id is another one for another tenant', async () => {
    const jobs = await Promise.all(
      ['acme', 'globex'].map(async (tenantId) => {
        const body = bodyFor(created, tenantId);
        const signed = standardWebhook(body, { id: 'msg_same', key: `demo-secret-${tenantId}` });
        const { status, answer } = await post(created, body, signed);
        expect({ status, duplicate: answer['duplicate'] }).toEqual({ status: 202, duplicate: false });
        return String(answer['job_id']);
      }),
    );
    expect(new Set(jobs).size).toBe(2);
    const owners = await Promise.all(
      jobs.map(
        async (id) => JSON.parse((await service.redis.client.hget(`enhancement:queue:${id}`, 'data')) ?? '') as object,
      ),
    );
    expect(owners).toMatchObject([{ tenantId: 'acme' }, { tenantId: 'globex' }]);
  });
});

describe('a resolved ticket', () => {
  it('is history of its own tenant alone', async () => {
    const body = bodyFor(resolved, 'globex');
    expect((await post(resolved, body, serviceDeskSignature(body, 'demo-secret-globex'))).status).toBe(202);
    const { signal } = new AbortController();
    const ticketsOf = async (tenantId: string) =>
      (await createTicketHistory(service.redis.client).changesSince(tenantId, 0, signal)).tickets.map(
        ({ ticketId }) => ticketId,
      );
    expect({ globex: await ticketsOf('globex'), acme: await ticketsOf('acme') }).toEqual({ globex: ['T-1'], acme: [] });
  });
});

describe('a rate limit', () => {
  it('is not used up by unsigned requests, nor by another tenant', async () => {
    // A child that has no portion of anybody's limit yet: what acme takes is counted in Redis first.
    const fresh = await startApi(service.redis.url);
    const others = bodyFor(created, 'acme');
    const { status } = await fetch(`${fresh.url}${created}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...serviceDeskSignature(others, own) },
      body: others,
    });
    expect(status).toBe(202);
    await fresh.close();
    const slow = (): string => JSON.stringify(ticket({ tenant_id: 'slow' }));
    for (let i = 0; i < 10; i++) {
      expect((await post(created, slow(), {})).status).toBe(401);
      const body = slow();
      expect((await post(created, body, serviceDeskSignature(body, own))).status).toBe(401);
    }
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const body = slow();
      statuses.push((await post(created, body, serviceDeskSignature(body, 'demo-secret-slow'))).status);
    }
    expect(statuses).toEqual([202, 202, 202, 429]);
    const another = bodyFor(created, 'globex');
    expect((await post(created, another, serviceDeskSignature(another, 'demo-secret-globex'))).status).toBe(202);
  });
});

describe('a note', () => {
  const note = {
    marker: 'm',
    correlationId: 'c',
    mode: 'extractive',
    html: 'h',
    text: 'globex’s',
    citations: [],
    wiki: '',
  } as const;

  it('is done for its own tenant’s job alone', async () => {
    const publish = async (tenantId: string) => {
      const jobId = jobIdFor(tenantId, 'same');
      await service.redis.client.set(`lock:${jobId}`, 'token');
      const publisher = createNotePublisher({
        store: createRedisNoteStore({
          redis: service.redis.client,
          jobId,
          lock: { key: `lock:${jobId}`, token: 'token' },
        }),
        desk: createLocalDesk(service.redis.client).deskFor(tenantId),
      });
      return publisher.publish(ticketJob({ tenantId, ticketId: 'T-1' }), note, new AbortController().signal);
    };
    expect([await publish('acme'), await publish('globex')]).toEqual(['posted', 'posted']);
  });

  it('is on its own tenant’s ticket, and not on another’s of the same id', async () => {
    const desk = createLocalDesk(service.redis.client);
    const { signal } = new AbortController();
    for (const tenantId of ['acme', 'globex']) {
      const about = ticketJob({ tenantId, ticketId: 'T-1', subject: `${tenantId}’s` });
      await desk.deskFor(tenantId).addNote(about, { ...note, marker: tenantId, text: tenantId }, 1000, signal);
    }
    for (const [tenantId, other] of [
      ['acme', 'globex'],
      ['globex', 'acme'],
    ] as const) {
      const found = await desk.readTicket(tenantId, 'T-1');
      expect(found).toMatchObject({ subject: `${tenantId}’s`, notes: [{ text: tenantId }] });
      expect(await desk.deskFor(tenantId).hasNote(ticketJob({ tenantId, ticketId: 'T-1' }), other, signal)).toBe(false);
    }
  });

  it.each([
    '/desk/acme/tickets/T-1',
    '/desk/acme/tickets/..%2F..%2Fglobex%2Ftickets%2FT-1',
    '/desk/acme%7D:ticket:T-1%7Bglobex/tickets/T-1',
    '/desk/*/tickets/T-1',
    '/desk/GLOBEX/tickets/T-1',
    '/desk/__proto__/tickets/T-1',
    '/desk/constructor/tickets/toString',
    '/desk/globex/tickets/T-1%0A',
    '/desk/acme/../globex/tickets/%00',
  ])('of globex is not at %s', async (path) => {
    const desk = createLocalDesk(service.redis.client);
    await desk
      .deskFor('globex')
      .addNote(ticketJob({ tenantId: 'globex', ticketId: 'T-1' }), note, 1000, new AbortController().signal);
    const nothing = async (): Promise<never> => Promise.reject(new Error('not asked for'));
    const app = createAdminApp({
      metricsBearerToken: undefined,
      publicHosts: [],
      readiness: nothing,
      status: nothing,
      events: { handle: (_request, response) => void response.end() },
      assets: { version: 'v1', get: () => undefined },
      readTicket: desk.readTicket,
      queuePage: undefined,
      openApi: nothing,
      log: createLogger({ level: 'silent', role: 'primary', slot: 0 }),
    });
    await supertest(app).get('/desk/globex/tickets/T-1').expect(200);
    const { status, text } = await supertest(app).get(path);
    expect(status).toBe(404);
    expect(text).not.toContain('globex');
  });
});
