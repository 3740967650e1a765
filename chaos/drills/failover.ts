import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, noteFigure, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import type { Ledger } from '../ledger.js';
import { type ReplicatedRedis, startReplicatedRedis } from '../replicated-redis.js';
import { type Site, underLoad } from '../under-load.js';

type Way = 'planned' | 'sudden' | 'silent';
/** There and back again; the last one leaves no replica. */
const ways: readonly Way[] = ['planned', 'sudden', 'planned', 'silent'];
const shortWays: readonly Way[] = ['planned'];

const backWithinMs = 5000;
/** How long is looked at what comes after. Milliseconds. */
const watchedMs = { long: 12_000, short: 7000 };
/** What a sudden failover loses was accepted so shortly before or after it. Milliseconds. */
const replicationLagMs = 1000;

interface Failover {
  readonly way: Way;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** From the moment at which the address leads to the new primary, milliseconds. */
  readonly httpBackMs: number;
  /** Until each worker child had taken a job that was accepted after it; Infinity: one never did. */
  readonly workersBackMs: number;
}

/** Refusals so shortly before the end of what is looked at have not ended. Milliseconds. */
const stillRefusedMs = 1000;

/** From this moment to the last refusal or cut after it, milliseconds; Infinity: they have not ended. */
function refusedForMs({ deliveries }: Ledger, sinceMs: number): number {
  const ends = deliveries.flatMap(({ seen }) =>
    seen.filter(({ outcome, lastMs }) => outcome !== '202' && lastMs > sinceMs).map(({ lastMs }) => lastMs),
  );
  const last = Math.max(sinceMs, ...ends);
  return Date.now() - last < stillRefusedMs ? Number.POSITIVE_INFINITY : last - sinceMs;
}

async function failOver(way: Way, redis: ReplicatedRedis, { target, ledger }: Site, forMs: number): Promise<Failover> {
  const workers = (await target.children('worker')).length;
  await redis[way]();
  const atMs = Date.now();
  const isNew = (jobId: string): boolean =>
    ledger.deliveries.some((one) => one.jobId === jobId && (one.acceptedAtMs ?? 0) > atMs);
  const seen = new Set<string>();
  let workersBackMs = Number.POSITIVE_INFINITY;
  while (Date.now() - atMs < forMs) {
    for (const holder of await redis.view.holders(isNew)) seen.add(holder);
    if (seen.size >= workers) workersBackMs = Math.min(workersBackMs, Date.now() - atMs);
    await sleep(50);
  }
  return { way, atMs, httpBackMs: refusedForMs(ledger, atMs), workersBackMs };
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(1)} s` : 'never');

export const failover: Drill = {
  what: 'Redis fails over to its replica under load, and the connections to the old primary stay open',
  async run({ seed, short, say }) {
    const redis = await startReplicatedRedis();
    try {
      const options = {
        seed,
        target: { withModel: true, redis, env: { WORKER_CONCURRENCY: '20' } },
        load: { clients: 16, perSecond: 40, name: 'failover', patienceMs: 10_000 },
      };
      return await underLoad(options, async (site) => {
        const { target, ledger, load, green } = site;
        // So that each worker has jobs at any moment, by which it is seen.
        target.model.behave({ kind: 'slow', delayMs: 300 });
        const failovers: Failover[] = [];
        for (const way of short ? shortWays : ways) {
          await sleep(2000);
          const one = await failOver(way, redis, site, short ? watchedMs.short : watchedMs.long);
          failovers.push(one);
          say(`${way}: http back after ${seconds(one.httpBackMs)}, workers after ${seconds(one.workersBackMs)}`);
        }
        const accepted = await Promise.race([load.stop().then(() => true), sleep(20_000).then(() => false)]);
        await green.stop();
        const figures = failovers.map(
          ({ way, httpBackMs, workersBackMs }) =>
            `${way} http ${seconds(httpBackMs)}, workers ${seconds(workersBackMs)}`,
        );
        if (!accepted) {
          const figure = `${figures.join('; ')}; webhooks were still refused 20 s after the last failover`;
          return [{ promise: 'failover', figure, verdict: 'broken', raw: { failovers } }];
        }
        const notes = await auditNotes(target, ledger, say);
        // Redis replicates after it has answered: a sudden failover loses what was on its way (docs/reliability.md).
        const mayBeLost = new Set(
          ledger.deliveries
            .filter(({ acceptedAtMs = 0 }) =>
              failovers.some(({ way, atMs }) => way !== 'planned' && Math.abs(acceptedAtMs - atMs) < replicationLagMs),
            )
            .map(({ ticketId }) => ticketId),
        );
        const lost = notes.lost.filter((id) => !mayBeLost.has(id));
        const slowest = failovers.filter(
          ({ httpBackMs, workersBackMs }) => httpBackMs > backWithinMs || workersBackMs > backWithinMs,
        );
        const wrong = [
          ...wrongNotes({ ...notes, lost }),
          ...slowest.map(({ way, atMs }) => `not back in time: ${way} at ${new Date(atMs).toISOString()}`),
        ];
        const figure = `${figures.join('; ')}; ${noteFigure(notes)}; \`/readyz\` 200 beside 503s for ${seconds(green.readyz.ms)}`;
        return [
          noteFinding({
            promise: 'failover',
            figure,
            wrong,
            notes,
            holds: green.readyz.ms <= 3000,
            raw: { failovers, notes },
          }),
        ];
      });
    } finally {
      await redis.close();
    }
  },
};
