import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import request from 'supertest';
import { exampleDesk } from '../../../examples/example-desk.js';
import { deskKind, type DeskWithWebhook } from '../../../src/connectors/desks/index.js';
import type { Tenant } from '../../../src/tenants/index.js';
import { type AppOver, appOver } from '../../support/app-over.js';
import { desksUnderTest } from '../../support/desks/index.js';
import { zendeskHeaders } from '../../support/desks/zendesk.js';
import { serviceDeskSignature, standardWebhook } from '../../support/webhooks.js';
import { readable, tenant, tenantsOf } from '../../support/worker.js';

/** The address of a desk's own webhook, with the desk of docs/add-a-desk.md. */

const { webhook } = exampleDesk;
if (webhook === undefined) throw new Error('it has one');
const desk: DeskWithWebhook = { ...exampleDesk, webhook };
const secrets = [Buffer.from('new-secret'), Buffer.from('old-secret')];
const deskSignature = webhook.signatures.map((signature) => ({ signature, secrets }));

const withDesk = (id: string, overrides: Partial<Tenant> = {}): Tenant =>
  tenant(id, {
    desk: exampleDesk.open(
      { base_url: 'https://desk.example', credential: 'env:T' },
      { renewable: () => readable('t') },
    ),
    webhook: { deskSignature },
    ...overrides,
  });

let api: AppOver;
beforeEach(() => {
  api = appOver({
    desks: [desk],
    tenants: tenantsOf(
      withDesk('acme'),
      withDesk('asleep', { active: false }),
      withDesk('unsigned', { webhook: { standardWebhooks: { secrets } } }),
      tenant('elsewhere', { webhook: { deskSignature, servicedeskSignature: { secrets } } }),
    ),
  });
});

const opened = (fields: object = {}) => ({
  action: 'opened',
  item: { id: 77, title: 'VPN drops', text: 'Every hour.', urgency: 'high', opened: '2026-11-23T10:00:00Z', ...fields },
});

const signed = (body: string, key = 'new-secret') => ({
  'x-example-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
});

function post(body: object, headers?: Record<string, string>, path = '/webhook/example/acme') {
  const text = JSON.stringify(body);
  return request(api.app)
    .post(path)
    .set('content-type', 'application/json')
    .set(headers ?? signed(text))
    .send(text);
}

afterEach(() => expect(api.logs.join('')).not.toMatch(/new-secret|old-secret|sha256=/));

