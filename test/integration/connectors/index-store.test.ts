import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { type IndexFolderOptions, openIndexFolder } from '../../../src/connectors/index-store/index-folder.js';
import {
  type ContextSource,
  createIndexBudget,
  type ResolvedTicket,
  type SegmentStore,
} from '../../../src/enhancement/index.js';
import { createHistorySource } from '../../../src/enhancement/note-engine.js';
import { wordOf } from '../../support/hostile-histories.js';
import { memoryHistory } from '../../support/memory-history.js';
import { temporaryFolder } from '../../support/opened.js';
import { ticketJob } from '../../support/worker.js';

/** Indexes of resolved tickets in files, as two processes of a machine have them: each object here stands for a process. */

const { signal } = new AbortController();
let dataDir: string;
let broken: string[];
beforeEach(() => {
  dataDir = temporaryFolder();
  broken = [];
});

const folderOf = (options: Partial<IndexFolderOptions> = {}) =>
  openIndexFolder(dataDir, {
    onBroken: (tenantId, error) => void broken.push(`${tenantId}: ${String(error)}`),
    ...options,
  });
const path = (...names: string[]): string => join(dataDir, 'index', 'acme', ...names);
const segments = (): string[] => readdirSync(path()).filter((name) => name.endsWith('.segment'));

function ticket(number: number, words = `unique${number} tunnel`): ResolvedTicket {
  return {
    ticketId: `T${number}`,
    subject: `VPN ${words}`,
    description: words,
    resolution: `Gateway ${number} was restarted.`,
    resolvedAt: '2026-10-01T12:00:00Z',
    tags: [],
  };
}
const tickets = (count: number, first = 0): ResolvedTicket[] =>
  Array.from({ length: count }, (_, i) => ticket(first + i));

interface Opened {
  readonly history?: ReturnType<typeof memoryHistory>;
  readonly store?: SegmentStore | undefined;
  readonly seed?: readonly ResolvedTicket[];
  readonly onStoreFailed?: (error: unknown) => void;
}

function open({ history = memoryHistory(), store, seed = [], onStoreFailed }: Opened): ContextSource {
  return createHistorySource({
    tenantId: 'acme',
    history,
    seed: async (use) => {
      for (const one of seed) await use(one);
    },
    store,
    storedFromBytes: 1,
    onStoreFailed,
  });
}

async function find(source: ContextSource, subject: string): Promise<string[]> {
  const found = await source.search(ticketJob({ subject, description: '' }), signal);
  return found.map(({ id }) => id);
}

