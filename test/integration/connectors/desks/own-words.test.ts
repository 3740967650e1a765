import { beforeEach, describe, expect, it } from '@jest/globals';
import { deskKind, type DeskTools } from '../../../../src/connectors/desks/index.js';
import type { Desk, NoteToPost } from '../../../../src/enhancement/index.js';
import type { DeskFault, DeskServer } from '../../../support/desk-server.js';
import { desksUnderTest } from '../../../support/desks/index.js';
import { serviceDeskPlusProtocol } from '../../../support/desks/servicedesk-plus.js';
import { openDesk } from '../../../support/of-test.js';
import { readable, ticketJob } from '../../../support/worker.js';

/** Codes and headers by which a desk says more than its HTTP status does, as users of its API have reported them. */

type Type = 'zendesk' | 'jira' | 'zammad' | 'servicedesk-plus';

const ticket = ticketJob({ ticketId: '42' });
const marker = `ticket-enhancer#d${'0'.repeat(40)}`;
const note: NoteToPost = {
  mode: 'extractive',
  html: marker,
  text: marker,
  wiki: marker,
  citations: [],
  marker,
  correlationId: 'c',
};
const signal = new AbortController().signal;

const answer = (status: number, body: object | string, headers: Record<string, string> = {}): DeskFault => ({
  kind: 'garbage',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const refused = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' };
const noIssue = { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} };
const sdp = (code: number, status: number): DeskFault =>
  answer(status, {
    response_status: {
      status_code: 4000,
      status: 'failed',
      messages: [{ status_code: code, type: 'failed', message: 'x' }],
    },
  });

let server: DeskServer;
let desk: Desk;
async function start(type: Type): Promise<void> {
  const under = type === 'servicedesk-plus' ? undefined : desksUnderTest[type];
  const { protocol = serviceDeskPlusProtocol({}), credential = 'desk-secret' } = under ?? {};
  server = await openDesk({ protocol, credential });
  const entry = { base_url: server.baseUrl, credential: 'env:T', allow_private_network: true };
  desk = deskKind(type)
    .open(entry, { renewable: () => readable(credential) })
    .connect({ tenantId: 'acme' } as DeskTools);
}

describe.each<[Type, string, DeskFault, string]>([
  ['jira', 'an expired token, as "no such issue"', answer(404, noIssue, refused), 'DESK_UNAUTHORIZED'],
  [
    'jira',
    'an expired token, on Data Center',
    answer(404, noIssue, { 'x-ausername': 'anonymous' }),
    'DESK_UNAUTHORIZED',
  ],
  [
    'jira',
    'a CAPTCHA that a person has to answer',
    answer(403, '<html>', {
      'x-seraph-loginreason': 'AUTHENTICATION_DENIED',
      'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE; login-url=https://jira.example/login.jsp',
    }),
    'DESK_UNAUTHORIZED',
  ],
  ['jira', 'an issue that was deleted', answer(404, noIssue, { 'x-seraph-loginreason': 'OK' }), 'DESK_REJECTED'],
  [
    'jira',
    'a site of Cloud that is away',
    answer(404, { errorMessage: 'Site temporarily unavailable', errorCode: 'OTHER' }),
    'DESK_ANSWER_INVALID',
  ],
  [
    'jira',
    'a Jira without Service Management',
    answer(404, { message: 'null for uri: …', 'status-code': 404 }),
    'DESK_ANSWER_INVALID',
  ],
  ['zammad', 'a ticket that was deleted', answer(404, { error: "Couldn't find Ticket with 'id'=42" }), 'DESK_REJECTED'],
  [
    'zammad',
    'an address that it does not have',
    answer(404, { error: 'No route matches [GET] /x/api' }),
    'DESK_ANSWER_INVALID',
  ],
  [
    'zammad',
    'a right that is missing on this ticket, as 401',
    answer(401, { error: 'Not authorized' }),
    'DESK_FORBIDDEN',
  ],
  ['zammad', 'a wrong token', answer(401, { error: 'Invalid BasicAuth credentials' }), 'DESK_UNAUTHORIZED'],
  ['jira', 'a limit, whoever asks', answer(429, noIssue, refused), 'DESK_RATE_LIMITED'],
  [
    'zendesk',
    'a ticket that was deleted',
    answer(404, { error: 'RecordNotFound', description: 'Not found' }),
    'DESK_REJECTED',
  ],
  [
    'zendesk',
    'an account that is gone',
    answer(404, { error: { title: 'No help desk at x.zendesk.com', message: 'There is none' } }),
    'DESK_ANSWER_INVALID',
  ],
  [
    'zendesk',
    'an address that is none of the API',
    answer(404, { error: 'InvalidEndpoint', description: 'Not found' }),
    'DESK_ANSWER_INVALID',
  ],
  ['servicedesk-plus', 'a forbidden operation as 200', sdp(4002, 200), 'DESK_FORBIDDEN'],
  ['servicedesk-plus', 'an internal error as 200', sdp(4004, 200), 'DESK_UNAVAILABLE'],
  ['servicedesk-plus', 'an internal error as 400', sdp(4004, 400), 'DESK_UNAVAILABLE'],
  ['servicedesk-plus', 'a limit as 200', sdp(4015, 200), 'DESK_RATE_LIMITED'],
  ['servicedesk-plus', 'an invalid key as 400', sdp(4022, 400), 'DESK_UNAUTHORIZED'],
  ['servicedesk-plus', 'a license that has ended', sdp(7001, 400), 'DESK_FORBIDDEN'],
  ['servicedesk-plus', 'a request that does not exist', sdp(4007, 404), 'DESK_REJECTED'],
])('%s says %s', (type, _what, fault, code) => {
  beforeEach(() => start(type));

  it('when a note is looked for and when it is written', async () => {
    server.failNext([fault], 'GET');
    await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ code });
    server.failNext([fault]);
    expect(await desk.addNote(ticket, note, performance.now() + 2000, signal)).toMatchObject({ error: { code } });
    expect(server.notes('42')).toEqual([]);
  });
});

