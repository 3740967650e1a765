import { beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage } from 'node:http';
import { requestTracker } from '../../../../src/connectors/desks/request-tracker/request-tracker.js';
import type { DeskTools } from '../../../../src/connectors/desks/index.js';
import type { NoteToPost } from '../../../../src/enhancement/index.js';
import { listenOnFreePort, readBody } from '../../../support/http-server.js';
import { afterTest } from '../../../support/opened.js';
import { ticketOf } from '../../../support/tickets.js';
import { readable } from '../../../support/worker.js';

/** What a real Request Tracker 5.0.3 answers, as test/desks/request-tracker.test.ts has seen it, and what it rarely answers. */

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

let answer: (path: string, request: IncomingMessage) => Answer;
let requests: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[];
let port: number;

beforeEach(async () => {
  requests = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = request.url ?? '';
      requests.push({ path, authorization: request.headers.authorization, body });
      const { status, body: said } = answer(path, request);
      response.writeHead(status, { 'content-type': 'application/json; charset="utf-8"' });
      response.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  const listening = await listenOnFreePort(server);
  ({ port } = listening);
  afterTest(listening.close);
});

const open = (credential = '1-31-abc', path = '/rt') =>
  requestTracker.open(
    {
      type: 'request-tracker',
      base_url: `http://127.0.0.1:${port}${path}`,
      credential: 'env:T',
      allow_private_network: true,
    },
    { renewable: () => readable(credential) },
  );
const tools: Pick<DeskTools, 'tenantId'> = { tenantId: 'acme' };
const desk = (credential?: string, path?: string) => open(credential, path).connect(tools as DeskTools);

const ticket = ticketOf({ ticketId: '7' });
const marker = 'ticket-enhancer#d1';
const note = { html: `<p>ä</p><blockquote>quoted</blockquote><p>${marker}</p>`, marker } as NoteToPost;
const signal = new AbortController().signal;
const add = () => desk().addNote(ticket, note, performance.now() + 5000, signal);

const attachment = (id: number, fields: object = {}) => ({
  id: String(id),
  ContentType: 'text/html',
  Headers: '',
  ...fields,
});
const base64 = (text: string) => `${Buffer.from(text).toString('base64')}\n`;

describe('a comment on a ticket of Request Tracker', () => {
  it('is added for the staff, with its quotations unfolded, by the user’s token', async () => {
    answer = () => ({ status: 201, body: ['Comments added'] });
    expect(await add()).toEqual({ kind: 'added' });
    expect(requests).toEqual([
      { path: '/rt/REST/2.0/ticket/7/comment', authorization: 'token 1-31-abc', body: expect.any(String) },
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      ContentType: 'text/html',
      Content: `<p>ä</p><div style="margin: 0 0 0 2em">quoted</div><p>${marker}</p>`,
    });
  });

  it('is added by a user whose language makes RT cut off its answer', async () => {
    answer = () => ({ status: 201, body: '[\n   "Komentáře přidány' });
    expect(await add()).toEqual({ kind: 'added' });
  });

  it.each<[string, Answer, string, string]>([
    ['without the right', { status: 400, body: { message: 'Permission Denied' } }, 'not-added', 'DESK_FORBIDDEN'],
    [
      'without the right, in the language of its user',
      { status: 400, body: { message: 'Zugriff verweigert' } },
      'not-added',
      'DESK_FORBIDDEN',
    ],
    ...['Message could not be recorded', 'Message failed for unknown reason'].map(
      (message): [string, Answer, string, string] => [
        `after a fault, "${message}",`,
        { status: 400, body: { message } },
        'not-added',
        'DESK_UNAVAILABLE',
      ],
    ),
    ['with a wrong token', { status: 401, body: { message: 'Unauthorized' } }, 'not-added', 'DESK_UNAUTHORIZED'],
    ['at another server', { status: 404, body: '<h1>Not Found</h1>' }, 'unknown', 'DESK_ANSWER_INVALID'],
    ['at a login page', { status: 200, body: '<form>' }, 'unknown', 'DESK_ANSWER_INVALID'],
    ['while it is broken', { status: 500, body: '' }, 'unknown', 'DESK_UNAVAILABLE'],
  ])('%s is not added, for the right reason', async (_what, said, kind, code) => {
    answer = () => said;
    expect(await add()).toMatchObject({ kind, error: { code } });
  });

  it('is found by its marker, on a later page too, and large mails are not read', async () => {
    const notes = new Map([[4, `<p>${marker} ä</p>`]]);
    const filled = Array.from({ length: 98 }, (_, i) => attachment(100 + i, { ContentType: 'image/png' }));
    const pages = [
      [attachment(999, { Headers: 'X: y\nContent-Length: 9000000' }), attachment(5), ...filled],
      [attachment(4), attachment(3, { ContentType: 'text/plain' })],
    ];
    answer = (path) => {
      const url = new URL(path, 'http://rt');
      const [, id] = /\/attachment\/(\d+)$/.exec(url.pathname) ?? [];
      if (id !== undefined) return { status: 200, body: { id, Content: base64(notes.get(Number(id)) ?? 'x') } };
      const items = pages[Number(url.searchParams.get('page')) - 1] ?? [];
      return { status: 200, body: { items, count: items.length, total: null, pages: null } };
    };
    expect(await desk().hasNote(ticket, marker, signal)).toBe(true);
    expect(requests.map(({ path }) => path.replace(/\?.*/, '').slice('/rt/REST/2.0'.length))).toEqual([
      '/ticket/7/attachments',
      '/attachment/5',
      '/ticket/7/attachments',
      '/attachment/4',
    ]);
    expect(await desk().hasNote(ticket, 'ticket-enhancer#d2', signal)).toBe(false);
  });
});

