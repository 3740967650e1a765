import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalDesk, createTicketHistory } from '../../../src/connectors/index.js';
import { type NoteToPost, type ResolvedTicket } from '../../../src/enhancement/index.js';
import { createHistorySource } from '../../../src/enhancement/note-engine.js';
import { redisOfFile } from '../../support/of-file.js';
import { ticketJob } from '../../support/worker.js';

const signal = new AbortController().signal;
const resolved = (ticketId: string, resolution = `Resolution of ${ticketId}`): ResolvedTicket => ({
  ticketId,
  subject: 'VPN tunnel drops hourly',
  description: 'The tunnel drops.',
  resolution,
  resolvedAt: '2026-10-01T12:00:00Z',
  tags: [],
});

const own = redisOfFile();
beforeEach(async () => {
  await own.client.flushall();
});

describe('the ticket history', () => {
  it('tells a reader what changed since it last read, each ticket once, in pages', async () => {
    const history = createTicketHistory(own.client);
    await Promise.all(Array.from({ length: 1200 }, (_, i) => history.upsert('acme', resolved(`T${i}`))));
    await history.upsert('acme', resolved('T3', 'changed'));
    const seen = new Map<string, string>();
    let cursor = 0;
    let pages = 0;
    for (;;) {
      const changes = await history.changesSince('acme', cursor, signal);
      cursor = changes.cursor;
      if (changes.tickets.length === 0) break;
      pages++;
      for (const { ticketId, resolution } of changes.tickets) {
        expect(seen.has(ticketId)).toBe(false);
        seen.set(ticketId, resolution);
      }
    }
    expect(pages).toBe(3);
    expect(seen.size).toBe(1200);
    expect(seen.get('T3')).toBe('changed');
    await history.upsert('acme', resolved('NEW'));
    expect((await history.changesSince('acme', cursor, signal)).tickets).toMatchObject([{ ticketId: 'NEW' }]);
  });

  it('keeps the newest tickets within its bytes, those of an earlier release too', async () => {
    const history = createTicketHistory(own.client);
    const text = 'x'.repeat(10_000);
    const key = (name: string): string => `enhancement:history:{acme}:${name}`;
    // As an earlier release left it: no count of bytes, and more than are kept.
    const megabyte = JSON.stringify(resolved('OLD', 'y'.repeat(1024 * 1024)));
    for (let i = 1; i <= 64; i++) {
      await own.client.hset(key('tickets'), `OLD${i}`, megabyte);
      await own.client.zadd(key('order'), i, `OLD${i}`);
    }
    await own.client.set(key('version'), 64);
    await history.upsert('acme', resolved('T1', text));
    const left = await own.client.hkeys(key('tickets'));
    expect(left).toEqual(expect.arrayContaining(['OLD64', 'T1']));
    expect(left).not.toContain('OLD1');
    for (let i = 2; i <= 2600; i++)
      await history.upsert('acme', { ...resolved(`T${i % 2500}`, text), description: text });
    const kept = await own.client.hvals(key('tickets'));
    const bytes = kept.reduce((sum, one) => sum + one.length, 0);
    expect(Number(await own.client.get(key('bytes')))).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(bytes).toBeGreaterThan(63 * 1024 * 1024);
    expect(await own.client.zcard(key('order'))).toBe(kept.length);
  });

  it('is one tenant’s alone', async () => {
    const history = createTicketHistory(own.client);
    await history.upsert('acme', resolved('T1'));
    for (const other of ['globex', 'acm', 'acme:x', '', 'acme}:tickets', '*']) {
      expect((await history.changesSince(other, 0, signal)).tickets).toEqual([]);
    }
  });

  it('says when it began anew, and a source then forgets what it knew but its seed', async () => {
    const history = createTicketHistory(own.client);
    const source = createHistorySource({ tenantId: 'acme', history, seed: async (use) => use(resolved('SEED')) });
    await history.upsert('acme', resolved('T1'));
    await history.upsert('acme', resolved('T2'));
    const ticket = ticketJob({ subject: 'VPN tunnel drops hourly', description: 'The tunnel drops.' });
    const find = async () => (await source.search(ticket, signal)).map(({ id }) => id).sort();
    expect(await find()).toEqual(['SEED', 'T1', 'T2']);
    await own.client.flushall();
    expect(await find()).toEqual(['SEED']);
    // By now the new history has more changes than the old one had.
    for (const id of ['T3', 'T4', 'T5']) await history.upsert('acme', resolved(id));
    await own.client.flushall();
    for (const id of ['T6', 'T7', 'T8', 'T9']) await history.upsert('acme', resolved(id));
    expect(await find()).toEqual(['SEED', 'T6', 'T7', 'T8']);
  });

  it('does not offer a ticket as similar to itself', async () => {
    const history = createTicketHistory(own.client);
    await history.upsert('acme', resolved('TKT-1001'));
    const source = createHistorySource({ tenantId: 'acme', history });
    expect(await source.search(ticketJob({ ticketId: 'TKT-1001' }), signal)).toEqual([]);
    expect(await source.search(ticketJob({ ticketId: 'OTHER' }), signal)).toMatchObject([{ id: 'TKT-1001' }]);
  });

  it('is read by many searches at once without missing or repeating anything', async () => {
    const history = createTicketHistory(own.client);
    const source = createHistorySource({ tenantId: 'acme', history });
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await history.upsert('acme', resolved(`T${i}`, `unique${i} reboot`));
        const found = await source.search(
          ticketJob({ subject: `unique${i}`, description: `unique${i} VPN tunnel drops` }),
          signal,
        );
        expect(found.map(({ id }) => id)).toContain(`T${i}`);
      }),
    );
  });
});

