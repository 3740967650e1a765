/**
 * What the index of one history takes in memory, against what it counts itself (src/enhancement/retrieval.ts), how long it
 * takes to build, and the longest search in it: for texts of several kinds, each a process of its own.
 *
 *   npm run bench:index-memory
 */
import { spawnSync } from 'node:child_process';
import { createIndexBudget, type ResolvedTicket } from '../src/enhancement/index.js';
import { createHistorySource } from '../src/enhancement/note-engine.js';
import { createRandom } from '../chaos/random.js';

interface Kind {
  readonly what: string;
  readonly tickets: number;
  /** Of each ticket's description and resolution together. */
  readonly characters: number;
  word(random: () => number, next: () => number): string;
}

const letters = 'bcdfghjklmnpqrtvwxz';
function wordOf(number: number): string {
  let word = '';
  for (let i = 0, rest = number * 7919 + 17; i < 7; i++, rest = Math.floor(rest / 19) + i * 3)
    word += letters[rest % 19];
  return word;
}

const kinds: readonly Kind[] = [
  {
    what: 'usual words',
    tickets: 20_000,
    characters: 400,
    word: (random) => wordOf(Math.floor(20_000 * random() ** 4)),
  },
  {
    what: 'usual words',
    tickets: 3000,
    characters: 20_000,
    word: (random) => wordOf(Math.floor(20_000 * random() ** 4)),
  },
  { what: '30,000 words', tickets: 8000, characters: 4000, word: (random) => wordOf(Math.floor(30_000 * random())) },
  { what: 'no word twice', tickets: 1000, characters: 4000, word: (_random, next) => wordOf(next()) },
  {
    what: 'short words, none twice',
    tickets: 1000,
    characters: 4000,
    word: (_random, next) => `x${next().toString(36)}`,
  },
  {
    what: 'long words, none twice',
    tickets: 1000,
    characters: 4000,
    word: (_random, next) => wordOf(next()).repeat(4),
  },
  { what: 'the same 60 words', tickets: 20_000, characters: 700, word: (_random, next) => wordOf(next() % 60) },
];

function* ticketsOf({ tickets, characters, word }: Kind): Generator<ResolvedTicket> {
  const random = createRandom(1);
  let number = 0;
  const text = (): string => {
    const words: string[] = [];
    for (let length = 0; length < characters / 2; length += (words.at(-1)?.length ?? 0) + 1) {
      words.push(word(random, () => number++));
    }
    return words.join(' ');
  };
  for (let i = 0; i < tickets; i++) {
    const resolvedAt = '2026-10-01T12:00:00Z';
    yield { ticketId: `T${i}`, subject: wordOf(i), description: text(), resolution: text(), resolvedAt, tags: [] };
  }
}

function takenBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Time of the processor: other processes of the machine do not count. */
async function ownMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function measure(kind: Kind): Promise<string> {
  let counted = 0;
  const budget = createIndexBudget(Number.POSITIVE_INFINITY);
  const source = createHistorySource({
    tenantId: 'bench',
    budget: {
      open(part, forget) {
        const account = budget.open(part, forget);
        return { use: (work) => account.use(work), holds: (bytes) => account.holds((counted = bytes)) };
      },
    },
    history: {
      upsert: async () => undefined,
      async changesSince(_tenantId, cursor) {
        const tickets: ResolvedTicket[] = [];
        for (let next = more.next(); !next.done; next = more.next()) {
          tickets.push(JSON.parse(JSON.stringify(next.value)) as ResolvedTicket);
          if (tickets.length === 50) break;
        }
        return { tickets, cursor: cursor + tickets.length, reset: false };
      },
    },
  });
  const more = ticketsOf(kind);
  globalThis.gc?.();
  const before = takenBytes();
  const ticket = [...ticketsOf({ ...kind, tickets: 1 })][0];
  const asked = {
    tenantId: 'bench',
    ticketId: 'asked',
    subject: ticket?.description.slice(0, 100) ?? '',
    description: ticket?.description ?? '',
    priority: 'high' as const,
    createdAt: '2026-10-01T12:00:00Z',
  };
  const { signal } = new AbortController();
  const builtMs = await ownMs(() => source.search(asked, signal));
  globalThis.gc?.();
  const taken = takenBytes() - before;
  let longestMs = 0;
  for (let i = 0; i < 5; i++) {
    longestMs = Math.max(longestMs, await ownMs(() => source.search(asked, signal)));
  }
  const MB = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const text = kind.tickets * kind.characters;
  return [
    `${kind.tickets.toLocaleString('en')} tickets of ${kind.characters / 1000} kB, ${kind.what}`,
    `${MB(text)} MB`,
    `${MB(taken)} MB`,
    (taken / text).toFixed(1),
    `${MB(counted)} MB`,
    `${(builtMs / 1000).toFixed(1)} s`,
    `${longestMs.toFixed(0)} ms`,
  ].join(' | ');
}

const chosen = kinds[Number(process.argv[2] ?? Number.NaN)];
if (chosen !== undefined) {
  console.log(`| ${await measure(chosen)} |`);
} else {
  console.log(
    '| history | text | memory | memory / text | counted | built in | longest search |\n|---|---|---|---|---|---|---|',
  );
  for (const number of kinds.keys()) {
    const options = [
      '--expose-gc',
      '--max-old-space-size=6000',
      '--import',
      'tsx',
      import.meta.filename,
      String(number),
    ];
    const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
    process.stdout.write(stdout || stderr);
  }
}
