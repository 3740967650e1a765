import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, type NoteAudit } from './audit.js';
import type { DrillContext } from './drill.js';
import type { FaultName } from './faults.js';
import type { Finding } from './promises.js';
import { injectFaults, type Injection, planFaults } from './schedule.js';
import type { AddedTenant } from './sightings.js';
import { signal } from './target.js';
import { type Site, underLoad, type UnderLoadOptions } from './under-load.js';

const shortMs = 28_000;
/** How long deliveries may still be refused after the last fault was undone. */
const acceptedWithinMs = 60_000;
/** How long jobs may still wait after that: the longest delay of a job is five minutes. A short run sees no long delays. */
const endsWithinMs = { long: 420_000, short: 330_000 };

export interface Endured extends Site {
  readonly notes: NoteAudit;
  /** Tenants that were added and are not served after a reload without faults either. */
  readonly unserved: readonly string[];
  readonly injections: readonly Injection[];
  /** `114 faults of 28 kinds`. */
  readonly faults: string;
  /** For `--json`. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Injects random faults for the time of the run, undoes them, and waits for what was begun to end. */
export async function endure(
  names: readonly FaultName[],
  { seed, minutes, short, only, say }: DrillContext,
  env: Readonly<Record<string, string>>,
  conclude: (endured: Endured) => Promise<readonly Finding[]>,
  other: Partial<Pick<UnderLoadOptions, 'target' | 'load'>> = {},
): Promise<readonly Finding[]> {
  const options = {
    seed,
    target: {
      withModel: true,
      env: { WORKER_CONCURRENCY: '30', CHILD_STALE_MS: '2000', CHILD_HUNG_MS: '8000', ...env },
      ...other.target,
    },
    load: { clients: 24, perSecond: 40, name: `chaos-${seed}`, patienceMs: 20_000, ...other.load },
  };
  const chosen = only.length === 0 ? names : names.filter((name) => only.includes(name));
  return underLoad(options, async (site) => {
    const { target, ledger, random, load } = site;
    const plan = planFaults(chosen, random, short ? shortMs : minutes * 60_000);
    const injections = await injectFaults(plan, site, (text) => say(`${ledger.deliveries.length} tickets; ${text}`));
    say('the faults are over: what was begun is finished');
    const accepted = await Promise.race([load.stop().then(() => true), sleep(acceptedWithinMs).then(() => false)]);
    if (!accepted) throw new Error(`webhooks were still refused ${acceptedWithinMs / 1000} s after the last fault`);
    // A reload makes deferred jobs run now, so that the run does not wait for the longest of their delays.
    signal(target.service.pid, 'SIGHUP');
    const unserved = await unservedTenants(site.sightings.addedTenants);
    const startMs = performance.now();
    const withinMs = short ? endsWithinMs.short : endsWithinMs.long;
    const notes = await auditNotes(target, ledger, say, { injections, endsWithinMs: withinMs });
    say(`all jobs looked at ${((performance.now() - startMs) / 1000).toFixed(0)} s after the last webhook`);
    const kinds = new Set(injections.map(({ fault }) => fault)).size;
    const raw = { seed, injections, deliveries: ledger.deliveries, answers: [...ledger.answers], notes };
    return conclude({
      ...site,
      notes,
      unserved,
      injections,
      raw,
      faults: `${injections.length} faults of ${kinds} kinds`,
    });
  });
}

async function unservedTenants(added: readonly AddedTenant[]): Promise<readonly string[]> {
  const overdue = sleep(acceptedWithinMs, undefined, { ref: false });
  const unserved = added.map(({ tenantId, served }) =>
    Promise.race([served.then(() => []), overdue.then(() => [tenantId])]),
  );
  return (await Promise.all(unserved)).flat();
}
