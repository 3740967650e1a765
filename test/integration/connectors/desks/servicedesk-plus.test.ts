import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Credential } from '../../../../src/connectors/desks/desk-kind.js';
import { createServiceDeskPlus } from '../../../../src/connectors/desks/servicedesk-plus/notes.js';
import { type Desk, EnhancementError, type NoteOutcome, type NoteToPost } from '../../../../src/enhancement/index.js';
import type { DeskFault, DeskServer, DeskServerOptions } from '../../../support/desk-server.js';
import { rowsUnder } from '../../../support/failure-tables.js';
import { listenOnFreePort } from '../../../support/http-server.js';
import { afterTest } from '../../../support/opened.js';
import { openDesk } from '../../../support/of-test.js';
import { until } from '../../../support/service.js';
import { readable, ticketJob } from '../../../support/worker.js';

const ticket = ticketJob({ ticketId: '42' });
const note: NoteToPost = {
  mode: 'extractive',
  html: '<p>5 &lt; 6 &amp; &quot;so on&quot; + 100%</p>',
  text: '5 < 6',
  citations: [],
  wiki: '',
  marker: 'ticket-enhancer#d1',
  correlationId: 'c',
};

let server: DeskServer;

async function start(
  options: DeskServerOptions = {},
  overrides: Partial<Parameters<typeof createServiceDeskPlus>[0]> = {},
) {
  server = await openDesk(options);
  return createServiceDeskPlus({
    baseUrl: server.baseUrl,
    deployment: options.deployment ?? 'on-premises',
    credential: readable(options.credential ?? 'desk-secret'),
    allowPrivateNetwork: true,
    timeoutMs: 300,
    ...overrides,
  });
}

const post = (desk: Desk, signal = new AbortController().signal, sendByMs = performance.now() + 2000) =>
  desk.addNote(ticket, note, sendByMs, signal);
const messageOf = (outcome: NoteOutcome): string => (outcome.kind === 'added' ? '' : outcome.error.message);
const look = (desk: Desk) => desk.hasNote(ticket, note.marker, new AbortController().signal);

