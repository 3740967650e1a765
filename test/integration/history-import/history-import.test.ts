import { beforeEach, describe, expect, it } from '@jest/globals';
import { createImportPlaces, createTicketHistory } from '../../../src/connectors/index.js';
import { deskKind, type ReadTools, type ResolvedTickets } from '../../../src/connectors/desks/index.js';
import { EnhancementError, type ResolvedTicket } from '../../../src/enhancement/index.js';
import { type ImportResult, importHistory } from '../../../src/history-import/index.js';
import { desksUnderTest } from '../../support/desks/index.js';
import type { KeptTicket } from '../../support/desks/protocol.js';
import { redisOfFile } from '../../support/of-file.js';
import { deskOfTest, openDesk } from '../../support/of-test.js';
import { readable } from '../../support/worker.js';

/** From a desk's resolved tickets to the history that workers read. */

const own = redisOfFile();
const { protocol, credential } = desksUnderTest.freshservice;
const server = deskOfTest({ protocol, credential });
let pauses: number[];
beforeEach(async () => {
  await own.client.flushall();
  pauses = [];
});

const since = new Date('2026-01-01T00:00:00Z');
const kept = (n: number, other: Partial<KeptTicket> = {}): KeptTicket => ({
  id: String(n),
  subject: `Printer ${n} jams`,
  description: 'It jams.',
  state: 'resolved',
  changedAt: '2026-03-01T00:00:00Z',
  comments: [{ text: `Cleaned the rollers of printer ${n}.`, by: 'staff' }],
  ...other,
});
const keptUpTo = (count: number): KeptTicket[] => Array.from({ length: count }, (_, i) => kept(i + 1));

function freshservice(): ResolvedTickets {
  const entry = { base_url: server.baseUrl, credential: 'env:T', allow_private_network: true };
  const desk = deskKind('freshservice').open(entry, {
    renewable: () => readable(desksUnderTest.freshservice.credential),
  });
  const reading = desk.resolved?.({ pause: () => Promise.resolve() } as unknown as ReadTools);
  if (reading === undefined) throw new Error('it has some');
  return reading;
}

interface Run {
  readonly tickets?: ResolvedTickets;
  readonly cursor?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly reached?: (next: string | undefined) => Promise<void>;
  readonly signal?: AbortSignal;
}

function run({
  tickets = freshservice(),
  cursor,
  limit,
  dryRun = false,
  reached,
  signal,
}: Run = {}): Promise<ImportResult> {
  const history = createTicketHistory(own.client);
  return importHistory(
    {
      tickets,
      since,
      cursor,
      limit: limit ?? Number.POSITIVE_INFINITY,
      take: (ticket) => history.take('acme', ticket, dryRun),
      reached: reached ?? (() => Promise.resolve()),
      pause: async (ms) => void pauses.push(ms),
      progress: () => undefined,
    },
    signal ?? new AbortController().signal,
  );
}

async function stored(tenantId = 'acme'): Promise<readonly ResolvedTicket[]> {
  const history = createTicketHistory(own.client);
  const all: ResolvedTicket[] = [];
  for (let cursor = 0; ; ) {
    const changes = await history.changesSince(tenantId, cursor, new AbortController().signal);
    if (changes.tickets.length === 0) return all;
    all.push(...changes.tickets);
    ({ cursor } = changes);
  }
}