describe('the local desk', () => {
  const note = (marker: string, html = '<p>x</p>'): NoteToPost => ({
    mode: 'extractive',
    html,
    text: 'x',
    citations: [{ source: 'inventory', id: 'a', title: 'a', score: 1 }],
    wiki: '',
    marker,
    correlationId: 'c',
  });

  it('keeps a ticket with its notes, each marker once, and shows the latest of all', async () => {
    let minute = 0;
    const desk = createLocalDesk(own.client, () => new Date(Date.UTC(2026, 10, 23, 10, minute++)));
    const acme = desk.deskFor('acme');
    const ticket = ticketJob();
    await Promise.all([
      acme.addNote(ticket, note('m1', '<p>1</p>'), 0, signal),
      acme.addNote(ticket, note('m1'), 0, signal),
    ]);
    await acme.addNote(ticket, note('m2', '<p>2</p>'), 0, signal);
    expect(await acme.hasNote(ticket, 'm1', signal)).toBe(true);
    expect(await acme.hasNote(ticket, 'm3', signal)).toBe(false);
    const shown = await desk.readTicket('acme', 'TKT-1001');
    expect(shown).toMatchObject({
      tenant_id: 'acme',
      ticket_id: 'TKT-1001',
      priority: 'high',
      subject: ticket.subject,
    });
    expect(shown?.notes.map(({ html }) => html)).toEqual(['<p>1</p>', '<p>2</p>']);
    expect(shown?.notes[0]).toMatchObject({ show_to_requester: false, mode: 'extractive', citations: [{ id: 'a' }] });
    await desk.deskFor('globex').addNote(ticket, note('m9'), 0, signal);
    expect(await desk.latestNotes(2)).toMatchObject([{ tenant_id: 'globex' }, { tenant_id: 'acme' }]);
  });

  it('shows no tenant another’s tickets', async () => {
    const desk = createLocalDesk(own.client);
    await desk.deskFor('acme').addNote(ticketJob(), note('m1'), 0, signal);
    expect(await desk.readTicket('globex', 'TKT-1001')).toBeUndefined();
    expect(await desk.deskFor('globex').hasNote(ticketJob(), 'm1', signal)).toBe(false);
    for (const id of ['*', '', 'TKT-1', '../acme', 'TKT-1001\n'])
      expect(await desk.readTicket('acme', id)).toBeUndefined();
  });
});
