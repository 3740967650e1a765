import { afterEach, describe, expect, it } from '@jest/globals';
import { createServiceDeskPlus } from '../../src/connectors/index.js';
import type { Desk, NoteToPost } from '../../src/enhancement/index.js';
import { type DeskFault, type DeskServer, type DeskServerOptions, startDeskServer } from '../support/desk-server.js';
import { ticketJob, readable } from '../support/worker.js';

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
  const faults: [DeskFault, { code: string; retryable: boolean; outcomeUnknown: boolean; retryAfterMs?: number }][] = [
    [
      { kind: 'rate-limited', retryAfterSeconds: 7 },
      { code: 'DESK_RATE_LIMITED', retryable: true, outcomeUnknown: false, retryAfterMs: 7000 },
    ],
    [
      { kind: 'rate-limited', asBadRequest: true },
      { code: 'DESK_RATE_LIMITED', retryable: true, outcomeUnknown: false },
    ],
    [
      { kind: 'error', status: 500 },
      { code: 'DESK_UNAVAILABLE', retryable: true, outcomeUnknown: false },
    ],
    [
      { kind: 'error', status: 400, code: 4001 },
      { code: 'DESK_REJECTED', retryable: false, outcomeUnknown: false },
    ],
    [
      { kind: 'error', status: 403 },
      { code: 'DESK_UNAUTHORIZED', retryable: false, outcomeUnknown: false },
    ],
    [
      { kind: 'error', status: 200 },
      { code: 'DESK_REJECTED', retryable: false, outcomeUnknown: false },
    ],
    [
      { kind: 'html', status: 200 },
      { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true },
    ],
    [
      { kind: 'html', status: 502 },
      { code: 'DESK_UNAVAILABLE', retryable: true, outcomeUnknown: true },
    ],
    [
      { kind: 'html', status: 404 },
      { code: 'DESK_REJECTED', retryable: false, outcomeUnknown: false },
    ],
    [
      { kind: 'redirect', location: 'http://127.0.0.1:1/' },
      { code: 'DESK_REJECTED', retryable: false, outcomeUnknown: false },
    ],
    [{ kind: 'answer-lost' }, { code: 'DESK_UNAVAILABLE', retryable: true, outcomeUnknown: true }],
    [{ kind: 'no-answer' }, { code: 'DESK_UNAVAILABLE', retryable: true, outcomeUnknown: true }],
    [{ kind: 'compressed' }, { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true }],
    [{ kind: 'endless' }, { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true }],
    [
      { kind: 'garbage', body: '['.repeat(100_000) },
      { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true },
    ],
    [
      { kind: 'garbage', body: nestedAnswer },
      { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true },
    ],
    [
      { kind: 'garbage', body: 'null' },
      { code: 'DESK_ANSWER_INVALID', retryable: true, outcomeUnknown: true },
    ],
  ];
  it.each(faults)('%j', async (fault, expected) => {
    const desk = await start({}, { timeoutMs: fault.kind === 'endless' ? 5000 : 300 });
    server.failNext([fault]);
    const refused = await post(desk).catch((error: unknown) => error);
    expect(refused).toMatchObject(expected);
    if (fault.kind === 'compressed') expect(String(refused)).toContain('compressed (gzip)');
    expect(server.requests).toHaveLength(1);
  });

  it('of a ticket that is not there, or with a wrong token, has failed for good', async () => {
    const desk = await start();
    server.setTickets(['1']);
    await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_REJECTED', retryable: false });
    const stranger = createServiceDeskPlus({
      baseUrl: server.baseUrl,
      deployment: 'on-premises',
      credential: readable('wrong'),
      allowPrivateNetwork: true,
    });
    const refused = await post(stranger).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DESK_UNAUTHORIZED', retryable: false });
    expect(String(refused)).not.toContain('wrong');
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
    await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_REJECTED' });
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
      await expect(post(desk)).rejects.toMatchObject({ code: 'DESK_ADDRESS_FORBIDDEN', retryable: false });
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
