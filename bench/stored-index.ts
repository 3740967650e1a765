/**
 * The index of one tenant's history as two workers of a machine have it: built from Redis in the first one's thread, opened by the
 * second, and searched. Each worker is a process of its own, of the built service.
 *
 *   npm run bench:stored-index [-- --write]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createRandom } from '../chaos/random.js';
import { createTicketHistory } from '../src/connectors/index.js';
import type { ResolvedTicket } from '../src/enhancement/index.js';
import type * as workers from '../src/workers/index.js';
import { patientConnection } from '../src/redis/connection.js';
import { startRedis } from '../test/support/redis.js';
import { machine, percentile, publish } from './report.js';
import { wordOf } from '../test/support/hostile-histories.js';

const sizes = [20_000, 100_000];
const searches = 300;
/** Of description and resolution together: as long as a ticket of the demo tenants. */
const characters = 400;

/** Words as texts have them: few are frequent, most are rare. */
function textOf(length: number, random: () => number): string {
  let text = wordOf(Math.floor(20_000 * random() ** 4));
  while (text.length < length) text += ` ${wordOf(Math.floor(20_000 * random() ** 4))}`;
  return text;
}

function* ticketsOf(count: number): Generator<ResolvedTicket> {
  const random = createRandom(1);
  for (let i = 0; i < count; i++) {
    yield {
      ticketId: `T${i}`,
      subject: textOf(30, random),
      description: textOf(characters / 2, random),
      resolution: textOf(characters / 2, random),
      resolvedAt: '2026-10-01T12:00:00Z',
      tags: [],
    };
  }
}

const turnSchema = z.object({ ranMs: z.number(), waitedMs: z.number() });
type Turn = z.infer<typeof turnSchema>;

const measuredSchema = z.object({
  firstMs: z.number(),
  ms: z.array(z.number()),
  residentBytes: z.number(),
  /** During the first search, and during the others. */
  firstTurn: turnSchema,
  turn: turnSchema,
  used: z.number(),
});
type Measured = z.infer<typeof measuredSchema>;

/**
 * The longest turn of this process's event loop: the processor time of its thread between two timers, and the time in which it was
 * ready and another thread had the processor (`/proc/<pid>/schedstat`, in nanoseconds). Elsewhere than on Linux both are 0.
 */
function watchTurns(): { end: () => Turn } {
  const spent = (): [ran: number, waited: number] => {
    if (process.platform !== 'linux') return [0, 0];
    const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
    return [ran / 1e6, waited / 1e6];
  };
  const longest = { ranMs: 0, waitedMs: 0 };
  let before = spent();
  const look = (): void => {
    const now = spent();
    longest.ranMs = Math.max(longest.ranMs, now[0] - before[0]);
    longest.waitedMs = Math.max(longest.waitedMs, now[1] - before[1]);
    before = now;
  };
  const timer = setInterval(look, 1);
  return {
    end() {
      clearInterval(timer);
      look();
      return longest;
    },
  };
}

/** In a process of its own: one search that builds or opens the index, then many. */
async function measureWorker(redisUrl: string, dataDir: string): Promise<Measured> {
  // A thread begins with a file of the built service.
  const built = new URL('../dist/workers/index.js', import.meta.url).href;
  const { startContextThread } = (await import(built)) as typeof workers;
  const events = {
    filesRead: () => undefined,
    indexFailed(_: unknown, why: string) {
      throw new Error(why);
    },
  };
  const { signal } = new AbortController();
  const host = startContextThread({ redisUrl, dataDir, tenantIds: ['bench', 'none'] }, events);
  const sourceOf = (id: string) => {
    const [source] = host.sourcesOf({ id });
    if (source === undefined) throw new Error('a tenant without a history');
    return source;
  };
  const random = createRandom(2);
  const ask = async (tenantId: string): Promise<number> => {
    const beganMs = performance.now();
    const ticket = { tenantId, ticketId: 'asked', priority: 'high', createdAt: '2026-11-23T10:00:00Z' } as const;
    await sourceOf(tenantId).search(
      { ...ticket, subject: textOf(40, random), description: textOf(200, random) },
      signal,
    );
    return performance.now() - beganMs;
  };
  await ask('none'); // the thread has begun
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const firstTurns = watchTurns();
  const firstMs = await ask('bench');
  const firstTurn = firstTurns.end();
  const turns = watchTurns();
  const ms: number[] = [];
  for (let i = 0; i < searches; i++) ms.push(await ask('bench'));
  const turn = turns.end();
  const source = sourceOf('bench');
  await source.search(
    {
      tenantId: 'bench',
      ticketId: 'x',
      subject: 'x',
      description: '',
      priority: 'low',
      createdAt: '2026-11-23T10:00:00Z',
    },
    signal,
  );
  const residentBytes = process.memoryUsage().rss - before;
  await host.end();
  return { firstMs, ms, residentBytes, firstTurn, turn, used: source.documents().used };
}

const [, , redisUrl, dataDir] = process.argv;
if (redisUrl !== undefined && dataDir !== undefined && redisUrl !== '--write') {
  console.log(JSON.stringify(await measureWorker(redisUrl, dataDir)));
  process.exit(0);
}

function worker(redisUrl: string, dataDir: string): Measured {
  const options = ['--expose-gc', '--import', 'tsx', import.meta.filename, redisUrl, dataDir];
  const { stdout, stderr, status } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return measuredSchema.parse(JSON.parse(stdout));
}

async function rowsFor(tickets: number): Promise<string[]> {
  const redis = await startRedis();
  const folder = mkdtempSync(join(tmpdir(), 'te-bench-index-'));
  const connection = patientConnection(redis.url);
  try {
    const history = createTicketHistory(connection);
    let batch: Promise<void>[] = [];
    for (const ticket of ticketsOf(tickets)) {
      batch.push(history.upsert('bench', ticket));
      if (batch.length < 500) continue;
      await Promise.all(batch);
      batch = [];
    }
    const turnCell = ({ ranMs, waitedMs }: Turn): string => `${ranMs.toFixed(1)} ms (${waitedMs.toFixed(1)} ms)`;
    const MB = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    const row = (what: string, { firstMs, ms, residentBytes, firstTurn, turn, used }: Measured): string => {
      const files = join(folder, 'index', 'bench');
      const stored = readdirSync(files).reduce((sum, name) => sum + statSync(join(files, name)).size, 0);
      if (used !== tickets) throw new Error(`${used} of ${tickets} tickets are in the index`);
      const cells = [
        `${tickets.toLocaleString('en')} tickets, ${what}`,
        `${(firstMs / 1000).toFixed(1)} s`,
        `${percentile(ms, 0.5).toFixed(1)} ms`,
        `${percentile(ms, 0.99).toFixed(1)} ms`,
        turnCell(firstTurn),
        turnCell(turn),
        MB(residentBytes),
        MB(stored),
      ];
      return `| ${cells.join(' | ')} |`;
    };
    return [
      row('the worker that builds it', worker(redis.url, folder)),
      row('a worker that opens it', worker(redis.url, folder)),
    ];
  } finally {
    connection.disconnect();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const rows: string[] = [];
for (const size of sizes) rows.push(...(await rowsFor(size)));
await publish(
  'benchmarks',
  'stored-index',
  [
    '| history | first search | search p50 | p99 | longest turn of the worker’s loop, first search | the same, other searches | memory of the worker | on disk |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `Measured on ${machine()}. Tickets of ${characters} characters and searches of 240, of 20,000 words; ${searches} searches.`,
  ].join('\n'),
);
