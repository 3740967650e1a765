/**
 * What a calm tenant notices of others that flood: the time from its webhook to its answer, and to its note, alone and beside
 * floods of several kinds, of one tenant and of several. The real service with its defaults (two http children, two workers
 * of ten jobs, Redis that syncs every write), a new one for each phase.
 *
 *   npm run bench:isolation [-- --rounds N] [--only TEXT] [--write]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serviceDeskAt, writeTenants } from '../test/support/tenants-files.js';
import { startDesk } from './isolation/desk.js';
import { startMeasured } from './measured-service.js';
import { ms, percentile, report, times } from './report.js';
import { signedTicket } from './webhook-load.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean' },
  },
});
const rounds = Number(options.rounds);
const seconds = 10;
const warmUpSeconds = 3;
const calmPerSecond = 20;
/** For each of the two requests that a note takes. */
const deskDelayMs = 150;

interface Flood {
  readonly what: string;
  readonly tenants: number;
  /** Of all of them together. */
  readonly perSecond: number;
  /** Infinity: the desk never answers. */
  readonly deskDelayMs: number;
}

const words = (tenants: number): string => (tenants === 1 ? '1 tenant' : `${tenants} tenants`);
const slow = (tenants: number): Flood => ({
  what: `${words(tenants)}, 100/s in all, desks that take 2 s a request`,
  tenants,
  perSecond: 100,
  deskDelayMs: 2000,
});
const hanging = (tenants: number): Flood => ({
  what: `${words(tenants)}, 100/s in all, desks that never answer`,
  tenants,
  perSecond: 100,
  deskDelayMs: Number.POSITIVE_INFINITY,
});
const mostTenants = 5;

const floods: readonly Flood[] = [
  { what: '1 tenant, as many as its limit allows, 100/s', tenants: 1, perSecond: 100, deskDelayMs: 30 },
  { what: '1 tenant, ten times its limit, 1,000/s', tenants: 1, perSecond: 1000, deskDelayMs: 30 },
  ...[1, 2, mostTenants].flatMap((tenants) => [slow(tenants), hanging(tenants)]),
].filter(({ what }) => what.includes(options.only));

interface Times {
  readonly answersMs: number[];
  readonly notesMs: number[];
}

const floodIds = Array.from({ length: mostTenants }, (_, i) => `flood-${i}`);
let refused = 0;

/** Sends at a steady rate, whatever the answers do, and waits for every note. */
async function sendCalmly(url: string, sentMs: Map<string, number>, forSeconds: number, prefix: string) {
  const answersMs: number[] = [];
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let i = 0; i < forSeconds * calmPerSecond; i++) {
    await sleep(Math.max(0, start + (i * 1000) / calmPerSecond - performance.now()));
    const ticketId = `${prefix}-${i}`;
    const { body, headers } = signedTicket('calm', ticketId);
    const sent = performance.now();
    sentMs.set(ticketId, sent);
    pending.push(
      fetch(url, { method: 'POST', body, headers }).then(async (answer) => {
        await answer.arrayBuffer();
        if (answer.status === 202) {
          answersMs.push(performance.now() - sent);
          return;
        }
        refused++; // a disk that is busy with others for more than a second
        sentMs.delete(ticketId);
      }),
    );
  }
  await Promise.all(pending);
  for (let waited = 0; sentMs.size > 0; waited++) {
    if (waited > 600) throw new Error(`${sentMs.size} notes of the calm tenant did not come within a minute`);
    await sleep(100);
  }
  return answersMs;
}

async function phase(flood: Flood | undefined): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), 'te-bench-'));
  const sentMs = new Map<string, number>();
  const notesMs: number[] = [];
  const desk = await startDesk(deskDelayMs, (ticketId) => {
    const sent = sentMs.get(ticketId);
    if (sent === undefined) return;
    sentMs.delete(ticketId);
    notesMs.push(performance.now() - sent);
  });
  // Also in the phase without a flood: it is there and idle.
  const flooder = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'isolation/flood.ts'), String(flood?.deskDelayMs ?? 0)],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const [floodDesk] = (await once(createInterface(flooder.stdout), 'line')) as [string];
  const entry = (baseUrl: string) => ({ desk: serviceDeskAt(baseUrl), limits: { requests_per_minute: 6000 } });
  const flooding = floodIds.map((id) => [id, entry(floodDesk)]);
  const service = await startMeasured(
    writeTenants(folder, { calm: entry(desk.baseUrl), ...Object.fromEntries(flooding) }),
  );
  try {
    const url = `${service.webhooks}/webhook/servicedesk`;
    if (flood !== undefined) flooder.stdin.write(`${url} ${flood.perSecond} ${flood.tenants}\n`);
    await sendCalmly(url, sentMs, warmUpSeconds, 'W');
    notesMs.length = 0;
    const answersMs = await sendCalmly(url, sentMs, seconds, 'C');
    return { answersMs, notesMs };
  } finally {
    const ended = once(flooder, 'exit');
    flooder.kill('SIGKILL');
    await ended;
    service.process.kill('SIGTERM');
    await service.stop('SIGTERM'); // the second one: what the flood left is not worth waiting for
    await service.destroy();
    await desk.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const alone: Times = { answersMs: [], notesMs: [] };
const beside = floods.map((): Times => ({ answersMs: [], notesMs: [] }));
for (let round = 0; round < rounds; round++) {
  for (const [i, flood] of [undefined, ...floods].entries()) {
    const measured = await phase(flood);
    const into = i === 0 ? alone : beside[i - 1];
    into?.answersMs.push(...measured.answersMs);
    into?.notesMs.push(...measured.notesMs);
    process.stderr.write('.');
  }
}
process.stderr.write('\n');

const row = (what: string, ours: readonly number[], peer: readonly number[]) => {
  const [p95, base] = [percentile(ours, 0.95), percentile(peer, 0.95)];
  const shown = (values: readonly number[], top: number) => `p50 ${ms(percentile(values, 0.5))}, p95 ${ms(top)}`;
  return {
    what,
    ours: shown(ours, p95),
    peer: shown(peer, base),
    ratio: times(p95 / base),
    goal: 'at most 1.2x',
    reached: p95 / base <= 1.2,
  };
};
await report(
  'isolation',
  floods.flatMap(({ what }, i) => [
    row(`webhook to note; the flood: ${what}`, beside[i]?.notesMs ?? [], alone.notesMs),
    row(`webhook to answer; the flood: ${what}`, beside[i]?.answersMs ?? [], alone.answersMs),
  ]),
  [
    `The calm tenant sends ${calmPerSecond} webhooks a second to a desk that takes ${deskDelayMs} ms for each of the two requests of ` +
      `a note; ${rounds} rounds of ${seconds} s. Senders and desks share the machine with the service. Of the calm tenant's webhooks ${refused} were refused.`,
  ],
);
process.exit(0);