describe('a ticket without attachments', () => {
  const none = { status: 200, body: { items: [], count: 0, total: null, pages: null } };

  it.each<[string, Answer, string]>([
    ['that does not exist', { status: 404, body: { message: 'Not Found' } }, 'DESK_REJECTED'],
    ['that the user may not see', { status: 403, body: { message: 'Forbidden' } }, 'DESK_FORBIDDEN'],
  ])('%s gets no comment, for the right reason', async (_what, said, code) => {
    answer = (path) => (path.includes('/attachments') ? none : said);
    await expect(desk().hasNote(ticket, marker, signal)).rejects.toMatchObject({ code });
  });

  it('is asked for at the desk itself, also where base_url has two slashes behind the host', async () => {
    const strangers: string[] = [];
    const other = await listenOnFreePort(createServer((request) => void strangers.push(request.url ?? '')));
    afterTest(other.close);
    const path = `//127.0.0.1:${other.port}`;
    answer = (asked) => (asked.includes('/attachments') ? none : { status: 200, body: { id: 7 } });
    expect(await desk(undefined, path).hasNote(ticket, marker, signal)).toBe(false);
    expect(requests.map(({ path: asked }) => asked.replace(/\?.*/, ''))).toEqual([
      `${path}/REST/2.0/ticket/7/attachments`,
      `${path}/REST/2.0/ticket/7`,
    ]);
    expect(strangers).toEqual([]);
  });

  it('may exist', async () => {
    answer = (path) => (path.includes('/attachments') ? none : { status: 200, body: { id: 7, Subject: 'VPN' } });
    expect(await desk().hasNote(ticket, marker, signal)).toBe(false);
  });
});

describe('the probe of Request Tracker', () => {
  it('asks for its version, with a password too, and changes nothing', async () => {
    answer = () => ({ status: 200, body: { Version: '5.0.3' } });
    const { signal: probing } = new AbortController();
    const sentence = await open('rt-user:päss').probe({ proxyFor: () => undefined, timeoutMs: 1000 }, probing);
    expect(sentence).toContain('answers and takes the credential');
    const authorization = `Basic ${Buffer.from('rt-user:päss').toString('base64')}`;
    expect(requests).toEqual([{ path: '/rt/REST/2.0/rt', authorization, body: '' }]);
  });
});

describe('what the scrip of Request Tracker sends', () => {
  it.each([
    [
      { event: 'ticket_created', ticket_id: 7, priority: 'High' },
      { kind: 'created', ticket: { ticket_id: 7, priority: 'High' } },
    ],
    [
      { event: 'ticket_resolved', ticket_id: 7, resolution: 'x' },
      { kind: 'resolved', ticket: { ticket_id: 7, resolution: 'x' } },
    ],
    [{ event: 'ticket_merged' }, { kind: 'ignored', what: 'ticket_merged' }],
    [{ event: 7 }, { kind: 'ignored', what: 'unknown' }],
  ])('%j', (body, event) => {
    expect(requestTracker.webhook?.read(body)).toMatchObject(event);
  });
});
