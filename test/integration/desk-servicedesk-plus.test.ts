import { afterEach, describe, expect, it } from '@jest/globals';
import { createServiceDeskPlus } from '../../src/connectors/index.js';
import { type Desk, EnhancementError, type NoteOutcome, type NoteToPost } from '../../src/enhancement/index.js';
import { type DeskFault, type DeskServer, type DeskServerOptions, startDeskServer } from '../support/desk-server.js';
import { until } from '../support/service.js';
import { ticketJob } from '../support/worker.js';

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
    credential: options.credential ?? 'desk-secret',
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
    const desk = await start({ shortLists: true });
    for (let i = 0; i < 130; i++) server.addNote('42', `note ${i}`);
    expect(await look(desk)).toBe(false);
    server.addNote('42', `<p>… ${note.marker}</p>`);
    expect(await look(desk)).toBe(true);
  });

  /** A success in every other respect. */
  const nested = '['.repeat(40) + ']'.repeat(40);
  const nestedAnswer = `{"response_status":{"status_code":2000,"status":"success"},"note":{"id":"1"},"x":${nested}}`;
  const faults: [DeskFault, 'not-added' | 'unknown', { code: string; retryable: boolean; retryAfterMs?: number }][] = [
    [
      { kind: 'rate-limited', retryAfterSeconds: 7 },
      'not-added',
      { code: 'DESK_RATE_LIMITED', retryable: true, retryAfterMs: 7000 },
    ],
    [{ kind: 'rate-limited', asBadRequest: true }, 'not-added', { code: 'DESK_RATE_LIMITED', retryable: true }],
    [{ kind: 'error', status: 500 }, 'not-added', { code: 'DESK_UNAVAILABLE', retryable: true }],
    [{ kind: 'error', status: 400, code: 4001 }, 'not-added', { code: 'DESK_REJECTED', retryable: false }],
    [{ kind: 'error', status: 403 }, 'not-added', { code: 'DESK_UNAUTHORIZED', retryable: false }],
    [{ kind: 'error', status: 200 }, 'not-added', { code: 'DESK_REJECTED', retryable: false }],
    [{ kind: 'html', status: 200 }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [{ kind: 'html', status: 502 }, 'unknown', { code: 'DESK_UNAVAILABLE', retryable: true }],
    [{ kind: 'html', status: 404 }, 'unknown', { code: 'DESK_REJECTED', retryable: false }],
    [{ kind: 'redirect', location: 'http://127.0.0.1:1/' }, 'unknown', { code: 'DESK_REJECTED', retryable: false }],
    [{ kind: 'answer-lost' }, 'unknown', { code: 'DESK_UNAVAILABLE', retryable: true }],
    [{ kind: 'no-answer' }, 'unknown', { code: 'DESK_UNAVAILABLE', retryable: true }],
    [{ kind: 'compressed' }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [{ kind: 'endless' }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [{ kind: 'garbage', body: '['.repeat(100_000) }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [{ kind: 'garbage', body: nestedAnswer }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [{ kind: 'garbage', body: 'null' }, 'unknown', { code: 'DESK_ANSWER_INVALID', retryable: true }],
    [
      { kind: 'garbage', status: 500, body: '{"response_status":{"status_code":2000,"status":"success"}}' },
      'unknown',
      { code: 'DESK_UNAVAILABLE', retryable: true },
    ],
    [
      { kind: 'garbage', status: 400, body: '{"response_status":{}}' },
      'unknown',
      { code: 'DESK_REJECTED', retryable: false },
    ],
  ];
  it.each(faults)('%j ends as %s', async (fault, kind, error) => {
    const desk = await start({}, { timeoutMs: fault.kind === 'endless' ? 5000 : 300 });
    server.failNext([fault]);
    const outcome = await post(desk);
    expect(outcome).toMatchObject({ kind, error });
    if (fault.kind === 'compressed') expect(messageOf(outcome)).toContain('compressed (gzip)');
    expect(server.requests).toHaveLength(1);
  });

  it('of a ticket that is not there, or with a wrong token, has failed for good', async () => {
    const desk = await start();
    server.setTickets(['1']);
    expect(await post(desk)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_REJECTED', retryable: false } });
    const stranger = createServiceDeskPlus({
      baseUrl: server.baseUrl,
      deployment: 'on-premises',
      credential: 'wrong',
      allowPrivateNetwork: true,
    });
    const refused = await post(stranger);
    expect(refused).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAUTHORIZED', retryable: false } });
    expect(messageOf(refused)).not.toContain('wrong');
  });

  it('is not sent when the process was held up for too long before', async () => {
    const desk = await start();
    const late = await post(desk, undefined, performance.now() - 1);
    expect(late).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAVAILABLE' } });
    expect(server.requests).toEqual([]);
  });

  it('is of unknown outcome when the signal aborts after it was sent, and its connection is over by then', async () => {
    const desk = await start({}, { timeoutMs: 10_000 });
    server.failNext([{ kind: 'no-answer' }]);
    const controller = new AbortController();
    const posting = post(desk, controller.signal);
    await until('the desk has the request', () => server.requests.length === 1);
    const drained = new EnhancementError('DRAINED', 'enough', { retryable: true });
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
    const desk = await start({}, { credential: 'two\nlines' });
    expect(await post(desk)).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAVAILABLE' } });
    expect(server.requests).toEqual([]);
  });

  it('is not sent when no connection comes about', async () => {
    const gone = await startDeskServer();
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
    const other = await startDeskServer();
    server.failNext([{ kind: 'redirect', location: `${other.baseUrl}/api/v3/requests/42/notes` }]);
    expect(await post(desk)).toMatchObject({ kind: 'unknown', error: { code: 'DESK_REJECTED' } });
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
        credential: 'desk-secret',
        allowPrivateNetwork: false,
      });
      const forbidden = { kind: 'not-added', error: { code: 'DESK_ADDRESS_FORBIDDEN', retryable: false } };
      expect(await post(desk)).toMatchObject(forbidden);
      // Nor over a connection that somebody who may go there has left open.
      const reachable = host === 'localhost' ? baseUrl : server.baseUrl;
      const allowed = createServiceDeskPlus({
        baseUrl: reachable,
        deployment: 'on-premises',
        credential: 'desk-secret',
        allowPrivateNetwork: true,
      });
      expect(await post(allowed)).toEqual({ kind: 'added' });
      expect(await post(desk)).toMatchObject(forbidden);
      expect(server.requests).toHaveLength(1);
    },
  );
});
