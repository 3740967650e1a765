import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { z } from 'zod';
import { readTicketCreated } from '../../../src/api/payloads.js';
import { createLogger } from '../../../src/logging/logger.js';
import { openApiDocument } from '../../../src/openapi/openapi-document.js';
import { type AdminDependencies, createAdminApp } from '../../../src/admin/admin-app.js';
import { startApi } from '../../support/api.js';
import { apiOfFile } from '../../support/of-file.js';
import { appOver } from '../../support/app-over.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { readOpenApi } from '../../support/openapi.js';
import { startRedis } from '../../support/redis.js';
import { postTicket, serviceDeskSignature, ticket } from '../../support/webhooks.js';

/** Through JSON, as a client gets it. */
const served: unknown = JSON.parse(
  JSON.stringify(openApiDocument({ version: '1.2.3', httpPort: 8080, metricsPort: 8000 })),
);
const api = readOpenApi(served);

const own = apiOfFile();

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> } | undefined;
  readonly handle?: { readonly stack?: Layer[] | undefined } | undefined;
}

const layerSchema: z.ZodType<Layer> = z.lazy(() =>
  z.looseObject({
    route: z.object({ path: z.string(), methods: z.record(z.string(), z.boolean()) }).optional(),
    handle: z.custom<Layer['handle']>().optional(),
  }),
);

/** `GET /a/{b}` for each route of an app. One for all methods says 405. */
function routesOf(stack: unknown): string[] {
  return z
    .array(layerSchema)
    .parse(stack)
    .flatMap(({ route, handle }) => {
      if (route === undefined) return handle?.stack === undefined ? [] : routesOf(handle.stack);
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      const methods = Object.keys(route.methods);
      return methods.length === 1 ? [`${methods[0]?.toUpperCase()} ${path}`] : [];
    });
}

/** The page's own, under names that change with each version. */
const assets = 'GET /status/assets/{version}/{name}';
/** Somebody else's app under one address, and no route of ours. */
const queuePage = 'GET /queues';
/** Past Express. */
const metrics = 'GET /metrics';

/** Of a service that has no more than this: no route asks for anything before it is called. */
const bare = { publicHosts: [], log: createLogger({ level: 'silent', role: 'primary', slot: 0 }) };
const bareAdminApp = () => createAdminApp(bare as Partial<AdminDependencies> as AdminDependencies);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(z.record(z.string(), z.unknown()).parse(served))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every route of both ports, and no other', () => {
    const routes = [appOver({}).app, bareAdminApp()].flatMap((app) => routesOf(app.router.stack));
    expect(new Set(api.operations)).toEqual(new Set([...routes.filter((one) => one !== assets), queuePage, metrics]));
  });

  it('names no tenant and no secret', () => {
    expect(JSON.stringify(served)).not.toMatch(/acme|globex|demo-secret/i);
  });

  it('takes no body that the webhook refuses', async () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean());
    const fields = {
      event: fc.oneof(fc.constant('ticket_created'), value),
      tenant_id: fc.oneof(fc.stringMatching(/^[a-z0-9_-]{0,40}$/), value),
      ticket_id: fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{0,70}$/), value),
      subject: fc.oneof(fc.string({ maxLength: 600 }), value),
      description: fc.oneof(fc.string({ minLength: 1 }), value),
      priority: fc.oneof(fc.constantFrom('low', 'P1', 'Urgent', 2), value),
      created_at: fc.oneof(fc.constantFrom('2026-11-23T10:00:00Z', '2026-11-23T10:00:00+02:00', '2026-11-23'), value),
      extra: value,
    };
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.record(fields, { requiredKeys: [] }), fc.boolean(), async (some, complete) => {
        const body = z
          .record(z.string(), z.unknown())
          .parse(JSON.parse(JSON.stringify(complete ? { ...ticket(), ...some } : some)));
        const isRefused = await readTicketCreated(body, { priorities: new Map() }, Date.now()).then(
          () => false,
          () => true,
        );
        if (!isRefused) accepted++;
        if (isRefused) expect(api.objectionsToBody('/webhook/servicedesk', body)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
    expect(api.objectionsToBody('/webhook/servicedesk', ticket({ priority: 'Urgent', created_at: null }))).toEqual([]);
  });
});

describe('a real answer is as documented', () => {
  const path = '/webhook/servicedesk';
  const raw = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${own.api.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...serviceDeskSignature(body), ...headers },
      body,
    });

  it.each<[number, () => Promise<Response>]>([
    [202, () => postTicket(own.api.url)],
    [400, () => raw('{"tenant_id":')],
    [401, () => postTicket(own.api.url, { tenant_id: 'nobody' })],
    [403, () => postTicket(own.api.url, { tenant_id: 'asleep' })],
    [413, () => raw(JSON.stringify(ticket({ description: 'x'.repeat(1_100_000) })))],
    [415, () => raw('{}', { 'content-type': 'text/plain' })],
    [422, () => postTicket(own.api.url, { ticket_id: 'a:b', subject: null, description: '' })],
  ])('%i', async (status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(await api.objections('post', path, answer)).toEqual([]);
  });

  it('429', async () => {
    let answer = await postTicket(own.api.url, { tenant_id: 'slow' });
    for (let i = 0; i < 4; i++) answer = await postTicket(own.api.url, { tenant_id: 'slow' });
    expect(answer.status).toBe(429);
    expect(await api.objections('post', path, answer)).toEqual([]);
  });

  it('503', async () => {
    const away = await startRedis();
    const api503 = await startApi(away.url);
    await away.stop();
    const answer = await postTicket(api503.url);
    await api503.close();
    expect(answer.status).toBe(503);
    expect(await api.objections('post', path, answer)).toEqual([]);
  });

  it('of the queue page, where there is none', async () => {
    const admin = await listenOnFreePort(createServer(bareAdminApp()));
    const answer = await fetch(`http://127.0.0.1:${admin.port}/queues`);
    await admin.close();
    expect(answer.status).toBe(404);
    expect(await api.objections('get', '/queues', answer)).toEqual([]);
  });

  it('of a resolved ticket, of health, and of what is not there', async () => {
    const { tenant_id, ticket_id, subject, description } = ticket();
    const resolved = {
      tenant_id,
      ticket_id,
      subject,
      description,
      resolution: 'Done.',
      resolved_at: '2026-11-20T10:00:00Z',
    };
    const body = JSON.stringify(resolved);
    const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body) };
    const resolvedPath = '/webhook/servicedesk/resolved-ticket';
    const stored = await fetch(`${own.api.url}${resolvedPath}`, { method: 'POST', headers, body });
    expect(stored.status).toBe(202);
    expect(await api.objections('post', resolvedPath, stored)).toEqual([]);
    expect(await api.objections('get', '/health', await fetch(`${own.api.url}/health`))).toEqual([]);
    const notAllowed = await fetch(`${own.api.url}${path}`);
    expect(notAllowed.status).toBe(405);
    expect(await api.objections('post', path, notAllowed)).toEqual([]);
  });
});
