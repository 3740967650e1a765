import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type LoadDocuments,
  longestArticle,
  type ResolvedTicket,
  type TicketHistory,
} from '../../../src/enhancement/index.js';
import {
  createHistorySource,
  createInventorySource,
  createKnowledgeSource,
} from '../../../src/enhancement/note-engine.js';
import { createIndexBudget, type IndexBudget } from '../../../src/enhancement/index-budget.js';
import type { Document } from '../../../src/enhancement/ranking.js';
import { createRetrievalIndex } from '../../../src/enhancement/retrieval.js';
import { blockedMs } from '../../support/blocked-loop.js';
import { hostileHistories, hostileTicket, wordOf } from '../../support/hostile-histories.js';
import { ticketJob } from '../../support/worker.js';

/** Bounds of what is searched for a tenant: in bytes, in turns of the event loop, and fair to the others. */

/** The contract: nothing that comes from outside blocks a loop for longer. */
const boundMs = 50;
const MB = 1024 * 1024;
const { signal } = new AbortController();

function loadOf<T>(documents: readonly T[]): LoadDocuments<T> {
  return async (use) => {
    for (const document of documents) await use(document);
  };
}

const historyOf = (tickets: readonly ResolvedTicket[], perPage = 50): TicketHistory => ({
  upsert: async () => undefined,
  async changesSince(_tenantId, cursor) {
    const page = tickets.slice(cursor, cursor + perPage);
    return { tickets: page, cursor: cursor + page.length, reset: false };
  },
});

const resolved = (number: number, text = `unique${number} tunnel`): ResolvedTicket => ({
  ticketId: `T${number}`,
  subject: `VPN ${number}`,
  description: text,
  resolution: `Solved ${number}.`,
  resolvedAt: '2026-10-01T12:00:00Z',
  tags: [],
});

describe('a budget of indexes', () => {
  /** Indexes of tenants that are used one after the other, each growing to its size or to what it is allowed. */
  function use(budget: IndexBudget, part: number) {
    let bytes = 0;
    let evictions = 0;
    const account = budget.open(part, () => {
      bytes = 0;
      evictions++;
    });
    return {
      evictions: () => evictions,
      bytes: () => bytes,
      grow: (to: number) =>
        account.use(async () => {
          for (; bytes < to; bytes++) if (!account.holds(bytes + 1)) return account.holds(bytes);
          return account.holds(bytes);
        }),
    };
  }

  it('keeps a large index from taking more than its part', async () => {
    const one = use(createIndexBudget(100), 0.5);
    await one.grow(80);
    expect(one.bytes()).toBe(50);
  });

  it('evicts the large one that was used longest ago, and no small one', async () => {
    const budget = createIndexBudget(100);
    const [small, first, second, third] = [use(budget, 1), use(budget, 1), use(budget, 1), use(budget, 1)];
    await small.grow(5);
    await first.grow(45);
    await second.grow(45);
    await first.grow(45);
    await third.grow(40);
    expect([small, first, second, third].map((one) => one.evictions())).toEqual([0, 0, 1, 0]);
  });

  it('is kept whatever is used in whatever order, and an index of an equal share always fits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 1000 })), { maxLength: 60 }),
        async (uses) => {
          const budget = createIndexBudget(1000);
          const indexes = Array.from({ length: 10 }, () => use(budget, 0.5));
          for (const [i, to] of uses) {
            const index = indexes[i];
            await index?.grow(to);
            expect(index?.bytes()).toBeGreaterThanOrEqual(Math.min(to, 100));
            expect(indexes.reduce((sum, one) => sum + one.bytes(), 0)).toBeLessThanOrEqual(1000);
          }
        },
      ),
    );
  });
});

