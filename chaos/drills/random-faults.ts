import { percentile } from '../../bench/report.js';
import { auditCounters, noteFigure } from '../audit.js';
import type { Drill } from '../drill.js';
import { endure, type Endured } from '../endure.js';
import { faultNames, mortalFaults } from '../faults.js';
import type { GreenWatch } from '../green-watch.js';
import { exactly, type Finding, within } from '../promises.js';
import type { AddedTenant } from '../sightings.js';

/** A whole scrape is bounded by SCRAPE_TIMEOUT_MS: slower than that is a broken promise, not a busy machine. */
const scrapeBoundMs = 2000;
const scrapeGoalsMs = { slowest: 500, p99: 250 };
/** How long `/readyz` may say ready while every webhook is refused. */
const longestGreenMs = 3000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Second notes, and tickets given up: of any random drill. */
export function noteFindings({ notes, ledger, faults, raw }: Endured): readonly Finding[] {
  const wrong = [
    ...notes.twice.map((id) => `twice: ${id}`),
    ...notes.lost.map((id) => `lost: ${id}`),
    ...notes.unended.map((id) => `not ended: ${id}`),
    ...ledger.changedJobs.map((id) => `two jobs: ${id}`),
  ];
  return [
    {
      promise: 'second notes',
      figure: `${noteFigure(notes)}; ${faults}`,
      verdict: exactly(wrong.length === 0),
      details: wrong,
      evidence: notes.evidence,
      raw,
    },
    {
      promise: 'given up',
      figure: `${notes.givenUp.length} of ${notes.accepted}`,
      verdict: exactly(notes.givenUp.length === 0),
      details: [...notes.reasons].map(([code, count]) => `${count} ${code}`),
      // Shown once, with the second notes, where there are any.
      evidence: wrong.length === 0 ? notes.evidence : [],
    },
  ];
}

export function greenFinding({ readyz, state }: Pick<GreenWatch, 'readyz' | 'state'>): Finding {
  const page = state === undefined ? '' : `; \`state\` ready ${seconds(state.ms)}`;
  const worst = Math.max(readyz.ms, state?.ms ?? 0);
  const { endedAtMs } = readyz;
  const ago = endedAtMs === undefined ? 0 : performance.now() - endedAtMs;
  return {
    promise: 'green',
    figure: `${seconds(readyz.ms)}${page}`,
    verdict: exactly(worst <= longestGreenMs),
    details: [`the longest ended at ${new Date(Date.now() - ago).toISOString()}`],
  };
}

/** Empty when no tenant was added. */
export function addedTenantFinding(
  added: readonly AddedTenant[],
  { notes: { givenUp }, unserved }: Pick<Endured, 'notes' | 'unserved'>,
): readonly Finding[] {
  if (added.length === 0) return [];
  const failed = givenUp.filter((ticketId) => added.some(({ tenantId }) => ticketId.startsWith(`${tenantId}-`)));
  const mixedMs = Math.max(...added.map((one) => one.mixedMs()));
  return [
    {
      promise: 'added tenant',
      figure: `${failed.length} failed over ${added.length} tenants, ${unserved.length} not served; its last 401 at most ${seconds(mixedMs)} after its first 202`,
      verdict: exactly(failed.length === 0 && unserved.length === 0),
      details: [...unserved.map((id) => `never served: ${id}`), ...failed.map((id) => `given up: ${id}`)],
    },
  ];
}

async function counterFindings(endured: Endured, short: boolean): Promise<readonly Finding[]> {
  const { target, ledger, scraper } = endured;
  const counters = await auditCounters(target, ledger);
  const { latenciesMs, floodLatenciesMs, failures, decreases } = await scraper.stop();
  // A run of chosen faults may have no scrapes at once.
  const floodP99Ms = floodLatenciesMs.length === 0 ? 0 : percentile(floodLatenciesMs, 0.99);
  const p99Ms = percentile(latenciesMs, 0.99);
  const slowestMs = Math.max(...latenciesMs, ...floodLatenciesMs);
  const scrapes = latenciesMs.length + floodLatenciesMs.length;
  const slowestBoundMs = short ? 2 * scrapeBoundMs : scrapeBoundMs;
  return [
    {
      promise: 'counters',
      figure: `${counters.lost} lost of ${ledger.deliveries.length} deliveries, ${decreases.length} decreases in ${scrapes} scrapes`,
      verdict: exactly(counters.wrong.length === 0 && decreases.length === 0),
      details: [...counters.wrong, ...decreases],
    },
    {
      promise: 'scrape',
      figure: `slowest ${slowestMs.toFixed(0)} ms; p99 of 200 at once ${floodP99Ms.toFixed(0)} ms, of the others ${p99Ms.toFixed(0)} ms; ${failures.length} failed of ${scrapes + failures.length}`,
      verdict:
        failures.length > 0
          ? 'broken'
          : Math.max(p99Ms, floodP99Ms) > scrapeGoalsMs.p99
            ? 'missed'
            : within(slowestMs, scrapeGoalsMs.slowest, slowestBoundMs),
      details: failures,
      raw: { latenciesMs, floodLatenciesMs, failures },
    },
  ];
}

/** Shorter than a slow desk takes, so that reloads meet requests that are under way. Milliseconds. */
const drainMs = 3000;

/** One primary lives through it, so that its counters can be held against the ledger. */
export const randomFaults: Drill = {
  what: 'everything breaks at random, under load, with a ledger of what the clients saw',
  async run(context) {
    const names = faultNames.filter((name) => !mortalFaults.includes(name));
    return endure(names, context, { SHUTDOWN_TIMEOUT_MS: String(drainMs) }, async (endured) => {
      await endured.green.stop();
      return [
        ...noteFindings(endured),
        ...addedTenantFinding(endured.sightings.addedTenants, endured),
        ...(await counterFindings(endured, context.short)),
        greenFinding(endured.green),
      ];
    });
  },
};
