import { describe, expect, it } from '@jest/globals';
import { exampleDesk } from '../../../../examples/example-desk.js';
import {
  type DeskKind,
  deskKind,
  type ReadTools,
  type ResolvedTickets,
} from '../../../../src/connectors/desks/index.js';
import { readSolvedTicket } from '../../../../src/intake/index.js';
import { exampleUnderTest } from '../../../support/desks/example.js';
import { desksUnderTest } from '../../../support/desks/index.js';
import type { DeskProtocol, KeptTicket } from '../../../support/desks/protocol.js';
import { serviceDeskPlusProtocol } from '../../../support/desks/servicedesk-plus.js';
import { deskOfTest, openDesk } from '../../../support/of-test.js';
import { readable } from '../../../support/worker.js';

/** Reading resolved tickets from each desk, over a server that speaks its documented protocol. */

interface Case {
  readonly kind: DeskKind;
  readonly protocol: DeskProtocol;
  readonly credential: string;
  readonly settings?: object;
}

const serviceDeskPlus = (deployment: 'on-premises' | 'cloud'): Case => ({
  kind: deskKind('servicedesk-plus'),
  protocol: serviceDeskPlusProtocol({ deployment }),
  credential: 'desk-secret',
  settings: { deployment },
});

const all: [string, Case][] = [
  ...Object.entries(desksUnderTest).map(([name, desk]): [string, Case] => [
    name,
    { kind: deskKind(desk.type), ...desk },
  ]),
  ['servicedesk plus', serviceDeskPlus('on-premises')],
  ['servicedesk plus cloud', serviceDeskPlus('cloud')],
  ['the example of docs/add-a-desk.md', { kind: exampleDesk, ...exampleUnderTest }],
];

const since = new Date('2026-01-01T00:00:00Z');
const signal = new AbortController().signal;

/** The n-th of a long row; each later one changed a minute later. */
const kept = (n: number, other: Partial<KeptTicket> = {}): KeptTicket => ({
  id: String(n),
  subject: `Printer ${n} jams`,
  description: `It jams. (${n})`,
  state: 'resolved',
  changedAt: new Date(Date.UTC(2026, 2, 1, 0, n)).toISOString().replace('.000Z', 'Z'),
  comments: [
    { text: 'Any news?', by: 'requester' },
    { text: `Cleaned the rollers of printer ${n}.`, by: 'staff' },
    { text: 'Thank you!', by: 'requester' },
  ],
  ...other,
});

interface Read {
  readonly ticketId: string;
  readonly subject: string;
  readonly description: string;
  readonly resolution: string;
  readonly resolvedAt: string;
}

