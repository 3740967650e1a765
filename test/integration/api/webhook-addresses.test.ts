import { describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { Rejection } from '../../../src/api/rejection.js';
import { type AppOver, appOver } from '../../support/app-over.js';
import { serviceDeskSignature, ticket } from '../../support/webhooks.js';

/** The forms of an address: the usual one is found without Express, the others by its router. */

const usual = '/webhook/servicedesk';
const others = [`${usual}?source=desk`, `${usual}/`, '/Webhook/ServiceDesk', `/${usual}`];

function post({ app }: Pick<AppOver, 'app'>, address: string, signature?: string) {
  const body = JSON.stringify(ticket());
  const headers = signature === undefined ? serviceDeskSignature(body) : { 'x-servicedesk-signature': signature };
  return supertest(app).post(address).set('content-type', 'application/json').set(headers).send(body);
}

describe('a webhook', () => {
  it.each([usual, ...others])('at %s is accepted, with the same headers and under the same route', async (address) => {
    const api = appOver({});
    const { status, headers } = await post(api, address);
    expect(status).toBe(202);
    expect(Object.keys(headers)).toEqual(Object.keys((await post(appOver({}), usual)).headers));
    expect(api.answered).toEqual(['POST /webhook/servicedesk 202']);
    expect(api.events).toEqual(['queued acme']);
  });

  it.each([usual, ...others])('at %s is answered with 500 when a refusal cannot be counted', async (address) => {
    const never = (): void => undefined;
    const rejected = (): never => {
      throw new Error('The metrics are broken.');
    };
    const committed = async (): Promise<void> => undefined;
    const recorder = { queued: never, duplicate: never, citationJudged: never, answered: never, httpAnswered: never };
    const { status, body } = await post(appOver({ recorder: { ...recorder, rejected, committed } }), address, 'wrong');
    expect({ status, body }).toMatchObject({ status: 500, body: { title: 'Internal error' } });
  });
});

it('makes no job of the service’s own note, which a rule on updates sends to the service’s own address', async () => {
  const api = appOver({});
  const body = JSON.stringify(
    ticket({ description: `<p>Likely: the keys expire. ticket-enhancer#d${'0'.repeat(40)}</p>` }),
  );
  const request = supertest(api.app).post(usual).set('content-type', 'application/json');
  const answer = await request.set(serviceDeskSignature(body)).send(body);
  expect([answer.status, answer.body]).toMatchObject([202, { status: 'ignored' }]);
  expect([api.events, api.jobs.size]).toEqual([[], 0]);
});

it.each([
  ['over the tenant’s limit', 'rate_limited', {}, 429],
  ['without Redis', 'queue_unavailable', {}, 503],
  ['without an id', undefined, { ticket_id: '' }, 202],
] as const)('does not count the service’s own note as a request %s', async (_when, reason, fields, status) => {
  const admit = async (): Promise<void> => {
    if (reason !== undefined) throw new Rejection(reason);
  };
  const api = appOver({ admit });
  const description = `<p>Likely: the keys expire. ticket-enhancer#d${'0'.repeat(40)}</p>`;
  const body = JSON.stringify({ ...ticket({ description }), ...fields });
  const request = supertest(api.app).post(usual).set('content-type', 'application/json');
  const answer = await request.set(serviceDeskSignature(body)).send(body);
  expect([answer.status, api.events]).toEqual([status, []]);
});

it.each([
  ['GET', usual, 405, usual],
  ['GET', `${usual}/`, 405, usual],
  ['POST', `${usual}/other`, 404, 'unmatched'],
  ['POST', '/webhook/zendesk/%zz', 400, 'unmatched'],
] as const)('%s %s is answered with %d and measured as %s', async (method, address, status, route) => {
  const { app, answered } = appOver({});
  const answer = await (method === 'GET' ? supertest(app).get(address) : supertest(app).post(address));
  expect(answer.status).toBe(status);
  expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(answered).toEqual([`${method} ${route} ${status}`]);
});