describe('Jira that refuses a field', () => {
  beforeEach(() => start('jira'));

  it('is quoted with what is wrong with it', async () => {
    const why = 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.';
    server.failNext([answer(400, { errorMessages: [], errors: { comment: why } })]);
    const outcome = await desk.addNote(ticket, note, performance.now() + 2000, signal);
    expect(outcome).toMatchObject({ error: { code: 'DESK_REJECTED', message: expect.stringContaining(why) } });
  });
});

describe('Jira with an expired token', () => {
  beforeEach(() => start('jira'));

  it('shows no comments to an anonymous user, which is no proof that there are none', async () => {
    server.failNext([answer(200, { values: [], isLastPage: true }, refused)], 'GET');
    await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ code: 'DESK_UNAUTHORIZED' });
  });

  it('may have taken the comment as that of an anonymous user', async () => {
    server.failNext([answer(201, { id: '1', body: marker }, refused)]);
    const outcome = await desk.addNote(ticket, note, performance.now() + 2000, signal);
    expect(outcome).toMatchObject({ kind: 'unknown', error: { code: 'DESK_UNAUTHORIZED' } });
  });
});

describe('an issue of Jira without a request type', () => {
  const task = ticketJob({ ticketId: 'TASK-7' });
  beforeEach(() => start('jira'));

  it('has its note among the comments of the issue, and no customer sees it', async () => {
    expect(await desk.hasNote(task, marker, signal)).toBe(false);
    expect(await desk.addNote(task, note, performance.now() + 2000, signal)).toEqual({ kind: 'added' });
    expect(server.notes('TASK-7')).toMatchObject([{ description: marker, show_to_requester: false }]);
    for (let i = 0; i < 70; i++) server.addNote('TASK-7', `Comment ${i}`);
    expect(await desk.hasNote(task, marker, signal)).toBe(true);
    expect(await desk.hasNote(task, 'another', signal)).toBe(false);
  });

  it('takes its note in one request when it was looked at before', async () => {
    await desk.hasNote(task, marker, signal);
    server.requests.length = 0;
    await desk.addNote(task, note, performance.now() + 2000, signal);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /rest/api/2/issue/TASK-7/comment',
    ]);
  });

  it('that was deleted ends the job', async () => {
    server.setTickets([]);
    server.failNext(
      [answer(404, { errorMessage: "Either you don't have access to this request type, or it doesn't exist." })],
      'GET',
    );
    await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ code: 'DESK_REJECTED' });
  });
});

describe('what a server in front of a desk says is told', () => {
  beforeEach(() => start('zendesk'));
  const page = '<html><head><title>Down for maintenance</title></head><body><h1>Back at 6 pm</h1></body></html>';

  it.each<[string, DeskFault, string]>([
    ['a maintenance page', answer(503, page), 'failed (HTTP 503, Down for maintenance; Back at 6 pm).'],
    ['a firewall', answer(403, '<title>Request blocked</title>'), 'forbids the request (HTTP 403, Request blocked).'],
    [
      'a plain sentence',
      answer(403, 'XSRF check failed', { 'content-type': 'text/html' }),
      'forbids the request (HTTP 403, XSRF check failed).',
    ],
    ['a page of many words', answer(502, `<h1>${'x '.repeat(5000)}</h1>`), '… ('],
    [
      'a redirect, without what its query holds',
      answer(301, '', { location: 'https://acme.zendesk.com/login?session=secret-1' }),
      'redirects its API to https://acme.zendesk.com/login (HTTP 301).',
    ],
    ['a redirect to nowhere', answer(302, '', { location: 'http://[' }), 'redirects its API (HTTP 302).'],
  ])('%s', async (_what, fault, words) => {
    server.failNext([fault], 'GET');
    const message = expect.stringContaining(words);
    await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ message });
  });

  it('not what a page says that may be a ticket', async () => {
    server.failNext([answer(200, '<title>Kim cannot log in</title>')], 'GET');
    const message = expect.not.stringContaining('Kim');
    await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID', message });
  });
});

it('Zoho says which scope the token lacks', async () => {
  await start('servicedesk-plus');
  server.failNext([answer(401, { error: 'OAUTH_SCOPE_MISMATCH' })], 'GET');
  const message = expect.stringContaining('(HTTP 401, OAUTH_SCOPE_MISMATCH)');
  await expect(desk.hasNote(ticket, marker, signal)).rejects.toMatchObject({ code: 'DESK_UNAUTHORIZED', message });
});

describe('Zendesk', () => {
  beforeEach(() => start('zendesk'));

  it('says why a closed ticket takes no comment', async () => {
    const details = { status: [{ description: 'Status: closed prevents ticket update' }] };
    server.failNext([answer(422, { error: 'RecordInvalid', description: 'Record validation errors', details })]);
    expect(await desk.addNote(ticket, note, performance.now() + 2000, signal)).toMatchObject({
      kind: 'not-added',
      error: { code: 'DESK_REJECTED', message: expect.stringContaining('Status: closed prevents ticket update') },
    });
  });
});