describe.each(all)('resolved tickets of %s', (_name, { kind, protocol, credential, settings }) => {
  const server = deskOfTest({ protocol, credential });

  function open(withCredential = credential): ResolvedTickets {
    const entry = { base_url: server.baseUrl, credential: 'env:T', allow_private_network: true, ...settings };
    const { resolved } = kind.open(entry, { renewable: () => readable(withCredential) });
    const tools = { tenantId: 'acme', pause: () => Promise.resolve() } as unknown as ReadTools;
    if (resolved === undefined) throw new Error('it has some');
    return resolved(tools);
  }

  /** All pages from one on, as the intake reads their tickets. */
  async function readAll(from: ResolvedTickets, cursor?: string, after = since): Promise<Read[]> {
    const read: Read[] = [];
    let next = cursor;
    do {
      const page = await from.page(after, next, signal);
      for (const entry of page.tickets) {
        const reading = await readSolvedTicket(await entry.read(signal), Date.now());
        if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
        expect(reading.ticket.ticketId).toBe(entry.ticketId);
        read.push(reading.ticket);
      }
      ({ next } = page);
    } while (next !== undefined);
    return read;
  }

  const ids = (read: readonly Read[]): string[] => [...new Set(read.map(({ ticketId }) => ticketId))];

  it('are read over all pages, each with its words and its time', async () => {
    const tickets = Array.from({ length: 230 }, (_, i) => kept(i + 1));
    server.keep(tickets);
    const read = await readAll(open());
    expect(ids(read)).toEqual(tickets.map(({ id }) => id));
    const last = read.find(({ ticketId }) => ticketId === '230');
    expect(last).toMatchObject({
      subject: 'Printer 230 jams',
      description: 'It jams. (230)',
      resolution: 'Cleaned the rollers of printer 230.',
    });
    expect(Date.parse(last?.resolvedAt ?? '')).toBe(Date.parse(tickets[229]?.changedAt ?? ''));
    expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
    for (const { path } of server.requests) expect(path).not.toContain('elsewhere');
  });

  it('are those alone that are resolved, and were since then', async () => {
    server.keep([
      kept(1, { changedAt: '2025-06-01T00:00:00Z' }),
      kept(2, { state: 'open' }),
      kept(3, { state: 'deleted' }),
      kept(4),
      kept(5, { changedAt: '2026-05-01T10:00:00Z' }),
    ]);
    expect(ids(await readAll(open()))).toEqual(['4', '5']);
    // The searches of some desks are a day wide.
    expect(ids(await readAll(open(), undefined, new Date('2026-05-01T09:00:00Z')))).toEqual(['5']);
    expect(await readAll(open(), undefined, new Date())).toEqual([]);
  });

  it('go on from a cursor in another process', async () => {
    server.keep(Array.from({ length: 130 }, (_, i) => kept(i + 1)));
    const first = await open().page(since, undefined, signal);
    expect(first.tickets.length).toBeLessThan(130);
    const rest = await readAll(open(), first.next);
    const both = [...first.tickets.map(({ ticketId }) => ticketId), ...ids(rest)];
    expect(both).toEqual(Array.from({ length: 130 }, (_, i) => String(i + 1)));
  });

  it('miss none when one of them is opened again between two pages', async () => {
    const tickets = Array.from({ length: 130 }, (_, i) => kept(i + 1));
    server.keep(tickets);
    const reading = open();
    const first = await reading.page(since, undefined, signal);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    // The cursor of Zendesk's search is a place between two tickets, and no number of tickets.
    const moved = kept(1, { state: 'open', changedAt: now });
    server.keep(kind.type === 'zendesk' ? tickets : [moved, ...tickets.slice(1)]);
    const rest = await readAll(reading, first.next);
    const seen = new Set([...first.tickets.map(({ ticketId }) => ticketId), ...ids(rest)]);
    expect([...seen].filter((id) => id !== '1')).toHaveLength(129);
  });

  it('have the last public words of the staff, whatever else is said, and none of ours', async () => {
    server.keep([
      kept(1, {
        comments: [
          { text: 'Restart the spooler service.', by: 'staff' },
          { text: 'It works again.', by: 'requester' },
          { text: '<p>Likely: the spooler.</p><p>Ref ticket-enhancer#d1</p>', by: 'staff', isPublic: false },
        ],
      }),
      kept(2, {
        description: '<p>It <b>jams</b>.</p><ul><li>often</li></ul>',
        comments: [{ text: '  ', by: 'staff' }],
      }),
      kept(3, { comments: [] }),
    ]);
    const [first, second, third] = await readAll(open());
    expect(first?.resolution).toBe('Restart the spooler service.');
    expect(second?.description).toContain('It jams.');
    // Jira has a name for each kind of resolution.
    const none = kind.type === 'jira' ? 'Work has been completed on this issue.' : '';
    expect([second?.resolution, third?.resolution]).toEqual([none, none]);
  });

  it('have no internal comment for a resolution where the requester was answered', async () => {
    const internal = { text: 'The customer is furious.', by: 'staff', isPublic: false } as const;
    server.keep([kept(1, { comments: [{ text: 'Cleaned the rollers.', by: 'staff' }, internal] })]);
    const [ticket] = await readAll(open());
    expect(ticket?.resolution).toBe('Cleaned the rollers.');
  });

  it('have an internal comment for a resolution on Request Tracker alone, whose form resolves with one', async () => {
    const answer = { text: 'We look into it.', by: 'staff' } as const;
    const internal = { text: 'Cleaned the rollers.', by: 'staff', isPublic: false } as const;
    server.keep([
      kept(1, { comments: [internal] }),
      kept(2, { comments: [answer, { ...internal, isWithResolving: true }] }),
    ]);
    const resolutions = (await readAll(open())).map(({ resolution }) => resolution);
    const none = kind.type === 'jira' ? 'Work has been completed on this issue.' : '';
    const expected = kind.type === 'request-tracker' ? [internal.text, internal.text] : [none, answer.text];
    expect(resolutions).toEqual(expected);
  });

  it('can be asked for again when the desk no longer throttles', async () => {
    server.keep([kept(1)]);
    const reading = open();
    server.failNext([{ kind: 'rate-limited', retryAfterSeconds: 7 }], 'GET');
    const refused = { code: 'DESK_RATE_LIMITED', retryAfterMs: 7000 };
    await expect(reading.page(since, undefined, signal)).rejects.toMatchObject(refused);
    expect(ids(await readAll(reading))).toEqual(['1']);
  });

  it('fail one by one when they are gone, and as a whole for a reason that all share', async () => {
    server.keep([kept(1), kept(2)]);
    const reading = open();
    const { tickets } = await reading.page(since, undefined, signal);
    const [, second] = tickets;
    server.setTickets(['1']);
    if (kind.type !== 'example') {
      await expect(second?.read(signal)).rejects.toMatchObject({ code: 'DESK_REJECTED' });
    }
    await expect(open('wrong').page(since, undefined, signal)).rejects.toMatchObject({ code: 'DESK_UNAUTHORIZED' });
    for (const garbage of [
      '{"tickets":7,"results":7,"issues":7,"requests":7,"items":7,"deploymentType":7}',
      '"x"',
      '[7]',
    ]) {
      server.failNext([{ kind: 'garbage', body: garbage }], 'GET');
      await expect(reading.page(since, undefined, signal)).rejects.toMatchObject({ code: 'DESK_ANSWER_INVALID' });
    }
  });

  it('are not asked for once the import has ended', async () => {
    const stop = new AbortController();
    stop.abort(new Error('over'));
    await expect(open().page(since, undefined, stop.signal)).rejects.toThrow('over');
    expect(server.requests).toEqual([]);
  });
});

