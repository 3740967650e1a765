import { beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { exampleDesk } from '../../../../examples/example-desk.js';
import type { Credential } from '../../../../src/connectors/desks/desk-kind.js';
import { type DeskKind, deskKind, type DeskTools } from '../../../../src/connectors/desks/index.js';
import type { Desk, NoteOutcome, NoteToPost } from '../../../../src/enhancement/index.js';
import { type AppOver, appOver } from '../../../support/app-over.js';
import type { DeskFault } from '../../../support/desk-server.js';
import { exampleUnderTest } from '../../../support/desks/example.js';
import { desksUnderTest } from '../../../support/desks/index.js';
import { type DeskUnderTest, type SentWebhook, webhookOf } from '../../../support/desks/protocol.js';
import { deskOfTest } from '../../../support/of-test.js';
import { readable, tenant, tenantsOf, ticketJob } from '../../../support/worker.js';

/** What every desk over HTTP does alike, each over a server that speaks its documented protocol. */

const all: [string, DeskUnderTest, DeskKind][] = [
  ...Object.entries(desksUnderTest).map(([name, desk]): [string, DeskUnderTest, DeskKind] => [
    name,
    desk,
    deskKind(desk.type),
  ]),
  ['the example of docs/add-a-desk.md', exampleUnderTest, exampleDesk],
];

const ticket = ticketJob({ ticketId: '42' });
const marker = `ticket-enhancer#d${'0'.repeat(40)}`;
const note: NoteToPost = {
  mode: 'extractive',
  html: `<p>5 &lt; 6 &amp; &quot;so on&quot;</p>\n<ul><li>Ein Ümlaut 🎫</li></ul>\n<p>Ref ${marker}</p>`,
  text: `5 < 6 & "so on"\n- Ein Ümlaut 🎫\nRef ${marker}`,
  wiki: `5 < 6 & "so on"\n* Ein Ümlaut 🎫\nRef ${marker}`,
  citations: [],
  marker,
  correlationId: 'c',
};

describe.each(all)('a note on %s', (_name, under, kind) => {
  const server = deskOfTest({ protocol: under.protocol, credential: under.credential });
  let desk: Desk;
  beforeEach(() => {
    desk = open(server.baseUrl).connect(tools);
  });

  const tools = { tenantId: 'acme' } as DeskTools;
  const open = (baseUrl: string, credential: () => Credential = readable(under.credential)) =>
    kind.open({ base_url: baseUrl, credential: 'env:T', allow_private_network: true }, { renewable: () => credential });
  const post = (on: Desk = desk): Promise<NoteOutcome> =>
    on.addNote(ticket, note, performance.now() + 2000, new AbortController().signal);
  const look = (): Promise<boolean> => desk.hasNote(ticket, note.marker, new AbortController().signal);

  it('is posted once, never visible to the requester, and found again', async () => {
    expect(await look()).toBe(false);
    expect(await post()).toEqual({ kind: 'added' });
    const [first, ...others] = server.notes('42');
    expect(others).toEqual([]);
    expect(first).toMatchObject({ show_to_requester: false });
    const markup: Readonly<Record<string, string>> = { jira: note.wiki, example: note.text };
    expect(first?.description).toBe(markup[under.type] ?? note.html);
    expect(await look()).toBe(true);
  });

  it('is found behind and before many others, and nobody else’s is taken for it', async () => {
    for (let i = 0; i < 105; i++) server.addNote('42', `before ${i}`);
    expect(await look()).toBe(false);
    server.addNote('42', `<p>… ${note.marker}</p>`);
    expect(await look()).toBe(true);
    for (let i = 0; i < 105; i++) server.addNote('42', `after ${i}`);
    expect(await look()).toBe(true);
    for (const { path } of server.requests) expect(path).not.toContain('elsewhere');
  });

  const outcome = (code: string, kind: NoteOutcome['kind'], rest: object = {}) => ({ kind, error: { code, ...rest } });
  it.each<[DeskFault, object]>([
    [{ kind: 'error', status: 401 }, outcome('DESK_UNAUTHORIZED', 'not-added')],
    [{ kind: 'error', status: 403 }, outcome('DESK_FORBIDDEN', 'not-added')],
    [{ kind: 'error', status: 404 }, outcome('DESK_REJECTED', 'not-added', { failureClass: 'terminal' })],
    [{ kind: 'error', status: 422 }, outcome('DESK_REJECTED', 'not-added', { failureClass: 'terminal' })],
    [{ kind: 'error', status: 405 }, outcome('DESK_REFUSED', 'not-added', { failureClass: 'retryable' })],
    [{ kind: 'error', status: 409 }, outcome('DESK_CONFLICT', 'not-added')],
    [{ kind: 'error', status: 500 }, outcome('DESK_UNAVAILABLE', 'not-added')],
    [{ kind: 'error', status: 503 }, outcome('DESK_UNAVAILABLE', 'not-added')],
    [
      { kind: 'rate-limited', retryAfterSeconds: 7 },
      outcome('DESK_RATE_LIMITED', 'not-added', { retryAfterMs: 7000, deferralReason: 'desk_throttled' }),
    ],
    [{ kind: 'rate-limited' }, outcome('DESK_RATE_LIMITED', 'not-added')],
    [{ kind: 'html', status: 200 }, outcome('DESK_ANSWER_INVALID', 'unknown')],
    [{ kind: 'html', status: 404 }, outcome('DESK_ANSWER_INVALID', 'unknown')],
    [{ kind: 'html', status: 502 }, outcome('DESK_UNAVAILABLE', 'unknown')],
    [{ kind: 'garbage', body: 'null' }, outcome('DESK_ANSWER_INVALID', 'unknown')],
    [{ kind: 'garbage', body: '' }, outcome('DESK_ANSWER_INVALID', 'unknown')],
    [{ kind: 'compressed' }, { kind: 'added' }],
    [{ kind: 'answer-lost' }, outcome('DESK_UNAVAILABLE', 'unknown')],
  ])('is, after the answer %j, as the page of failures says', async (fault, expected) => {
    server.failNext([fault]);
    expect(await post()).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
    expect(server.notes('42')).toHaveLength(fault.kind === 'answer-lost' || fault.kind === 'compressed' ? 1 : 0);
  });

  it('is refused for good where there is no such ticket, and not where another server says so', async () => {
    server.setTickets(['1']);
    expect(await post()).toMatchObject({ kind: 'not-added', error: { failureClass: 'terminal' } });
    await expect(look()).rejects.toMatchObject({ code: 'DESK_REJECTED' });
    server.failNext([{ kind: 'html', status: 404 }], 'GET');
    await expect(look()).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID' });
  });

  it('is posted with the credential that its reference holds at that moment, which no message shows', async () => {
    let credential = 'wrong-secret';
    const renewed = open(server.baseUrl, () => ({ ok: true, value: credential })).connect(tools);
    const refused = await post(renewed);
    expect(refused).toMatchObject({ kind: 'not-added', error: { deferralReason: 'credential_refused' } });
    expect(JSON.stringify(refused)).not.toContain('wrong-secret');
    credential = under.credential;
    expect(await post(renewed)).toEqual({ kind: 'added' });
    const away = open(server.baseUrl, () => ({ ok: false, problem: 'the file /run/t is empty' })).connect(tools);
    expect(await post(away)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_CREDENTIAL_UNREADABLE' } });
  });

  it('is not looked for in an answer of another form', async () => {
    server.failNext([{ kind: 'garbage', body: '{"comments":7,"values":7,"conversations":7,"remarks":7}' }], 'GET');
    await expect(look()).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID' });
  });

  it('is preceded by a check that names the server, or says what is wrong', async () => {
    const probe = { proxyFor: () => undefined, timeoutMs: 5000 };
    const { signal } = new AbortController();
    const { host } = new URL(server.baseUrl);
    expect(await open(server.baseUrl).probe(probe, signal)).toBe(`${host} answers and takes the credential`);
    expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
    await expect(open(server.baseUrl, readable('wrong')).probe(probe, signal)).rejects.toThrow(
      /refuses the credential/,
    );
    server.failNext([{ kind: 'html', status: 200 }], 'GET');
    await expect(open(server.baseUrl).probe(probe, signal)).rejects.toThrow(/no API answer/);
  });
});

describe.each(all)('a webhook of %s', (_name, under, kind) => {
  const secret = 'webhook-secret';
  let api: AppOver;
  beforeEach(() => {
    if (kind.webhook === undefined) throw new Error('it has one');
    const { webhook } = kind;
    const entry = { base_url: 'https://desk.example', credential: 'env:T' };
    const acme = tenant('acme', {
      desk: kind.open(entry, { renewable: () => readable('t') }),
      webhook: { deskSignature: webhook.signatures.map((one) => ({ signature: one, secrets: [Buffer.from(secret)] })) },
    });
    api = appOver({ desks: [{ ...kind, webhook }], tenants: tenantsOf(acme) });
  });

  const send = ({ headers, body }: SentWebhook) =>
    request(api.app).post(`/webhook/${under.type}/acme`).set(headers).send(body);
  const sent = { id: '77', subject: 'VPN drops', description: 'Every hour.' };

  it('makes one job of a new ticket, and none of its repetition', async () => {
    const webhook = webhookOf(under, under.created(sent), secret);
    const { status, body } = await send(webhook);
    expect([status, body]).toMatchObject([202, { status: 'accepted', duplicate: false }]);
    const again = await send(webhook);
    expect(again.body).toEqual({ ...body, duplicate: true });
    const [job, ...others] = api.jobs.values();
    expect(others).toEqual([]);
    expect(job).toMatchObject({ tenantId: 'acme', ticketId: '77', subject: 'VPN drops' });
    expect(job?.description).toContain('Every hour.');
    expect(Date.parse(job?.createdAt ?? '')).toBeGreaterThan(0);
  });

  it('feeds the history with a resolved ticket', async () => {
    const solved = under.resolved({ ...sent, resolution: 'Set the rekey time.' });
    expect((await send(webhookOf(under, solved, secret))).status).toBe(202);
    expect(api.resolved).toMatchObject([{ ticketId: '77', subject: 'VPN drops', resolution: 'Set the rekey time.' }]);
    expect(Date.parse(api.resolved[0]?.resolvedAt ?? '')).toBeGreaterThan(0);
    expect(api.jobs.size).toBe(0);
  });

  it('is refused with another secret, and with another body', async () => {
    expect((await send(webhookOf(under, under.created(sent), 'another'))).status).toBe(401);
    const { body, headers } = webhookOf(under, under.created(sent), secret);
    // A token proves nothing of the body.
    if (!('x-desk-token' in headers)) expect((await send({ headers, body: `${body} ` })).status).toBe(401);
    expect(api.jobs.size).toBe(0);
  });

  it.each(['{}', '{"ticket":null,"issue":7,"detail":[],"item":[]}', '{"event":null,"ticket":{},"action":"opened"}'])(
    'of a form that is not documented is told what is missing, or ignored: %s',
    async (body) => {
      const { status } = await send({ body, headers: under.sign(body, secret) });
      expect([202, 422]).toContain(status);
      expect(api.jobs.size).toBe(0);
    },
  );
});