describe('a history', () => {
  it('of more than its part of the budget is searched in its newest tickets, and says how many are left out', async () => {
    const tickets = Array.from({ length: 500 }, (_, i) => resolved(i));
    const source = createHistorySource({
      tenantId: 'acme',
      history: historyOf(tickets),
      budget: createIndexBudget(MB / 4),
    });
    const find = async (number: number) =>
      (await source.search(ticketJob({ subject: `unique${number} tunnel`, description: '' }), signal)).map(
        ({ id }) => id,
      );
    expect(await find(499)).toContain('T499');
    expect(await find(0)).not.toContain('T0');
    const { used, skipped } = source.documents();
    expect(used).toBeGreaterThan(50);
    expect(used + skipped).toBe(500);
  });

  it('that was evicted is read again at its next search', async () => {
    const budget = createIndexBudget(MB / 4);
    const sources = ['a', 'b', 'c', 'd', 'e'].map((tenantId) =>
      createHistorySource({
        tenantId,
        history: historyOf(Array.from({ length: 500 }, (_, i) => resolved(i, `of ${tenantId} unique${i} tunnel`))),
        budget,
      }),
    );
    for (let round = 0; round < 2; round++) {
      for (const source of sources) {
        const found = await source.search(ticketJob({ subject: 'unique499 tunnel', description: '' }), signal);
        expect(found[0]?.id).toBe('T499');
      }
    }
  });

  it.each([
    ...hostileHistories,
    { what: 'tickets of 30,000 words', tickets: 300, characters: 3000, words: 30_000 },
    { what: 'tickets of the same 60 words', tickets: 2000, characters: 400, words: 60 },
  ])(
    'of $what stays within its bytes, and blocks the loop neither built nor searched',
    async (history) => {
      const tickets = Array.from({ length: Math.min(history.tickets, 1e6 / history.characters) }, (_, i) =>
        hostileTicket(history, i),
      );
      const asked = ticketJob({ subject: 'VPN drops', description: tickets[0]?.description ?? '' });
      let most = 0;
      const budget: IndexBudget = {
        open(part, forget) {
          const account = createIndexBudget(9 * MB).open(part, forget);
          return { use: (work) => account.use(work), holds: (bytes) => account.holds((most = bytes)) };
        },
      };
      const fresh = () => createHistorySource({ tenantId: 'acme', history: historyOf(tickets), budget });
      let source = fresh();
      const build = () => (source = fresh()).search(asked, signal);
      expect(await blockedMs(boundMs, build)).toBeLessThanOrEqual(boundMs);
      expect(await blockedMs(boundMs, () => source.search(asked, signal))).toBeLessThanOrEqual(boundMs);
      expect(most).toBeLessThanOrEqual(3 * MB);
      const { used, skipped } = source.documents();
      expect(used).toBeGreaterThan(0);
      expect(used + skipped).toBe(tickets.length);
    },
    120_000,
  );
});

describe('an index', () => {
  it('takes nothing when all is removed, in whatever order', () => {
    const words = fc.array(fc.nat(50).map(wordOf), { maxLength: 20 }).map((all) => all.join(' '));
    const document = fc.record({ id: fc.nat(9).map(String), title: words, text: words, extra: words });
    fc.assert(
      fc.property(fc.array(document), (documents) => {
        const index = createRetrievalIndex<Document>();
        for (const one of documents) index.upsert(one);
        for (let id = 9; id >= 0; id--) index.remove(String(id));
        expect(index.bytes).toBe(0);
        expect(index.size).toBe(0);
      }),
    );
  });
});

describe('a knowledge base', () => {
  const article = (id: string, markdown: string) => ({ id, title: `VPN tunnel drops ${id}`, markdown });
  const vpn = ticketJob({ subject: 'VPN tunnel drops', description: 'The tunnel drops every hour.' });

  it('of more than its part of the budget is searched in what fits, and says how many articles are left out', async () => {
    const articles = Array.from({ length: 40 }, (_, i) => article(`a${i}`, hostileText(i, 3000)));
    const source = createKnowledgeSource(loadOf(articles), createIndexBudget(6 * MB));
    await source.search(vpn, signal);
    const { used, skipped } = source.documents();
    expect(used).toBeGreaterThan(1);
    expect(skipped).toBe(40 - used);
    expect(skipped).toBeGreaterThan(0);
  });

  it.each([
    ['one endless paragraph', 'tunnel drops hourly '.repeat(20_000)],
    ['sentences of one word', 'Tunnel. Drops. Go. '.repeat(20_000)],
    ['headings alone', '# Fix the tunnel drops\nx\n'.repeat(20_000)],
    ['paragraphs of one word', 'tunnel\n\ndrops\n\n'.repeat(20_000)],
    ['marks', '[](**__``'.repeat(20_000)],
    ['no word twice', hostileText(1, 50_000)],
  ])('of an article of %s, as long as it may be, is searched without blocking the loop', async (_, markdown) => {
    const articles = ['a', 'b', 'c'].map((id) => article(id, `Tunnel drops.\n${markdown}`.slice(0, longestArticle)));
    const source = () => createKnowledgeSource(loadOf(articles));
    expect(await blockedMs(boundMs, () => source().search(vpn, signal))).toBeLessThanOrEqual(boundMs);
    expect(await source().search(vpn, signal)).toHaveLength(3);
  });

  function hostileText(first: number, words: number): string {
    return Array.from({ length: words }, (_, i) => wordOf(first * words + i)).join(' ');
  }
});

describe('an inventory', () => {
  it('of many assets, with long notes, is searched without blocking the loop', async () => {
    const assets = Array.from({ length: 20_000 }, (_, i) => ({
      name: `vpn-${i}`,
      kind: 'gateway',
      aliases: ['vpn', 'tunnel'],
      notes: i < 10 ? 'tunnel '.repeat(1400) : 'The tunnel drops.',
    }));
    const source = createInventorySource(loadOf(assets), createIndexBudget(300 * MB));
    const ticket = ticketJob({ subject: 'vpn-19 tunnel', description: '' });
    expect(await blockedMs(boundMs, () => source.search(ticket, signal))).toBeLessThanOrEqual(boundMs);
    const { used, skipped } = source.documents();
    expect(used + skipped).toBe(assets.length);
  });
});