describe('an import beside a service that writes notes', () => {
  it.each([
    ['x-rate-limit', 'x-rate-limit-remaining'],
    ['x-ratelimit-total', 'x-ratelimit-remaining'],
    ['x-ratelimit-limit', 'x-ratelimit-remaining'],
  ])('pauses before the desk’s limit is used up: %s', async (total, left) => {
    const { zendesk } = desksUnderTest;
    let remaining = 30;
    const protocol: DeskProtocol = {
      ...zendesk.protocol,
      find(request) {
        const found = zendesk.protocol.find(request);
        if (found?.kind !== 'tickets') return found;
        const headers = { [total]: '100', [left]: String((remaining -= 11)) };
        return { kind: 'tickets', reply: (kept) => ({ ...found.reply(kept), headers }) };
      },
    };
    const server = await openDesk({ protocol, credential: zendesk.credential });
    const pauses: number[] = [];
    const entry = { base_url: server.baseUrl, credential: 'env:T', allow_private_network: true };
    const opened = deskKind('zendesk').open(entry, { renewable: () => readable(zendesk.credential) });
    const reading = opened.resolved?.({ pause: async (ms: number) => void pauses.push(ms) } as unknown as ReadTools);
    await reading?.page(since, undefined, signal);
    expect(pauses).toEqual([]);
    await reading?.page(since, undefined, signal);
    expect(pauses).toEqual([15_000]);
  });
});
