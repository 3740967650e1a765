import { afterEach, describe, expect, it } from '@jest/globals';
import { type Credential, createServiceDeskPlus } from '../../src/connectors/index.js';
import type { Desk, NoteToPost } from '../../src/enhancement/index.js';
import { type DeskFault, type DeskServer, type DeskServerOptions, startDeskServer } from '../support/desk-server.js';
import { rowsUnder } from '../support/failure-tables.js';
import { readable, ticketJob } from '../support/worker.js';

const ticket = ticketJob({ ticketId: '42' });
const note: NoteToPost = {
  mode: 'extractive',
  html: '<p>5 &lt; 6 &amp; &quot;so on&quot; + 100%</p>',
  text: '5 < 6',
  citations: [],
  marker: 'ticket-enhancer#d1',
  correlationId: 'c',
};

let server: DeskServer;
afterEach(() => server.close());

async function start(
  options: DeskServerOptions = {},
  overrides: Partial<Parameters<typeof createServiceDeskPlus>[0]> = {},
) {
  server = await startDeskServer(options);
  return createServiceDeskPlus({
    baseUrl: server.baseUrl,
    deployment: options.deployment ?? 'on-premises',
    credential: readable(options.credential ?? 'desk-secret'),
    allowPrivateNetwork: true,
    timeoutMs: 300,
    ...overrides,
  });
}