describe('a desk’s own webhook', () => {
  it('makes one job of a new ticket, however often it is delivered', async () => {
    const first = await post(opened());
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({ status: 'accepted', duplicate: false });
    const again = await post(opened(), signed(JSON.stringify(opened()), 'old-secret'));
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    expect([...api.jobs.values()]).toMatchObject([
      { tenantId: 'acme', ticketId: '77', subject: 'VPN drops', description: 'Every hour.', priority: 'high' },
    ]);
    expect(api.events).toEqual(['queued acme', 'duplicate acme']);
    expect(api.answered).toEqual(Array(2).fill('POST /webhook/example/:tenant 202'));
  });

  it('is the same delivery when only what is not used of its body has changed', async () => {
    const first = await post({ ...opened(), sent: 1 });
    expect((await post({ ...opened(), sent: 2 })).body).toEqual({ ...first.body, duplicate: true });
    expect((await post(opened({ text: 'Every minute.' }))).body).toMatchObject({ duplicate: false });
    expect(api.jobs.size).toBe(2);
  });

  it('feeds the history with a resolved ticket, and is not counted as a request then', async () => {
    const item = { title: 'VPN', text: 'Drops.', answer: 'Set the rekey time.', answered: '2026-11-23T10:00:00Z' };
    const { status, body } = await post({ action: 'answered', item: { id: 'A-1', ...item } });
    expect([status, body]).toMatchObject([202, { status: 'accepted' }]);
    expect(api.resolved).toMatchObject([{ ticketId: 'A-1', resolution: 'Set the rekey time.' }]);
    expect(api.events).toEqual([]);
    expect(api.jobs.size).toBe(0);
  });

  it('is answered where there is nothing to do, so that the desk does not send it again', async () => {
    const { status, body } = await post({ action: 'merged', item: { id: 1 } });
    expect([status, body]).toMatchObject([202, { status: 'ignored' }]);
    expect([api.events, api.jobs.size, api.resolved]).toEqual([[], 0, []]);
    expect(api.logs.join('')).toContain('"event":"merged"');
  });

  const note = `Likely cause: the keys expire. ticket-enhancer#d${'0'.repeat(40)}`;
  it.each([
    ['alone', note],
    ['as HTML', `<p><strong>Likely cause</strong></p><p><small>${note}</small></p>`],
    ['below an author', `Bot added a private note:\n\n${note}`],
    [
      'in a desk’s frame',
      `Request 77 was acted upon.\nQueue: General\nOwner: Kim\n\n${note}\n\nView: https://desk.example/77`,
    ],
    ['with a line that begins a signature', `Likely cause: the keys expire.\n\n--\nKim\n${note}`],
    [
      'with the header lines of a mail',
      `Likely cause: the keys expire.\n\nFrom: Kim\nSent: Monday, November 23, 2026 10:00\nTo: Desk\n\n${note}`,
    ],
    ['behind more than is read', `${'x '.repeat(40_000)}${note}`],
    ['with an escaped mark', `<p>Likely cause.</p><p>${note.replace('#', '&#35;')}</p>`],
    ['quoted, and nothing else', `> ${note}`],
    [
      'quoted in a desk’s frame',
      `Dear Anna,\nthe agent wrote on ticket 12:\n> Suggestion: restart\n> ${note}\nYou can view the ticket at https://desk.example/12`,
    ],
    ['quoted below a desk’s frame', `Dear Anna,\nthe agent wrote on ticket 12 at 10:00:\n> ${note}`],
    ['quoted below one word', `Note added\n> ${note}`],
    ['quoted below few words', `It drops again.\n> ${note}`],
    [
      'quoted in a desk’s HTML',
      `<p>Ticket 12 was updated.</p><blockquote type="cite"><p>${note}</p></blockquote><p>View it here</p>`,
    ],
    [
      'quoted at the end of a desk’s HTML',
      `<p>The ticket 12 was updated.</p><blockquote type="cite"><p>${note}</p></blockquote>`,
    ],
    [
      'quoted as in a mail, with a desk’s words below',
      `The ticket 12 was updated.\nOn Mon, Nov 23, 2026, Desk <d@acme.example> wrote:\n> ${note}\nView it here`,
    ],
    [
      'quoted as in a mail, and hidden once more',
      `<p hidden>${note}</p><p>It drops again since Monday.</p><p>On Mon, Nov 23, 2026, Desk &lt;d@acme.example&gt; wrote:</p><blockquote type="cite">${note}</blockquote>`,
    ],
  ])('makes no job of the service’s own note, which a rule on updates sends back: %s', async (_how, text) => {
    const { status, body } = await post(opened({ text }));
    expect([status, body]).toMatchObject([202, { status: 'ignored' }]);
    expect([api.events, api.jobs.size]).toEqual([[], 0]);
  });

  it.each([
    ['in a mail', `It drops again since the restart.\n\nOn Mon, Nov 23, 2026, Desk <d@acme.example> wrote:\n> ${note}`],
    [
      'in HTML',
      `<p>It drops again since Monday.</p><p>On Mon, Nov 23, 2026 at 10:00 Desk &lt;d@acme.example&gt; wrote:</p><blockquote type="cite"><p>Likely</p><p><small>${note}</small></p></blockquote>`,
    ],
    [
      'below an attribution in two lines',
      `It drops again since Monday.\n\nDesk <d@acme.example> schrieb am Mo., 23.\nNov. 2026 um 10:00:\n\n> ${note}`,
    ],
  ])('makes a job of a person’s words above a note that they quote: %s', async (_how, text) => {
    const { body } = await post(opened({ text }));
    expect(body).toMatchObject({ status: 'accepted' });
    expect([...api.jobs.values()].map(({ description }) => description)).toEqual([
      expect.stringMatching(/^It drops again[\w ]*\.$/),
    ]);
  });

  it('names its tenant in the address: a tenant_id in the body changes nothing', async () => {
    await post({ ...opened(), tenant_id: 'elsewhere' });
    expect([...api.jobs.values()]).toMatchObject([{ tenantId: 'acme' }]);
  });

  it('may be proved by any other scheme of the tenant', async () => {
    const text = JSON.stringify(opened());
    const path = '/webhook/example/unsigned';
    expect((await post(opened(), standardWebhook(text, { key: 'old-secret' }), path)).status).toBe(202);
    expect((await post(opened(), serviceDeskSignature(text, 'old-secret'), path)).status).toBe(401);
  });

  it('carries its correlation id to the job', async () => {
    const id = '3f2b8c1e-5d0a-4c1b-9b67-0d8c5f6a7e21';
    const { body } = await post({ ...opened(), correlation_id: id });
    expect(body).toMatchObject({ correlation_id: id });
    expect([...api.jobs.values()]).toMatchObject([{ correlationId: id }]);
  });
});

