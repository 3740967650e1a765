import { beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import supertest from 'supertest';
import { apiOfFile } from '../../support/of-file.js';
import { until } from '../../support/service.js';
import { serviceDeskSignature, standardWebhook, ticket } from '../../support/webhooks.js';

const own = apiOfFile();

beforeEach(async () => {
  await own.redis.client.flushall();
  own.api.events.length = 0;
  own.api.logs.length = 0;
});

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const correlationId = '0f8fad5b-d9cb-469f-a165-70867728950e';

function send(body: string | Buffer, headers: Record<string, string> = {}, path = '/webhook/servicedesk') {
  const raw = typeof body === 'string' ? body : body.toString('latin1');
  return supertest(own.api.url)
    .post(path)
    .set({ 'content-type': 'application/json', ...headers })
    .serialize((text: unknown) => String(text))
    .send(raw);
}

function sendSigned(fields: object, headers: Record<string, string> = {}, path?: string) {
  const body = JSON.stringify(fields);
  const tenant = 'tenant_id' in fields ? String(fields.tenant_id) : 'acme';
  return send(body, { ...serviceDeskSignature(body, `demo-secret-${tenant}`), ...headers }, path);
}

async function jobs(): Promise<string[]> {
  return (await own.redis.client.keys('enhancement:queue:d*')).filter((key) => !key.endsWith(':lock'));
}

describe('an accepted webhook', () => {
  it('is durably in Redis, counted and committed before its 202', async () => {
    const fields = ticket({ subject: undefined, extra: 'ignored' });
    const answer = await sendSigned(fields).expect(202);
    expect(answer.body).toEqual({
      status: 'accepted',
      job_id: expect.stringMatching(/^d[0-9a-f]{40}$/),
      correlation_id: expect.stringMatching(uuidV4),
      duplicate: false,
    });
    expect(answer.headers).toMatchObject({
      'x-correlation-id': answer.body.correlation_id,
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(own.api.events).toEqual(['queued acme', 'committed', 'POST /webhook/servicedesk 202']);
    const [key] = await jobs();
    expect(key).toBe(`enhancement:queue:${answer.body.job_id}`);
    const data: unknown = JSON.parse((await own.redis.client.hget(key ?? '', 'data')) ?? '{}');
    expect(data).toMatchObject({
      version: 1,
      tenantId: 'acme',
      ticketId: fields['ticket_id'],
      subject: '',
      correlationId: answer.body.correlation_id,
      instance: 'test',
    });
    expect(JSON.stringify(data)).not.toContain('secret');
  });

  it.each([
    ['Standard Webhooks', (body: string) => standardWebhook(body)],
    ['X-ServiceDesk-Signature', (body: string) => serviceDeskSignature(body)],
    ['a static token', () => ({ 'x-desk-token': 'demo-secret-acme' })],
  ])('may be signed by %s, and is one job however often it is delivered', async (_scheme, sign) => {
    const body = JSON.stringify(ticket());
    const headers = sign(body);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(body, headers).expect(202)));
    expect(new Set(answers.map(({ body: one }) => one.job_id)).size).toBe(1);
    expect(new Set(answers.map(({ body: one }) => one.correlation_id)).size).toBe(1);
    expect(answers.filter(({ body: one }) => one.duplicate === false)).toHaveLength(1);
    expect(await jobs()).toHaveLength(1);
    expect(own.api.events.filter((event) => event === 'duplicate acme')).toHaveLength(7);
  });

  it('of Standard Webhooks is told apart by its id, whatever its body', async () => {
    const body = JSON.stringify(ticket());
    const first = await send(body, standardWebhook(body, { id: 'one' })).expect(202);
    const second = await send(body, standardWebhook(body, { id: 'two' })).expect(202);
    expect(second.body.job_id).not.toBe(first.body.job_id);
  });

  it.each([
    'meta',
    'active',
    'wait',
    'failed',
    'events',
    'id',
    '0',
    '../x',
    'a:b',
    '\u{1F3AB}'.codePointAt(0)?.toString() ?? '',
  ])('cannot harm the queue by the id %j', async (id) => {
    const body = JSON.stringify(ticket());
    const answer = await send(body, standardWebhook(body, { id })).expect(202);
    expect(answer.body.duplicate).toBe(false);
    expect(await jobs()).toEqual([`enhancement:queue:${answer.body.job_id}`]);
  });

  it.each([
    ['the header’s', { 'x-correlation-id': correlationId }, undefined, correlationId],
    ['the body’s', {}, correlationId, correlationId],
    [
      'the header’s before the body’s',
      { 'x-correlation-id': correlationId },
      '11111111-1111-4111-8111-111111111111',
      correlationId,
    ],
    ['a new one for a bad header', { 'x-correlation-id': 'x' }, undefined, uuidV4],
  ])('has a correlation id: %s', async (_what, headers, inBody, expected) => {
    const { body } = await sendSigned(ticket({ correlation_id: inBody }), headers).expect(202);
    if (typeof expected === 'string') expect(body.correlation_id).toBe(expected);
    else expect(body.correlation_id).toMatch(expected);
  });

  it('is logged once as received and once as queued, a repeat as a duplicate, without its text', async () => {
    const fields = ticket({ description: 'canary text of kim@example.com' });
    await sendSigned(fields).expect(202);
    await sendSigned(fields).expect(202);
    const messages = own.api.logs.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(['received', 'queued', 'received', 'duplicate']);
    expect(own.api.logs.join()).not.toContain('canary');
  });
});

describe('a webhook in a desk’s own form', () => {
  const bom = '\ufeff';

  it.each<[string, (body: string) => Record<string, string>]>([
    ['with the media type text/json', () => ({ 'content-type': 'text/json' })],
    ['with an old media type', () => ({ 'content-type': 'application/x-json' })],
    ['with a media type of its own', () => ({ 'content-type': 'application/vnd.desk.v2+json; charset=UTF-8' })],
    ['with a charset in place of a content coding', () => ({ 'content-encoding': 'utf-8' })],
    ['with a coding that codes nothing', () => ({ 'content-encoding': 'identity' })],
    ['with an empty coding', () => ({ 'content-encoding': '' })],
    ['with a coding of mail', () => ({ 'content-encoding': '8bit' })],
    [
      'with a blank in its signature',
      (body) => ({
        'x-servicedesk-signature': `sha256= ${serviceDeskSignature(body)['x-servicedesk-signature']?.slice('sha256='.length)}`,
      }),
    ],
    [
      'signed under the names of Svix',
      (body) => ({
        'x-servicedesk-signature': '',
        ...Object.fromEntries(
          Object.entries(standardWebhook(body)).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]),
        ),
      }),
    ],
  ])('is accepted %s', async (_what, headers) => {
    const body = JSON.stringify(ticket());
    await send(body, { ...serviceDeskSignature(body), ...headers(body) }).expect(202);
  });

  it('is accepted behind a byte order mark, which is signed with it', async () => {
    const body = Buffer.from(bom + JSON.stringify(ticket()));
    const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body) };
    const answer = await fetch(`${own.api.url}/webhook/servicedesk`, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
  });

  it('is accepted in chunks, from a client that waits until it may send them', async () => {
    const body = `${JSON.stringify(ticket())}\r\n`;
    const headers = { 'content-type': 'application/json', expect: '100-continue', ...serviceDeskSignature(body) };
    const request = httpRequest(`${own.api.url}/webhook/servicedesk`, { method: 'POST', headers });
    request.flushHeaders();
    await once(request, 'continue');
    for (const chunk of body.match(/[^]{1,40}/g) ?? []) request.write(chunk);
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(202);
  });

  it.each(['gzip', 'br', 'deflate', 'utf-8, gzip', 'GZIP'])('is refused when it is compressed: %s', async (coding) => {
    const body = JSON.stringify(ticket());
    await send(body, { ...serviceDeskSignature(body), 'content-encoding': coding }).expect(415);
  });

  it('becomes a job of plain text, and says once in the log what was mended, without its text', async () => {
    const fields = ticket({
      ticket_id: 1001,
      description: `<style>p { margin: 0 }</style><p>It prints &lt;canary&gt;.</p><p>${'long '.repeat(3000)}</p>`,
      priority: 'Urgent',
      created_at: 'Nov 23, 2026 10:00 AM',
    });
    const { body } = await sendSigned(fields).expect(202);
    await sendSigned(fields).expect(202);
    const job: unknown = JSON.parse((await own.redis.client.hget(`enhancement:queue:${body.job_id}`, 'data')) ?? '{}');
    expect(job).toMatchObject({
      ticketId: '1001',
      description: expect.stringMatching(/^It prints <canary>\.\n\nlong long [^<>{}]*$/),
      priority: 'critical',
      createdAt: '2026-11-23T10:00:00.000Z',
    });
    expect(own.api.logs.map((line) => JSON.parse(line) as object).filter((line) => 'mended' in line)).toMatchObject([
      {
        msg: 'queued',
        mended: [
          'description: HTML was made into text, the first 10000 characters are used',
          'priority: is read as critical',
          'created_at: is read as 2026-11-23T10:00:00.000Z',
        ],
      },
    ]);
    expect(own.api.logs.join()).not.toContain('canary');
  });

  it('is read though its template did not escape a text, which the log says', async () => {
    const body = JSON.stringify(ticket()).replace(/"subject":"[^"]*"/, '"subject":"The "VPN" drops"');
    const { body: accepted } = await send(body, serviceDeskSignature(body)).expect(202);
    const job: unknown = JSON.parse(
      (await own.redis.client.hget(`enhancement:queue:${accepted.job_id}`, 'data')) ?? '{}',
    );
    expect(job).toMatchObject({ subject: 'The "VPN" drops', desk: 'local' });
    expect(own.api.logs.join('')).toContain('"mended":["body: has texts that its template did not escape"');
  });

  it('names its priorities as its tenant says', async () => {
    const { body } = await sendSigned(ticket({ tenant_id: 'busy', priority: 'Gold' })).expect(202);
    const job: unknown = JSON.parse((await own.redis.client.hget(`enhancement:queue:${body.job_id}`, 'data')) ?? '{}');
    expect(job).toMatchObject({ priority: 'critical' });
  });

  it('may name its tenant by a number', async () => {
    await sendSigned(ticket({ tenant_id: 42 })).expect(202);
  });
});