const post = (desk: Desk, signal = new AbortController().signal, sendWithinMs = 2000) =>
  desk.addNote(ticket, note, sendWithinMs, signal);
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
    const desk = await start({ shortLists: true });
    for (let i = 0; i < 130; i++) server.addNote('42', `note ${i}`);
    expect(await look(desk)).toBe(false);
    server.addNote('42', `<p>… ${note.marker}</p>`);
    expect(await look(desk)).toBe(true);
  });

  /** A success in every other respect. */
  const nested = '['.repeat(40) + ']'.repeat(40);
  const nestedAnswer = `{"response_status":{"status_code":2000,"status":"success"},"note":{"id":"1"},"x":${nested}}`;
  const invalid = { code: 'DESK_ANSWER_INVALID', outcomeUnknown: true };
  const rejected = { code: 'DESK_REJECTED', outcomeUnknown: false };
  const conflict = { code: 'DESK_CONFLICT', outcomeUnknown: false };
  const unauthorized = { code: 'DESK_UNAUTHORIZED', outcomeUnknown: false };
  /** By the rows of docs/failures.md. */
  const faults: [row: string, DeskFault, { code: string; outcomeUnknown: boolean; retryAfterMs?: number }][] = [
    ['HTTP 401 or 403', { kind: 'error', status: 401 }, unauthorized],
    ['HTTP 401 or 403', { kind: 'error', status: 403 }, unauthorized],
    ['HTTP 401 or 403', { kind: 'html', status: 403 }, unauthorized],
    [
      'HTTP 429, or code 4015 with any status',
      { kind: 'rate-limited', retryAfterSeconds: 7 },
      { code: 'DESK_RATE_LIMITED', outcomeUnknown: false, retryAfterMs: 7000 },
    ],
    [
      'HTTP 429, or code 4015 with any status',
      { kind: 'rate-limited', asBadRequest: true },
      { code: 'DESK_RATE_LIMITED', outcomeUnknown: false },
    ],
    ['HTTP 500 or higher', { kind: 'error', status: 500 }, { code: 'DESK_UNAVAILABLE', outcomeUnknown: false }],
    ['HTTP 500 or higher', { kind: 'html', status: 502 }, { code: 'DESK_UNAVAILABLE', outcomeUnknown: true }],
    ['HTTP 500 or higher', { kind: 'html', status: 503 }, { code: 'DESK_UNAVAILABLE', outcomeUnknown: true }],
    ['HTTP 408', { kind: 'html', status: 408 }, { code: 'DESK_UNAVAILABLE', outcomeUnknown: true }],
    [
      'no connection, or one that breaks off',
      { kind: 'answer-lost' },
      { code: 'DESK_UNAVAILABLE', outcomeUnknown: true },
    ],
    ['no answer within 10 s', { kind: 'no-answer' }, { code: 'DESK_UNAVAILABLE', outcomeUnknown: true }],
    ['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:1/' }, invalid],
    ["HTTP 200 that is not the API's, such as a login page", { kind: 'html', status: 200 }, invalid],
    ["HTTP 4xx that is not the API's, such as another server's 404", { kind: 'html', status: 404 }, invalid],
    ["HTTP 4xx that is not the API's, such as another server's 404", { kind: 'html', status: 413 }, invalid],
    ['an answer that is too large, compressed or not JSON', { kind: 'compressed' }, invalid],
    ['an answer that is too large, compressed or not JSON', { kind: 'endless' }, invalid],
    ['an answer that is too large, compressed or not JSON', { kind: 'garbage', body: '['.repeat(100_000) }, invalid],
    ['an answer that is too large, compressed or not JSON', { kind: 'garbage', body: nestedAnswer }, invalid],
    ['an answer that is too large, compressed or not JSON', { kind: 'garbage', body: 'null' }, invalid],
    ['HTTP 409 or 423', { kind: 'error', status: 409 }, conflict],
    ['HTTP 409 or 423', { kind: 'error', status: 423 }, conflict],
    ...[400, 404, 413, 415, 422, 410].map((status): [string, DeskFault, typeof rejected] => [
      "HTTP 400, 404, 413, 415, 422 or another 4xx, in the API's own words",
      { kind: 'error', status, code: 4001 },
      rejected,
    ]),
    ["HTTP 200 with a failure in the API's own words", { kind: 'error', status: 200 }, rejected],
  ];
  it.each(faults)('%s: %j', async (_row, fault, expected) => {
    const desk = await start({}, { timeoutMs: fault.kind === 'endless' ? 5000 : 300 });
    server.failNext([fault]);
    const refused = await post(desk).catch((error: unknown) => error);
    expect(refused).toMatchObject(expected);
    if (fault.kind === 'compressed') expect(String(refused)).toContain('compressed (gzip)');
    expect(server.requests).toHaveLength(1);
  });

  it('has a row here for each answer that docs/failures.md lists', () => {
    const elsewhere = [
      "the credential's reference cannot be read",
      'an address in a private network, without `allow_private_network`',
      'an earlier request may still add the note',
    ];
    const shown = new Set([...faults.map(([row]) => row), ...elsewhere]);
    expect(rowsUnder('Answers of a desk').map(([answer]) => answer)).toEqual(
      expect.arrayContaining([...shown].map((row) => row)),
    );
    for (const [answer, code] of rowsUnder('Answers of a desk')) {
      expect(shown).toContain(answer);
      const codes = faults.filter(([row]) => row === answer).map(([, , expected]) => expected.code);
      for (const one of codes) expect(`\`${one}\``).toBe(code);
    }
  });

  it('of a ticket that is not there, or with a wrong token, is refused in the desk’s words', async () => {
    const desk = await start();
    server.setTickets(['1']);
    await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_REJECTED', failureClass: 'terminal' });
    const stranger = createServiceDeskPlus({
      baseUrl: server.baseUrl,
      deployment: 'on-premises',
      credential: readable('wrong'),
      allowPrivateNetwork: true,
    });
    const refused = await post(stranger).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DESK_UNAUTHORIZED', deferralReason: 'credential_refused' });
    expect(String(refused)).not.toContain('wrong');
  });

  it('is posted with the credential that its reference holds at that moment', async () => {
    let credential: Credential = { ok: true, value: 'expired' };
    const desk = await start({}, { credential: () => credential });
    await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_UNAUTHORIZED' });
    credential = { ok: false, problem: 'the file /run/desk cannot be read' };
    await expect(post(desk)).rejects.toMatchObject({
      code: 'DESK_CREDENTIAL_UNREADABLE',
      deferralReason: 'credential_refused',
      message: expect.stringContaining('the file /run/desk cannot be read'),
    });
    credential = { ok: true, value: 'desk-secret' };
    await post(desk);
    expect(server.notes('42')).toHaveLength(1);
  });

  it('is not sent when the process was held up for too long before', async () => {
    const desk = await start();
    await expect(post(desk, undefined, -1)).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE', outcomeUnknown: false });
    expect(server.requests).toEqual([]);
  });

  it('waits for nothing once the signal has aborted', async () => {
    const desk = await start({}, { timeoutMs: 10_000 });
    server.failNext([{ kind: 'no-answer' }]);
    const controller = new AbortController();
    const posting = post(desk, controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(posting).rejects.toThrow('enough');
  });

  it('is not carried to where the desk redirects to, and its credential neither', async () => {
    const desk = await start();
    const other = await startDeskServer();
    server.failNext([{ kind: 'redirect', location: `${other.baseUrl}/api/v3/requests/42/notes` }]);
    await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID' });
    expect(other.requests).toEqual([]);
    await other.close();
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
      await expect(post(desk)).rejects.toMatchObject({
        code: 'DESK_ADDRESS_FORBIDDEN',
        deferralReason: 'desk_unavailable',
      });
      // Nor over a connection that somebody who may go there has left open.
      const reachable = host === 'localhost' ? baseUrl : server.baseUrl;
      const allowed = createServiceDeskPlus({
        baseUrl: reachable,
        deployment: 'on-premises',
        credential: readable('desk-secret'),
        allowPrivateNetwork: true,
      });
      await post(allowed);
      await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_ADDRESS_FORBIDDEN' });
      expect(server.requests).toHaveLength(1);
    },
  );
});