describe('a desk’s own webhook is refused', () => {
  const text = JSON.stringify(opened());
  const of = (path: string) => `/webhook/example/${path}`;

  it('in the same words without a signature, with a wrong one, for no tenant, and for one with another desk', async () => {
    const answers = [
      await post(opened(), {}),
      await post(opened(), signed(text, 'wrong')),
      await post(opened(), { 'x-example-signature': 'sha256=no-hex' }),
      await post(opened(), signed(text), of('nobody')),
      await post(opened(), signed(text), of('elsewhere')),
      await post(opened(), serviceDeskSignature(text, 'new-secret'), of('elsewhere')),
      await post(opened(), signed(text), of('unsigned')),
      await post(opened(), signed(text), of('%61cme%2F')),
    ].map(({ status, body, headers }) => {
      const { correlation_id, ...rest } = body as Record<string, unknown>;
      const names = Object.keys(headers).filter((name) => name !== 'connection');
      return { status, rest, names, correlated: correlation_id === headers['x-correlation-id'] };
    });
    expect(answers[0]).toMatchObject({ status: 401, correlated: true });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(api.jobs.size).toBe(0);
  });

  it.each([
    ['the secret', 'acme', 'wrong', /x-example-signature does not match either secret .* of desk_signature/],
    ['another desk', 'elsewhere', 'new-secret', /Tenant elsewhere has a local desk, and this address is for example/],
    ['a missing scheme', 'unsigned', 'new-secret', /x-example-signature was sent, but tenant unsigned has no desk_sig/],
    ['the tenant', 'nobody', 'new-secret', /This service has no tenant nobody/],
  ])('and the log says that it was %s', async (_what, id, key, expected) => {
    expect((await post(opened(), signed(text, key), of(id))).status).toBe(401);
    const rejected = api.logs.filter((line) => line.includes('"msg":"rejected"'));
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toMatch(expected);
  });

  it('after its signature with 403 for an inactive tenant and 422 for a ticket without id, and is counted', async () => {
    expect((await post(opened(), signed(text), of('asleep'))).status).toBe(403);
    const { status, body } = await post(opened({ id: undefined }));
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ field: 'ticket_id', message: 'is missing' }] });
    expect(api.events).toEqual(['rejected asleep tenant_inactive', 'rejected acme invalid_payload']);
    const merged = { action: 'merged', item: { id: 1 } };
    expect((await post(merged, undefined, of('asleep'))).status).toBe(403);
  });

  it('as any other for its body, its media type and its method, and where there is no such desk', async () => {
    const plain = request(api.app).post(of('acme')).set('content-type', 'text/plain');
    expect((await plain.set(signed('x')).send('x')).status).toBe(415);
    const broken = request(api.app).post(of('acme')).set('content-type', 'application/json');
    expect((await broken.set(signed('{')).send('{')).status).toBe(400);
    expect((await request(api.app).get(of('acme'))).status).toBe(405);
    expect((await post(opened(), signed(text), '/webhook/another/acme')).status).toBe(404);
    expect((await post(opened(), signed(text), '/webhook/local/acme')).status).toBe(404);
  });
});

