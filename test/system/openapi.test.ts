import { beforeAll, expect, it } from '@jest/globals';
import { serviceOfFile } from '../support/of-file.js';
import { readOpenApi } from '../support/openapi.js';
import { oneEach, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The metrics port's answers against the document that it serves itself. */

const tokens = { METRICS_BEARER_TOKEN: 'a-token', ADMIN_TOKEN: 'another-token' };
const service = serviceOfFile(() => ({ env: { ...oneEach, ...tokens } }));
let api: ReturnType<typeof readOpenApi>;
beforeAll(async () => {
  api = readOpenApi(await (await fetch(`${service.metrics}/openapi.json`)).json());
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${service.metrics}${path}`, { headers });
const token = { authorization: 'Bearer a-token' };
const adminToken = { authorization: 'Bearer another-token' };

it.each<[number, string, Record<string, string>]>([
  [200, '/metrics', token],
  [200, '/metrics', { ...token, accept: 'application/openmetrics-text;version=1.0.0' }],
  [401, '/metrics', {}],
  [200, '/healthz', {}],
  [200, '/readyz', {}],
  [200, '/openapi.json', {}],
  [200, '/', token],
  [401, '/', {}],
  [200, '/queues', adminToken],
  [401, '/queues', token],
  [200, '/status', token],
  [401, '/status', {}],
])('%i of %s is as documented', async (status, path, headers) => {
  const answer = await get(path, headers);
  expect(answer.status).toBe(status);
  expect(await api.objections('get', path, answer)).toEqual([]);
});

it('the stream of the status is as documented', async () => {
  const answer = await get('/status/events', token);
  expect(await api.objections('get', '/status/events', answer)).toEqual([]);
  const { value } = (await answer.body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toContain('retry: 2000');
});

it('a ticket of the local desk is as documented, there or not', async () => {
  await postTicket(service.webhooks, { ticket_id: 'TKT-1' });
  await until('it has a note', async () => (await get('/desk/acme/tickets/TKT-1', token)).ok);
  for (const [status, id] of [
    [200, 'TKT-1'],
    [404, 'TKT-2'],
  ] as const) {
    const answer = await get(`/desk/acme/tickets/${id}`, token);
    expect(answer.status).toBe(status);
    expect(await api.objections('get', '/desk/{tenant}/tickets/{id}', answer)).toEqual([]);
  }
});