describe('an index in files', () => {
  it('ranks as one in memory, whichever process is asked after whatever changes', async () => {
    const words = fc
      .array(fc.constantFrom('vpn', 'tunnel', 'printer', 'toner', 'disk', 'mail'), { minLength: 1, maxLength: 5 })
      .map((all) => all.join(' '));
    const step = fc.record({
      changes: fc.array(fc.tuple(fc.nat(30), words), { maxLength: 12 }),
      process: fc.nat(2),
      restarts: fc.boolean(),
      asked: words,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        rmSync(path(), { recursive: true, force: true });
        const history = memoryHistory();
        const folder = folderOf();
        const processes = [0, 1, 2].map(() => open({ history, store: folder.storeOf('acme') }));
        const inMemory = open({ history });
        for (const { changes, process, restarts, asked } of steps) {
          for (const [number, words] of changes) await history.upsert('acme', ticket(number, words));
          if (restarts) processes[process] = open({ history, store: folder.storeOf('acme') });
          const job = ticketJob({ subject: asked, description: '' });
          expect(await processes[process]?.search(job, signal)).toEqual(await inMemory.search(job, signal));
        }
        expect(broken).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('is brought up to date by what is new, in the process that began it and after a start', async () => {
    const history = memoryHistory(tickets(200));
    const folder = folderOf();
    const first = open({ history, store: folder.storeOf('acme') });
    await first.search(ticketJob(), signal);
    history.reads.length = 0;
    await history.upsert('acme', ticket(200));
    const restarted = open({ history, store: folder.storeOf('acme') });
    for (const source of [first, restarted]) {
      expect(await find(source, 'unique200 tunnel')).toContain('T200');
      expect(await find(source, 'unique7 tunnel')).toContain('T7');
    }
    expect(history.reads).not.toContain(0);
  });

  it('indexes a page of the history while the next one is read', async () => {
    const events: string[] = [];
    const pages = [[ticket(1)], [ticket(2)], []].map((page) =>
      page.map((one) => ({
        ...one,
        get subject() {
          events.push(`index ${one.ticketId}`);
          return one.subject;
        },
      })),
    );
    const history = {
      ...memoryHistory(),
      changesSince: async (_: string, cursor: number) => {
        events.push(`read after ${cursor}`);
        return { reset: false, cursor: Math.min(2, cursor + 1), tickets: pages[cursor] ?? [] };
      },
    };
    expect(await find(open({ history }), 'VPN tunnel')).toHaveLength(2);
    expect([...new Set(events)]).toEqual(['read after 0', 'read after 1', 'index T1', 'read after 2', 'index T2']);
  });

  it('is told of a page that cannot be read when the page before is in it', async () => {
    const history = {
      ...memoryHistory(),
      changesSince: async (_: string, cursor: number) => {
        if (cursor > 0) throw new Error('Redis is away');
        return { reset: false, cursor: 1, tickets: [ticket(1)] };
      },
    };
    await expect(find(open({ history }), 'VPN tunnel')).rejects.toThrow('Redis is away');
  });

  it('holds tickets that only its owner can read', async () => {
    await open({ history: memoryHistory(tickets(20)), store: folderOf().storeOf('acme') }).search(ticketJob(), signal);
    const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
    expect(modeOf(path())).toBe('700');
    expect(readdirSync(path()).map((name) => modeOf(path(name)))).toEqual(['600', '600']);
  });

  it('of a history that began anew has nothing of the old one', async () => {
    const history = memoryHistory(tickets(20));
    const source = open({ history, store: folderOf().storeOf('acme') });
    await source.search(ticketJob(), signal);
    history.clear();
    await history.upsert('acme', ticket(100));
    expect(await find(source, 'unique3 tunnel')).toEqual(['T100']);
    expect(segments().map((name) => readFileSync(path(name), 'latin1').includes('unique3'))).toEqual([false]);
  });

  it('begins with the tickets of the file as it is at a start', async () => {
    const folder = folderOf();
    const seed = tickets(20);
    await open({ store: folder.storeOf('acme'), seed }).search(ticketJob(), signal);
    const changed = open({ store: folder.storeOf('acme'), seed: [...seed.slice(1), ticket(50)] });
    expect(await find(changed, 'unique50 tunnel')).toContain('T50');
    expect(await find(changed, 'unique0 tunnel')).not.toContain('T0');
  });
});

describe('an index that is broken', () => {
  const spoilt = (change: () => void) => change;
  it.each([
    ['a truncated segment', spoilt(() => truncateSync(path(segments()[0] ?? ''), 100)), 'ends before it should'],
    ['a segment with a changed byte', spoilt(() => changeByte(path(segments()[0] ?? ''))), 'is not as it was written'],
    ['a segment that is longer', spoilt(() => appendFileSync(path(segments()[0] ?? ''), 'x')), undefined],
    ['no segment', spoilt(() => rmSync(path(segments()[0] ?? ''))), 'ENOENT'],
    ['a manifest that is none', spoilt(() => writeFileSync(path('manifest.json'), '{')), 'JSON'],
    [
      'a manifest of another release',
      spoilt(() => changeManifest((manifest) => ({ ...manifest, format: 'x' }))),
      'another release',
    ],
    [
      'a manifest that names other files',
      spoilt(() => changeManifest((manifest) => ({ ...manifest, parts: [{ file: '../../../etc/passwd' }] }))),
      'parts',
    ],
    ['no manifest', spoilt(() => rmSync(path('manifest.json'))), undefined],
    ['what a killed writer left', spoilt(() => writeFileSync(path('0.segment'), 'half')), undefined],
  ])('by %s is as good as new at the next start', async (_, spoil, told) => {
    const history = memoryHistory(tickets(50));
    const folder = folderOf();
    const running = open({ history, store: folder.storeOf('acme') });
    await running.search(ticketJob(), signal);
    spoil();
    const started = open({ history, store: folder.storeOf('acme') });
    expect(await find(started, 'unique7 tunnel')).toContain('T7');
    expect(started.documents()).toEqual({ used: 50, skipped: 0 });
    expect(broken).toEqual(told === undefined ? [] : [expect.stringContaining(told)]);
    // The process that had it open is not disturbed.
    await history.upsert('acme', ticket(50));
    expect(await find(running, 'unique50 tunnel')).toContain('T50');
    expect(await find(open({ history, store: folder.storeOf('acme') }), 'unique50 tunnel')).toContain('T50');
    expect(readdirSync(path())).not.toContain('0.segment');
  });

  function changeByte(file: string): void {
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  }

  function changeManifest(change: (manifest: object) => object): void {
    writeFileSync(
      path('manifest.json'),
      JSON.stringify(change(JSON.parse(readFileSync(path('manifest.json'), 'utf8')))),
    );
  }

  it('while it is open is built anew at the search after the one that failed', async () => {
    const history = memoryHistory(tickets(50));
    const source = open({ history, store: folderOf().storeOf('acme') });
    await source.search(ticketJob(), signal);
    truncateSync(path(segments()[0] ?? ''), 10);
    await expect(find(source, 'unique7 tunnel')).rejects.toThrow('ends before it should');
    expect(await find(source, 'unique7 tunnel')).toContain('T7');
  });
});

describe('the bounds of an index', () => {
  const bytesIn = (folder: string): number =>
    readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const long = (number: number): ResolvedTicket =>
    ticket(number, Array.from({ length: 100 }, (_, i) => wordOf(number * 100 + i)).join(' '));

  it('in bytes leave out the oldest tickets, and say how many', async () => {
    const all = Array.from({ length: 400 }, (_, i) => long(i));
    const source = open({ history: memoryHistory(all), store: folderOf({ mostBytes: 200_000 }).storeOf('acme') });
    expect(await find(source, wordOf(399 * 100 + 5))).toEqual(['T399']);
    expect(await find(source, wordOf(5))).toEqual([]);
    const { used, skipped } = source.documents();
    expect(used).toBeGreaterThan(20);
    expect(used + skipped).toBe(400);
    expect(bytesIn(path())).toBeLessThanOrEqual(200_000);
    const restarted = open({ history: memoryHistory(all), store: folderOf({ mostBytes: 200_000 }).storeOf('acme') });
    await restarted.search(ticketJob(), signal);
    expect(restarted.documents()).toEqual({ used, skipped });
  });

  it('of all tenants together are kept by removing what was used longest ago', async () => {
    const folder = folderOf({ mostBytes: 100_000, mostBytesInAll: 250_000 });
    const build = (tenantId: string) =>
      open({
        history: memoryHistory(Array.from({ length: 50 }, (_, i) => long(i))),
        store: folder.storeOf(tenantId),
      }).search(ticketJob(), signal);
    const ago = (tenantId: string, minutes: number): void => {
      const then = new Date(Date.now() - minutes * 60_000);
      utimesSync(join(dataDir, 'index', tenantId), then, then);
    };
    await build('one');
    await build('two');
    ago('one', 5);
    ago('two', 10);
    await build('three');
    expect(readdirSync(join(dataDir, 'index')).sort()).toEqual(['one', 'three']);
  });

  it('leave no index of a tenant that is no longer configured', async () => {
    const folder = folderOf();
    await open({ history: memoryHistory(tickets(20)), store: folder.storeOf('acme') }).search(ticketJob(), signal);
    folder.keepOnly(['globex', 'acme']);
    expect(existsSync(path('manifest.json'))).toBe(true);
    folder.keepOnly(['globex']);
    expect(readdirSync(join(dataDir, 'index'))).toEqual([]);
  });
});

describe('a writer', () => {
  it('is alone: others wait, and use what it has built', async () => {
    const history = memoryHistory(tickets(50));
    const folder = folderOf();
    const writer = folder.storeOf('acme');
    const claim = writer.claim();
    const waiting = open({ history, store: folder.storeOf('acme') });
    const found = find(waiting, 'unique7 tunnel');
    let ended = false;
    void found.then(() => (ended = true));
    expect(folder.storeOf('acme').claim()).toBeUndefined();
    while (history.reads.length === 0) await setImmediate();
    expect(ended).toBe(false);
    expect(segments()).toEqual([]);
    claim?.release();
    expect(await found).toContain('T7');
  });

  it.each([
    ['whose process is gone', { host: hostname(), process: 2 ** 22 + 1 }, 0],
    ['whose thread of this process is gone', { host: hostname(), process: process.pid }, 0],
    ['that was not heard of for a minute', { host: 'another', process: 1 }, 60_000],
  ])('%s is not waited for', (_, writer, ageMs) => {
    mkdirSync(path(), { recursive: true });
    writeFileSync(path('writer.json'), JSON.stringify({ ...writer, token: 't' }));
    utimesSync(path('writer.json'), new Date(), new Date(Date.now() - ageMs));
    const claim = folderOf().storeOf('acme').claim();
    expect(JSON.parse(readFileSync(path('writer.json'), 'utf8'))).toMatchObject({
      host: hostname(),
      process: process.pid,
      token: expect.not.stringMatching(/^t$/),
    });
    expect(folderOf().storeOf('acme').claim()).toBeUndefined();
    claim?.release();
    expect(existsSync(path('writer.json'))).toBe(false);
  });

  it('of another machine that was heard of just now is waited for', () => {
    mkdirSync(path(), { recursive: true });
    writeFileSync(path('writer.json'), JSON.stringify({ host: 'another', process: 1, token: 't' }));
    expect(folderOf().storeOf('acme').claim()).toBeUndefined();
  });
});

describe('where no files can be written', () => {
  it('a folder of indexes cannot be opened', () => {
    writeFileSync(join(dataDir, 'index'), 'a file');
    expect(() => folderOf()).toThrow(/EEXIST|ENOTDIR/);
  });

  it('an index is built in memory, and this is told once', async () => {
    const history = memoryHistory(tickets(50));
    const folder = folderOf();
    writeFileSync(join(dataDir, 'index', 'acme'), 'a file in the place of the folder');
    const told: unknown[] = [];
    const source = open({ history, store: folder.storeOf('acme'), onStoreFailed: (error) => void told.push(error) });
    expect(await find(source, 'unique7 tunnel')).toContain('T7');
    await history.upsert('acme', ticket(50));
    expect(await find(source, 'unique50 tunnel')).toContain('T50');
    expect(told).toHaveLength(1);
  });

  it('it stays within the budget of memory', async () => {
    const budget = createIndexBudget(600_000);
    let most = 0;
    const source = createHistorySource({
      tenantId: 'acme',
      history: memoryHistory(tickets(2000)),
      budget: {
        open(part, forget) {
          const account = budget.open(part, forget);
          return { use: (work) => account.use(work), holds: (bytes) => account.holds((most = bytes)) };
        },
      },
    });
    expect(await find(source, 'unique1999 tunnel')).toContain('T1999');
    expect(most).toBeLessThanOrEqual(200_000);
    expect(source.documents().skipped).toBeGreaterThan(0);
  });
});