describe('a note on ServiceDesk Plus', () => {
  it.each(['on-premises', 'cloud'] as const)('is posted and found again, internal, %s', async (deployment) => {
    const desk = await start({ deployment });
    expect(await look(desk)).toBe(false);
    await post(desk);
    expect(server.notes('42')).toMatchObject([{ description: note.html, show_to_requester: false }]);
    server.addNote('42', `Somebody else's, with the mark ${note.marker}`);
    expect(await look(desk)).toBe(true);
  });

  it('is found on a later page, and where lists hold no text', async () => {
    const desk = await start({ shortLists: true }, { timeoutMs: 10_000 });
    for (let i = 0; i < 130; i++) server.addNote('42', `note ${i}`);
    expect(await look(desk)).toBe(false);
    server.addNote('42', `<p>… ${note.marker}</p>`);
    expect(await look(desk)).toBe(true);
  });

  it('is looked for at the desk itself, also where base_url has two slashes behind the host', async () => {
    const asked: string[] = [];
    const strangers: string[] = [];
    const success = { response_status: { status_code: 2000, status: 'success' } };
    const own = await listenOnFreePort(
      createServer((request, response) => {
        asked.push((request.url ?? '').replace(/\?.*/, ''));
        const isOne = asked.length === 2;
        const body = isOne ? { note: { id: '1', description: note.marker } } : { notes: [{ id: '1' }] };
        response.end(JSON.stringify({ ...success, ...body }));
      }),
    );
    afterTest(own.close);
    const other = await listenOnFreePort(createServer((request) => void strangers.push(request.url ?? '')));
    afterTest(other.close);
    const path = `//127.0.0.1:${other.port}`;
    const desk = createServiceDeskPlus({
      baseUrl: `http://127.0.0.1:${own.port}${path}`,
      deployment: 'on-premises',
      credential: readable('desk-secret'),
      allowPrivateNetwork: true,
    });
    expect(await look(desk)).toBe(true);
    expect(asked).toEqual([`${path}/api/v3/requests/42/notes`, `${path}/api/v3/requests/42/notes/1`]);
    expect(strangers).toEqual([]);
  });

  /** A success in every other respect. */
  const nested = '['.repeat(40) + ']'.repeat(40);
  const nestedAnswer = `{"response_status":{"status_code":2000,"status":"success"},"note":{"id":"1"},"x":${nested}}`;
  const invalid = { kind: 'unknown' as const, error: { code: 'DESK_ANSWER_INVALID' } };
  const rejected = { kind: 'not-added' as const, error: { code: 'DESK_REJECTED' } };
  const refused = { kind: 'not-added' as const, error: { code: 'DESK_REFUSED' } };
  const conflict = { kind: 'not-added' as const, error: { code: 'DESK_CONFLICT' } };
  const unauthorized = { kind: 'not-added' as const, error: { code: 'DESK_UNAUTHORIZED' } };
  const forbidden = { kind: 'not-added' as const, error: { code: 'DESK_FORBIDDEN' } };
  /** By the rows of docs/failures.md. */
  const faults: [
    row: string,
    DeskFault,
    { kind: NoteOutcome['kind']; error: { code: string; retryAfterMs?: number } },
  ][] = [
    ['HTTP 401', { kind: 'error', status: 401 }, unauthorized],
    ['HTTP 402 or 403', { kind: 'error', status: 402 }, forbidden],
    ['HTTP 402 or 403', { kind: 'error', status: 403 }, forbidden],
    ['HTTP 402 or 403', { kind: 'html', status: 403 }, { ...forbidden, kind: 'unknown' }],
    [
      'HTTP 429, or code 4015 with any status',
      { kind: 'rate-limited', retryAfterSeconds: 7 },
      { kind: 'not-added', error: { code: 'DESK_RATE_LIMITED', retryAfterMs: 7000 } },
    ],
    [
      'HTTP 429, or code 4015 with any status',
      { kind: 'rate-limited', asBadRequest: true },
      { kind: 'not-added', error: { code: 'DESK_RATE_LIMITED' } },
    ],
    ['HTTP 500 or higher', { kind: 'error', status: 500 }, { kind: 'not-added', error: { code: 'DESK_UNAVAILABLE' } }],
    ['HTTP 500 or higher', { kind: 'html', status: 502 }, { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } }],
    ['HTTP 500 or higher', { kind: 'html', status: 503 }, { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } }],
    ['HTTP 408', { kind: 'html', status: 408 }, { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } }],
    [
      'no connection, or one that breaks off',
      { kind: 'answer-lost' },
      { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } },
    ],
    [
      'no answer within 10 s, or before `JOB_TIMEOUT_MS` is over',
      { kind: 'no-answer' },
      { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } },
    ],
    [
      'HTTP 500 or higher',
      { kind: 'garbage', status: 500, body: '{"response_status":{"status_code":2000,"status":"success"}}' },
      { kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } },
    ],
    [
      "HTTP 4xx that is not the API's, such as another server's 404",
      { kind: 'garbage', status: 400, body: '{"response_status":{}}' },
      invalid,
    ],
    ['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:1/' }, invalid],
    ["HTTP 200 that is not the API's, such as a login page", { kind: 'html', status: 200 }, invalid],
    ["HTTP 4xx that is not the API's, such as another server's 404", { kind: 'html', status: 404 }, invalid],
    ["HTTP 4xx that is not the API's, such as another server's 404", { kind: 'html', status: 413 }, invalid],
    ['an answer that is too large, of an unknown coding or not JSON', { kind: 'endless' }, invalid],
    [
      'an answer that is too large, of an unknown coding or not JSON',
      { kind: 'garbage', body: '['.repeat(100_000) },
      invalid,
    ],
    ['an answer that is too large, of an unknown coding or not JSON', { kind: 'garbage', body: nestedAnswer }, invalid],
    ['an answer that is too large, of an unknown coding or not JSON', { kind: 'garbage', body: 'null' }, invalid],
    ['HTTP 409 or 423', { kind: 'error', status: 409 }, conflict],
    ['HTTP 409 or 423', { kind: 'error', status: 423 }, conflict],
    ...[400, 404, 410, 413, 414, 415, 422].map((status): [string, DeskFault, typeof rejected] => [
      "HTTP 400, 404, 410, 413, 414, 415 or 422, in the API's own words",
      { kind: 'error', status, code: 4001 },
      rejected,
    ]),
    ...[405, 412].map((status): [string, DeskFault, typeof refused] => [
      "another HTTP 4xx, in the API's own words",
      { kind: 'error', status },
      refused,
    ]),
    ["HTTP 200 with a failure in the API's own words", { kind: 'error', status: 200 }, rejected],
  ];
  it.each(faults)('%s: %j', async (_row, fault, expected) => {
    const desk = await start({}, { timeoutMs: fault.kind === 'endless' ? 5000 : 300 });
    server.failNext([fault]);
    const outcome = await post(desk);
    expect(outcome).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  it('is added and found where a proxy compresses the answers', async () => {
    const desk = await start();
    server.failNext([{ kind: 'compressed' }, { kind: 'compressed' }]);
    expect(await post(desk)).toEqual({ kind: 'added' });
    server.addNote('42', note.marker);
    expect(await look(desk)).toBe(true);
  });

  it('has a row here for each answer that docs/failures.md lists', () => {
    const elsewhere = [
      "the credential's reference cannot be read",
      'an address in a private network, without `allow_private_network`',
      'an earlier request may still add the note',
      'no request, because the worker stood still or the connection took longer than 2 s',
    ];
    const shown = new Set([...faults.map(([row]) => row), ...elsewhere]);
    expect(rowsUnder('Answers of a desk').map(([answer]) => answer)).toEqual(
      expect.arrayContaining([...shown].map((row) => row)),
    );
    for (const [answer, code] of rowsUnder('Answers of a desk')) {
      expect(shown).toContain(answer);
      const codes = faults.filter(([row]) => row === answer).map(([, , { error }]) => error.code);
      for (const one of codes) expect(`\`${one}\``).toBe(code);
    }
  });

  it('of a ticket that is not there, or with a wrong token, is refused in the desk’s words', async () => {
    const desk = await start();
    server.setTickets(['1']);
    const refused = { kind: 'not-added', error: { code: 'DESK_REJECTED', failureClass: 'terminal' } };
    expect(await post(desk)).toMatchObject(refused);
    const stranger = createServiceDeskPlus({
      baseUrl: server.baseUrl,
      deployment: 'on-premises',
      credential: readable('wrong'),
      allowPrivateNetwork: true,
    });
    const unauthorized = await post(stranger);
    expect(unauthorized).toMatchObject({
      kind: 'not-added',
      error: { code: 'DESK_UNAUTHORIZED', deferralReason: 'credential_refused' },
    });
    expect(messageOf(unauthorized)).not.toContain('wrong');
  });

  it('is posted with the credential that its reference holds at that moment', async () => {
    let credential: Credential = { ok: true, value: 'expired' };
    const desk = await start({}, { credential: () => credential });
    expect(await post(desk)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAUTHORIZED' } });
    credential = { ok: false, problem: 'the file /run/desk cannot be read' };
    expect(await post(desk)).toMatchObject({
      kind: 'not-added',
      error: {
        code: 'DESK_CREDENTIAL_UNREADABLE',
        deferralReason: 'credential_refused',
        message: expect.stringContaining('the file /run/desk cannot be read'),
      },
    });
    credential = { ok: true, value: 'desk-secret' };
    await post(desk);
    expect(server.notes('42')).toHaveLength(1);
  });

  it('is not sent when the process was held up for too long before', async () => {
    const desk = await start();
    const late = await post(desk, undefined, performance.now() - 1);
    expect(late).toMatchObject({ kind: 'not-added', error: { code: 'NOTE_NOT_SENT' } });
    expect(server.requests).toEqual([]);
  });

  it('is of unknown outcome when the signal aborts after it was sent, and its connection is over by then', async () => {
    const desk = await start({}, { timeoutMs: 10_000 });
    server.failNext([{ kind: 'no-answer' }]);
    const controller = new AbortController();
    const posting = post(desk, controller.signal);
    await until('the desk has the request', () => server.requests.length === 1);
    const drained = new EnhancementError('DRAINED', 'enough');
    controller.abort(drained);
    expect(await posting).toEqual({ kind: 'unknown', error: drained });
    await until('the desk sees the end', () => server.openConnections() === 0);
  });

  it('is not sent when the signal has aborted before', async () => {
    const desk = await start();
    expect(await post(desk, AbortSignal.abort(new Error('enough')))).toMatchObject({ kind: 'not-added' });
    expect(server.requests).toEqual([]);
  });

  it('is not sent with a credential that no header can hold', async () => {
    const desk = await start({}, { credential: readable('two\nlines') });
    expect(await post(desk)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAVAILABLE' } });
    expect(server.requests).toEqual([]);
  });

  it('is not sent when no connection comes about', async () => {
    const gone = await openDesk();
    await gone.close();
    const desk = await start({}, { baseUrl: gone.baseUrl });
    expect(await post(desk)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAVAILABLE' } });
  });

  it('looks for nothing once the signal has aborted', async () => {
    const desk = await start({}, { timeoutMs: 10_000 });
    server.failNext([{ kind: 'no-answer' }], 'GET');
    const controller = new AbortController();
    const looking = desk.hasNote(ticket, note.marker, controller.signal);
    await until('the desk has the request', () => server.requests.length === 1);
    controller.abort(new Error('enough'));
    await expect(looking).rejects.toThrow('enough');
  });

  it('is not carried to where the desk redirects to, and its credential neither', async () => {
    const desk = await start();
    const other = await openDesk();
    server.failNext([{ kind: 'redirect', location: `${other.baseUrl}/api/v3/requests/42/notes` }]);
    expect(await post(desk)).toMatchObject({ kind: 'unknown', error: { code: 'DESK_ANSWER_INVALID' } });
    expect(other.requests).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '2130706433', '[::ffff:127.0.0.1]'])(
    'is not carried into a private network: %s',
    async (host) => {
      await start();
      const baseUrl = `http://${host}:${new URL(server.baseUrl).port}`;
      const desk = createServiceDeskPlus({
        baseUrl,
        deployment: 'on-premises',
        credential: readable('desk-secret'),
        allowPrivateNetwork: false,
      });
      const forbidden = {
        kind: 'not-added',
        error: { code: 'DESK_ADDRESS_FORBIDDEN', deferralReason: 'desk_unavailable' },
      };
      expect(await post(desk)).toMatchObject(forbidden);
      // Nor over a connection that somebody who may go there has left open.
      const reachable = host === 'localhost' ? baseUrl : server.baseUrl;
      const allowed = createServiceDeskPlus({
        baseUrl: reachable,
        deployment: 'on-premises',
        credential: readable('desk-secret'),
        allowPrivateNetwork: true,
      });
      expect(await post(allowed)).toEqual({ kind: 'added' });
      expect(await post(desk)).toMatchObject(forbidden);
      expect(server.requests).toHaveLength(1);
    },
  );
});