describe('a refused webhook', () => {
  const deep = (levels: number) => `{"tenant_id":"acme","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const exactly = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
  const wronglySigned = { 'x-servicedesk-signature': `sha256=${'0'.repeat(64)}` };
  const problem = (status: number) => ({ status, correlation_id: expect.stringMatching(uuidV4) });

  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['malformed JSON', '{"tenant_id":', {}, 400, 'unknown malformed_json'],
    ['nothing', '', {}, 400, 'unknown malformed_json'],
    ['no object', '[]', {}, 400, 'unknown malformed_json'],
    ['a number', '1', {}, 400, 'unknown malformed_json'],
    ['nesting deeper than 64', deep(64), {}, 400, 'unknown malformed_json'],
    ['nesting deep enough for a stack', deep(100_000), {}, 400, 'unknown malformed_json'],
    ['not JSON', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unknown unsupported_media_type'],
    ['compressed', '{}', { 'content-encoding': 'gzip' }, 415, 'unknown unsupported_media_type'],
    ['more than 1 MiB', `"${'a'.repeat(1024 * 1024)}"`, {}, 413, 'unknown too_large'],
    ['of 64 levels, which is not too deep', deep(63), {}, 401, 'acme unauthorized'],
    ['of 1 MiB, which is not too large', exactly(1024 * 1024), {}, 401, 'unknown unauthorized'],
    ['of a byte more', exactly(1024 * 1024 + 1), {}, 413, 'unknown too_large'],
    ['wrongly signed', '{"tenant_id":"acme"}', {}, 401, 'acme unauthorized'],
    ['of no tenant', '{}', {}, 401, 'unknown unauthorized'],
    ['of an odd tenant', '{"tenant_id":{"$gt":""}}', {}, 401, 'unknown unauthorized'],
    ['of __proto__', '{"tenant_id":"__proto__"}', {}, 401, 'unknown unauthorized'],
    [
      'of an unknown tenant',
      '{"tenant_id":"nobody"}',
      serviceDeskSignature('{"tenant_id":"nobody"}', 'x'),
      401,
      'unknown unauthorized',
    ],
    [
      'another tenant’s',
      '{"tenant_id":"acme"}',
      serviceDeskSignature('{"tenant_id":"acme"}', 'demo-secret-globex'),
      401,
      'acme unauthorized',
    ],
  ])('%s', async (_what, body, headers, status, recorded) => {
    const answer = await send(body, { ...wronglySigned, ...headers }).expect(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toMatchObject(problem(status));
    // An answer to a body that was not read is complete before its connection is, which is when it is measured.
    const events = own.api.events.filter((event) => !event.startsWith('POST '));
    expect(events).toEqual([`rejected ${recorded}`, 'committed']);
    expect(await jobs()).toEqual([]);
  });

  it('says the same for an unknown tenant, a wrong signature and none', async () => {
    const ask = async (tenant_id: string, headers: Record<string, string> = wronglySigned) => {
      const all = { 'x-correlation-id': correlationId, ...headers };
      const { text } = await send(JSON.stringify(ticket({ tenant_id })), all).expect(401);
      return text;
    };
    expect(await ask('acme')).toBe(await ask('nobody'));
    expect(await ask('asleep')).toBe(await ask('nobody'));
    expect(await ask('acme', {})).toBe(await ask('nobody'));
  });

  it('is told that its tenant is inactive only when the signature is right', async () => {
    const answer = await sendSigned(ticket({ tenant_id: 'asleep', correlation_id: correlationId })).expect(403);
    expect(answer.headers['x-correlation-id']).toBe(correlationId);
    expect(own.api.events[0]).toBe('rejected asleep tenant_inactive');
  });

  it('has every wrong field named, after the signature', async () => {
    const wrong = {
      ...ticket(),
      ticket_id: 'has space',
      subject: null,
      description: '',
    };
    const answer = await sendSigned(wrong).expect(422);
    expect(JSON.parse(answer.text)).toMatchObject({
      errors: [
        { field: 'ticket_id', message: 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -' },
        { field: 'description', message: 'has no text, and neither has subject; one of them must have some' },
      ],
    });
    await send(JSON.stringify(wrong), wronglySigned).expect(401);
    const missing = await sendSigned({ tenant_id: 'acme', subject: 5, description: null }).expect(422);
    expect(JSON.parse(missing.text)).toMatchObject({
      errors: [{ field: 'ticket_id', message: 'is missing' }],
    });
  });

  it.each([
    ['ticket_id', 'x'.repeat(65)],
    ['ticket_id', 'a:b'],
    ['ticket_id', 'a\nb'],
    ['ticket_id', ''],
    ['ticket_id', 1.5],
  ])('has %s checked', async (field, value) => {
    const answer = await sendSigned(ticket({ [field]: value })).expect(422);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ field }] });
  });

  it('is over its tenant’s limit, and no other tenant’s', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await sendSigned(ticket({ tenant_id: 'slow' }))).status);
    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    const answer = await sendSigned(ticket({ tenant_id: 'slow' })).expect(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await sendSigned(ticket()).expect(202);
  });

  it('is told to come again, soon, while Redis is frozen; and is accepted when it is back', async () => {
    await sendSigned(ticket()).expect(202);
    for (const tenant_id of ['acme', 'globex']) {
      process.kill(own.redis.pid, 'SIGSTOP');
      const start = performance.now();
      const answer = await sendSigned(ticket({ tenant_id })).expect(503);
      const answeredMs = performance.now() - start;
      process.kill(own.redis.pid, 'SIGCONT');
      expect(answeredMs).toBeLessThan(1500);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(own.api.events).toContain(`rejected ${tenant_id} queue_unavailable`);
      // The silent connection was dropped; the next one stands within a second.
      await until('it is accepted', async () => (await sendSigned(ticket({ tenant_id }))).status === 202, 1000);
    }
  });

  it.each(['GET', 'PUT', 'DELETE'])('by %s is told the method', async (method) => {
    const response = await fetch(`${own.api.url}/webhook/servicedesk`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('x-correlation-id')).toMatch(uuidV4);
  });

  it('is logged once as received and once as rejected, with the reason', async () => {
    const headers = { ...wronglySigned, 'x-correlation-id': correlationId };
    await send('{"tenant_id":"acme"}', headers).expect(401);
    expect(own.api.logs.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'received', correlation_id: correlationId, tenant_id: 'acme' },
      { msg: 'rejected', correlation_id: correlationId, tenant_id: 'acme', reason: 'unauthorized' },
    ]);
  });

  const logged = (msg: string): object[] =>
    own.api.logs.map((line) => JSON.parse(line) as { msg: string }).filter((line) => line.msg === msg);

  it('has in the log which header, tenant or clock it was, and the same answer for each', async () => {
    const body = JSON.stringify(ticket());
    const stranger = JSON.stringify(ticket({ tenant_id: 'nobody' }));
    const late = standardWebhook(body, { timestamp: Math.floor(Date.now() / 1000) - 400 });
    const answers: string[] = [];
    for (const [sent, headers] of [
      [body, {}],
      [body, serviceDeskSignature(body, 'wrong')],
      [body, late],
      [body, { ...standardWebhook(body), 'webhook-id': '' }],
      [stranger, serviceDeskSignature(stranger, 'wrong')],
    ] as const) {
      const answer = await send(sent, { ...headers, 'x-correlation-id': correlationId }).expect(401);
      answers.push(answer.text);
    }
    expect(new Set(answers).size).toBe(1);
    await until('each is logged', () => logged('rejected').length === answers.length);
    expect(logged('rejected')).toMatchObject([
      { reason: 'unauthorized', detail: expect.stringContaining('The request carries no signature') },
      { detail: expect.stringContaining('x-servicedesk-signature does not match the secret') },
      { detail: expect.stringMatching(/webhook-timestamp is 40\d s behind the clock of this server/) },
      { detail: 'webhook-id is missing.' },
      { detail: expect.stringContaining('This service has no tenant nobody'), tenant_id: 'unknown' },
    ]);
  });

  it('has in the log which fields were wrong, and in what way', async () => {
    await sendSigned(ticket({ ticket_id: 'has space', subject: null, description: null })).expect(422);
    expect(logged('rejected')).toMatchObject([
      {
        reason: 'invalid_payload',
        fields: [
          'ticket_id must be 1 to 64 of A-Z, a-z, 0-9, _ and -',
          'description has no text, and neither has subject; one of them must have some',
        ],
      },
    ]);
  });

  it('elsewhere gets a 404, under one route label', async () => {
    for (const path of ['/nothing', '/webhook', '/%', '/a/../b']) {
      const response = await fetch(`${own.api.url}${path}`);
      expect([400, 404]).toContain(response.status);
      expect(response.headers.get('x-correlation-id')).toMatch(uuidV4);
    }
    expect(new Set(own.api.events.map((event) => event.split(' ')[1]))).toEqual(new Set(['unmatched']));
  });
});

describe('a resolved ticket', () => {
  const resolved = (fields: object = {}) => ({
    tenant_id: 'acme',
    ticket_id: 'R-1',
    subject: 'VPN',
    description: 'It drops.',
    resolution: 'Raised the session lifetime.',
    resolved_at: '2026-11-20T10:00:00+01:00',
    tags: ['vpn'],
    ...fields,
  });
  const path = '/webhook/servicedesk/resolved-ticket';

  it('becomes history of its tenant, and is not an enhancement request', async () => {
    await sendSigned(resolved(), {}, path).expect(202);
    await sendSigned(resolved({ resolution: 'Really raised it.' }), {}, path).expect(202);
    expect(own.api.events).toEqual([`POST ${path} 202`, `POST ${path} 202`]);
    const stored = await own.redis.client.hgetall('enhancement:history:{acme}:tickets');
    expect(Object.keys(stored)).toEqual(['R-1']);
    expect(stored['R-1']).toContain('Really raised it.');
    expect(await own.redis.client.keys('enhancement:history:{globex}*')).toEqual([]);
  });

  it('without a resolution is accepted, and not stored', async () => {
    await sendSigned(resolved(), {}, path).expect(202);
    await sendSigned(resolved({ resolution: null }), {}, path).expect(202);
    await sendSigned(resolved({ ticket_id: 'R-2', resolution: '' }), {}, path).expect(202);
    const stored = await own.redis.client.hgetall('enhancement:history:{acme}:tickets');
    expect(Object.keys(stored)).toEqual(['R-1']);
    expect(stored['R-1']).toContain('Raised the session lifetime.');
    expect(own.api.logs.filter((line) => line.includes('has no resolution and is not stored'))).toHaveLength(2);
  });

  it('is checked as a new one is', async () => {
    await send(JSON.stringify(resolved()), {}, path).expect(401);
    await sendSigned(resolved({ ticket_id: '' }), {}, path).expect(422);
    expect(own.api.events.filter((event) => event.startsWith('rejected'))).toEqual([]);
  });
});

describe('hostile bytes', () => {
  /** What a raw socket gets back until it is closed, or until a first answer is complete. */
  async function raw(bytes: string): Promise<string> {
    const socket = connect(own.api.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.end(bytes, 'latin1');
    await once(socket, 'close');
    return text;
  }

  const head = 'POST /webhook/servicedesk HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  it.each([
    [
      'content-length with transfer-encoding',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two content-lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`],
    ['a bare line feed', 'GET /health HTTP/1.1\nHost: x\nConnection: close\n\n'],
    ['oversized headers', `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['garbage', '\x00\x01\x02\xff\r\n\r\n'],
    ['a body shorter than it says', `${head}Content-Length: 100\r\n\r\n{}`],
  ])('%s: no 5xx, and the next request is served', async (_what, bytes) => {
    expect(await raw(bytes)).not.toMatch(/^HTTP\/1.1 5/);
    expect((await fetch(`${own.api.url}/health`)).status).toBe(200);
  });

  it('bytes that are no UTF-8 are read as Windows-1252, and no other answer comes of them', async () => {
    const body = Buffer.from('{"tenant_id":"acme","x":"\xff"}', 'latin1');
    const answer = await fetch(`${own.api.url}/webhook/servicedesk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...serviceDeskSignature(body) },
      body,
    });
    expect(answer.status).toBe(422);
  });
});