describe('an import of resolved tickets', () => {
  it('adds each of them once, and nothing when it is repeated', async () => {
    server.keep(keptUpTo(130));
    expect(await run()).toMatchObject({ ended: 'all', counts: { looked_at: 130, added: 130, left_out: 0 } });
    const before = await own.client.get('enhancement:history:{acme}:version');
    expect(await run()).toMatchObject({ counts: { looked_at: 130, added: 0, replaced: 0, unchanged: 130 } });
    expect(await own.client.get('enhancement:history:{acme}:version')).toBe(before);
    expect(await stored()).toHaveLength(130);
    expect(await stored('globex')).toEqual([]);
  });

  it('stores what the webhook of a resolved ticket would, and replaces what has changed', async () => {
    server.keep([
      kept(7, { description: '<p>It <b>jams</b>.</p>', comments: [{ text: 'x'.repeat(90_000), by: 'staff' }] }),
    ]);
    await run();
    const [ticket] = await stored();
    expect(ticket).toMatchObject({ ticketId: '7', description: 'It jams.', resolvedAt: '2026-03-01T00:00:00Z' });
    expect(ticket?.resolution).toHaveLength(10_000);
    server.keep([kept(7)]);
    expect(await run()).toMatchObject({ counts: { replaced: 1, added: 0 } });
    expect(await stored()).toMatchObject([{ resolution: 'Cleaned the rollers of printer 7.' }]);
  });

  it('names what it leaves out, and why', async () => {
    server.keep([
      kept(1, { comments: [{ text: 'Me too!', by: 'requester' }] }),
      kept(2),
      kept(3, { subject: '', description: ' ' }),
      kept(4),
    ]);
    server.setTickets(['1', '2', '3']);
    const { counts, leftOut } = await run();
    expect(counts).toMatchObject({ looked_at: 4, added: 1, left_out: 3 });
    expect(leftOut).toEqual([
      { ticket_id: '1', reason: 'it has no resolution' },
      { ticket_id: '3', reason: expect.stringContaining('description has no text') },
      { ticket_id: '4', reason: expect.stringContaining('rejected the request (HTTP 404)') },
    ]);
    expect(await stored()).toMatchObject([{ ticketId: '2' }]);
  });

  it('leaves out a ticket on which the desk fails, and ends when it fails on three in a row', async () => {
    const broken = new EnhancementError('DESK_ANSWER_INVALID', 'The answer is larger than 33554432 bytes.');
    const entry = (n: number, fails: boolean) => ({
      ticketId: `T${n}`,
      read: () => (fails ? Promise.reject(broken) : Promise.resolve(fieldsOf(solved(`T${n}`)))),
    });
    const pageOf = (fails: (n: number) => boolean): ResolvedTickets => {
      const tickets = Array.from({ length: 12 }, (_, n) => entry(n, fails(n)));
      return { page: async () => ({ tickets, next: undefined }) };
    };
    const { counts, leftOut } = await run({ tickets: pageOf((n) => n % 3 !== 2) });
    expect(counts).toMatchObject({ added: 4, left_out: 8 });
    expect(leftOut[0]).toEqual({ ticket_id: 'T0', reason: broken.message });
    await expect(run({ tickets: pageOf((n) => n > 3) })).rejects.toBe(broken);
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    server.keep([kept(1), kept(2)]);
    await run({ limit: 1 });
    const before = (await own.client.keys('*')).sort();
    expect(await run({ dryRun: true })).toMatchObject({ counts: { added: 1, unchanged: 1 } });
    expect(await stored()).toHaveLength(1);
    expect((await own.client.keys('*')).sort()).toEqual(before);
  });

  it('comes further with each run, though each has the same limit', async () => {
    server.keep(keptUpTo(5));
    expect(await run({ limit: 2 })).toMatchObject({ ended: 'limit', counts: { added: 2 } });
    expect(await run({ limit: 2 })).toMatchObject({ ended: 'limit', counts: { added: 2, unchanged: 2 } });
    expect(await run({ limit: 2 })).toMatchObject({ ended: 'all', counts: { added: 1, unchanged: 4 } });
  });

  it('waits as long as the desk asks for, and continues', async () => {
    server.keep([kept(1)]);
    server.failNext(
      [
        { kind: 'rate-limited', retryAfterSeconds: 40 },
        { kind: 'error', status: 503 },
      ],
      'GET',
    );
    expect(await run()).toMatchObject({ counts: { added: 1 } });
    expect(pauses).toEqual([40_000, 2000]);
  });

  it.each([
    ['asks for longer than a person waits', { kind: 'rate-limited', retryAfterSeconds: 3600 }, 'DESK_RATE_LIMITED', 0],
    ['does not work for long', { kind: 'error', status: 500 }, 'DESK_UNAVAILABLE', 5],
    ['is a login page', { kind: 'html', status: 200 }, 'DESK_ANSWER_INVALID', 0],
    ['forbids the list', { kind: 'error', status: 403 }, 'DESK_FORBIDDEN', 0],
  ] as const)('ends with the desk’s words when it %s', async (_what, fault, code, times) => {
    server.keep([kept(1)]);
    server.behave(() => fault);
    await expect(run()).rejects.toMatchObject({ code });
    expect(pauses).toHaveLength(times);
  });

  it('continues at the page at which it was interrupted, in another process', async () => {
    server.keep(keptUpTo(250));
    const places = createImportPlaces(own.client);
    const stop = new AbortController();
    const reached = async (next: string | undefined): Promise<void> => {
      const at = since.toISOString();
      await places.write('acme', next === undefined ? undefined : { desk: 'freshservice', since: at, cursor: next });
      if (next === '2') stop.abort(new Error('killed'));
    };
    await expect(run({ reached, signal: stop.signal })).rejects.toThrow('killed');
    const place = await places.read('acme');
    expect(place).toEqual({ desk: 'freshservice', since: since.toISOString(), cursor: '2' });
    const { counts } = await run({ reached, ...(place === undefined ? {} : { cursor: place.cursor }) });
    expect(counts).toMatchObject({ added: 150, unchanged: 0 });
    expect(await stored()).toHaveLength(250);
    expect(await places.read('acme')).toBeUndefined();
    expect(await places.read('globex')).toBeUndefined();
  });

  it('begins anew where the desk has forgotten its cursor, and passes over what is there', async () => {
    const { protocol, credential } = desksUnderTest.zendesk;
    const zendesk = await openDesk({ protocol, credential });
    zendesk.keep(keptUpTo(30));
    const entry = { base_url: zendesk.baseUrl, credential: 'env:T', allow_private_network: true };
    const desk = deskKind('zendesk').open(entry, { renewable: () => readable(credential) });
    const tickets = desk.resolved?.({ pause: () => Promise.resolve() } as unknown as ReadTools) ?? freshservice();
    await run({ tickets, limit: 10 });
    expect(await run({ tickets, cursor: 'forgotten' })).toMatchObject({ counts: { added: 20, unchanged: 10 } });
  });

  it.each([[1], [2]])(
    'ends at a desk that names its last %d pages again, and keeps what it has read',
    async (period) => {
      const read = async () => fieldsOf(solved('OLD-1'));
      let asked = 0;
      const tickets = {
        page: async () => {
          if (++asked > 4) throw new Error('it asks for ever');
          return { tickets: [{ ticketId: 'OLD-1', read }], next: `cloud:${asked % period}` };
        },
      };
      await expect(run({ tickets })).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID' });
      expect((await stored()).map(({ ticketId }) => ticketId)).toEqual(['OLD-1']);
    },
  );

  it('takes the place of none that is there: it ends when the history is full', async () => {
    const history = createTicketHistory(own.client);
    const large = 'x'.repeat(900_000);
    for (let i = 0; i < 74; i++) await history.upsert('acme', { ...solved(`LIVE-${i}`), description: large });
    const many = Array.from({ length: 120 }, (_, i) => ({ ...solved(`OLD-${i}`), description: 'x'.repeat(10_000) }));
    const page = {
      tickets: many.map((one) => ({ ticketId: one.ticketId, read: async () => fieldsOf(one) })),
      next: undefined,
    };
    const { ended, counts } = await run({ tickets: { page: async () => page } });
    expect(ended).toBe('full');
    expect(counts.added).toBeLessThan(120);
    const names = (await stored()).map(({ ticketId }) => ticketId);
    expect(names.filter((name) => name.startsWith('LIVE'))).toHaveLength(74);
    // A webhook still takes the oldest one's place.
    await history.upsert('acme', { ...solved('NEW'), description: large });
    expect((await stored()).map(({ ticketId }) => ticketId)).toContain('NEW');
  });

  it('says what Redis says when it takes nothing', async () => {
    server.keep([kept(1)]);
    await own.client.config('SET', 'maxmemory', '1');
    try {
      await expect(run()).rejects.toThrow(EnhancementError);
      await expect(run()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('OOM') });
    } finally {
      await own.client.config('SET', 'maxmemory', '0');
    }
  });
});

function solved(ticketId: string): ResolvedTicket {
  return { ticketId, subject: 's', description: 'd', resolution: 'r', resolvedAt: '2026-10-01T12:00:00Z', tags: [] };
}

function fieldsOf({ ticketId, subject, description, resolution, resolvedAt }: ResolvedTicket) {
  return { ticket_id: ticketId, subject, description, resolution, resolved_at: resolvedAt };
}