/** Repetitions and replays, with the headers that no signature covers. */
describe.each([
  ['zendesk', 'x-zendesk-webhook-invocation-id'],
  ['jira', 'x-atlassian-webhook-identifier'],
  ['zammad', 'x-zammad-delivery'],
] as const)('a delivery of %s', (type, header) => {
  const under = desksUnderTest[type];
  const kind = deskKind(type);
  const secret = 'new-secret';
  beforeEach(() => {
    const desk = kind.open(
      { base_url: 'https://desk.example', credential: 'env:T' },
      { renewable: () => readable('t') },
    );
    const signatures = kind.webhook?.signatures ?? [];
    const webhook = { deskSignature: signatures.map((signature) => ({ signature, secrets })) };
    api = appOver({ tenants: tenantsOf(tenant('acme', { desk, webhook }), tenant('globex', { desk, webhook })) });
  });

  const event = (subject: string) => under.created({ id: '77', subject, description: 'Every hour.' });
  const send = (body: object, id: string, path = 'acme') => {
    const text = JSON.stringify(body);
    return post(body, { ...under.sign(text, secret), [header]: id }, `/webhook/${type}/${path}`);
  };

  it('is the same when the desk repeats it, signed anew and with other words in it', async () => {
    const first = await send(event('VPN'), 'delivery-1');
    const again = await send(event('VPN drops'), 'delivery-1');
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    expect(api.jobs.size).toBe(1);
  });

  it('is the same when a recorded request is sent under another id, or without one', async () => {
    const body = event('VPN');
    const first = await send(body, 'delivery-1');
    expect((await send(body, 'delivery-2')).body).toEqual({ ...first.body, duplicate: true });
    expect((await send(body, '')).body).toEqual({ ...first.body, duplicate: true });
    // And the id that it was sent under is none of another delivery's then.
    expect((await send(event('VPN drops'), 'delivery-2')).body).toMatchObject({ duplicate: true });
  });

  it('is another with another id and another body, and for another tenant', async () => {
    await send(event('VPN'), 'delivery-1');
    expect((await send(event('VPN drops'), 'delivery-2')).body).toMatchObject({ duplicate: false });
    expect((await send(event('VPN'), 'delivery-1', 'globex')).body).toMatchObject({ duplicate: false });
    expect(api.jobs.size).toBe(3);
  });
});

describe('the signature of Zendesk', () => {
  const kind = deskKind('zendesk');
  const text = JSON.stringify(desksUnderTest.zendesk.created({ id: '7', subject: 'VPN', description: 'Drops.' }));
  beforeEach(() => {
    const desk = kind.open(
      { base_url: 'https://desk.example', credential: 'env:T' },
      { renewable: () => readable('t') },
    );
    const webhook = { deskSignature: (kind.webhook?.signatures ?? []).map((signature) => ({ signature, secrets })) };
    api = appOver({ tenants: tenantsOf(tenant('acme', { desk, webhook })) });
  });

  const send = (headers: Record<string, string>) =>
    request(api.app).post('/webhook/zendesk/acme').set(headers).send(text);

  it.each([
    [299, 202],
    [-299, 202],
    [303, 401],
    [-303, 401],
  ])('that is %d s old is answered %d', async (ageSeconds, status) => {
    const headers = zendeskHeaders(text, 'new-secret', Date.now() - ageSeconds * 1000);
    expect((await send(headers)).status).toBe(status);
  });

  it.each(['', '1764410000', 'yesterday', '2026-11-23T10:00:00', '2026-11-23'])(
    'covers its time, which may not be %j',
    async (timestamp) => {
      const hmac = createHmac('sha256', 'new-secret').update(timestamp).update(text).digest('base64');
      const headers = zendeskHeaders(text, 'new-secret');
      const forged = {
        ...headers,
        'x-zendesk-webhook-signature': hmac,
        'x-zendesk-webhook-signature-timestamp': timestamp,
      };
      expect((await send(forged)).status).toBe(401);
      const later = new Date(Date.now() - 60_000).toISOString();
      expect((await send({ ...headers, 'x-zendesk-webhook-signature-timestamp': later })).status).toBe(401);
    },
  );

  it('may have fractions of a second and another zone in its time', async () => {
    const timestamp = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '+01:00');
    const hmac = createHmac('sha256', 'old-secret').update(timestamp).update(text).digest('base64');
    const headers = {
      ...zendeskHeaders(text, 'old-secret'),
      'x-zendesk-webhook-signature': hmac,
      'x-zendesk-webhook-signature-timestamp': timestamp,
    };
    expect((await send(headers)).status).toBe(202);
  });
});
