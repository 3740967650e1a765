import { setTimeout as sleep } from 'node:timers/promises';
import { processExists, until } from '../../test/support/service.js';
import { type Fault, type FaultSite, nothing } from '../fault.js';
import { startLoad } from '../load.js';
import { signal } from '../target.js';
import { slowInPart, usualDesk } from './desk.js';
import { stopService } from './stop.js';

/** What happens to the service as a whole: reloads, stops, and the death of its primary. */

const reload: Fault = {
  what: 'SIGHUP: all children replaced',
  scenes: ['primary'],
  lastsMs: 6000,
  async begin({ target }) {
    signal(target.service.pid, 'SIGHUP');
    return nothing;
  },
};

/** Until requests are under way that take so long. Milliseconds. */
const untilInPostMs = 700;

const reloadedWithinMs = 30_000;

const drainInPost: Fault = {
  what: 'SIGHUP while requests to the desk take longer than the drain',
  scenes: ['primary', 'desk'],
  lastsMs: 0,
  takesMs: 12_000,
  async begin({ target, random }) {
    const before = await target.children('worker');
    target.desk.behave(slowInPart(random));
    await sleep(untilInPostMs);
    signal(target.service.pid, 'SIGHUP');
    return async () => {
      // Slow until the last worker has come to the end of its drain; a reload that fails leaves workers where they are.
      await until('the workers are replaced', () => !before.some(processExists), reloadedWithinMs).catch(nothing);
      usualDesk(target, random);
    };
  },
};

/** A reload that a fault made fail is asked for again, as an operator does. */
const reloadEveryMs = 10_000;
/** Faults go on meanwhile and may end each of these reloads; the run's last one comes after them. */
const servedWithinMs = 60_000;

const tenantAdded: Fault = {
  what: 'a tenant added by SIGHUP while its desk is already sending',
  scenes: ['primary'],
  lastsMs: 6000,
  takesMs: 3000,
  async begin({ target, ledger, sightings }) {
    const tenantId = await target.tenants.add();
    let [firstAcceptedMs, lastRefusedMs] = [Number.POSITIVE_INFINITY, 0];
    const load = startLoad({
      target,
      ledger,
      clients: 4,
      perSecond: 20,
      name: tenantId,
      tenants: [tenantId],
      onOutcome(outcome) {
        if (outcome.kind !== 'answer') return;
        const nowMs = performance.now();
        if (outcome.status === 202) firstAcceptedMs = Math.min(firstAcceptedMs, nowMs);
        if (outcome.status === 401) lastRefusedMs = nowMs;
      },
    });
    signal(target.service.pid, 'SIGHUP');
    return async () => {
      let isServed = false;
      const served = load.stop().then(() => {
        isServed = true;
      });
      sightings.addedTenants.push({ tenantId, served, mixedMs: () => Math.max(0, lastRefusedMs - firstAcceptedMs) });
      for (const startMs = performance.now(); performance.now() - startMs < servedWithinMs; ) {
        await Promise.race([served, sleep(reloadEveryMs)]);
        if (isServed) break;
        signal(target.service.pid, 'SIGHUP');
      }
    };
  },
};

const unprepared = async () => nothing;

/** The service is started again on the same data as soon as it has ended. */
function end(
  what: string,
  by: 'SIGKILL' | 'SIGTERM',
  scenes: Fault['scenes'] = ['primary'],
  prepare: (site: FaultSite) => Promise<() => void> = unprepared,
): Fault {
  return {
    what,
    scenes,
    lastsMs: 0,
    takesMs: 8000,
    async begin(site) {
      const { target, scraper } = site;
      const undo = await prepare(site);
      await scraper.pause();
      await stopService(site, what, by);
      undo();
      await target.startAgain();
      scraper.restarted();
      return nothing;
    },
  };
}

const inPost = async ({ target, random }: FaultSite) => {
  target.desk.behave(slowInPart(random));
  await sleep(untilInPostMs);
  return () => usualDesk(target, random);
};

/** A start takes about so long; a stop may come at any moment of it. Milliseconds. */
const startTakesMs = 1500;

const stopAtStart: Fault = {
  what: 'SIGTERM to the primary as soon as it is ready or at a random moment of its start, and then started again',
  scenes: ['primary'],
  lastsMs: 0,
  takesMs: 15_000,
  async begin(site) {
    const { target, scraper, random } = site;
    await scraper.pause();
    await stopService(site, 'before a stop in the start', 'SIGTERM');
    if (random() < 0.5) {
      await target.startAgain('one child a role is ready');
      await stopService(site, 'SIGTERM at the first ready', 'SIGTERM');
    } else {
      await target.startAgain('spawned');
      await target.untilObedient();
      const afterMs = Math.round(random() * startTakesMs);
      await sleep(afterMs);
      await stopService(site, `SIGTERM ${afterMs} ms after its first line`, 'SIGTERM');
    }
    await target.startAgain();
    scraper.restarted();
    return nothing;
  },
};

export const primaryFaults = {
  'freeze primary': {
    what: 'SIGSTOP of the primary for 2 s',
    scenes: ['primary'],
    lastsMs: 2000,
    async begin({ target, scraper }) {
      const { pid } = target.service;
      await scraper.pause();
      signal(pid, 'SIGSTOP');
      return async () => {
        signal(pid, 'SIGCONT');
        scraper.resume();
      };
    },
  },
  reload,
  'drain in a post': drainInPost,
  'tenant added': tenantAdded,
} as const satisfies Record<string, Fault>;

/** After these there is another primary, and its counters begin anew. */
export const mortalFaults = {
  'kill primary': end('SIGKILL of the primary, started again at once', 'SIGKILL'),
  'stop primary': end('SIGTERM to the primary in the middle of jobs, then started again', 'SIGTERM'),
  'stop in a post': end(
    'SIGTERM while desk requests take longer than the drain, then started again',
    'SIGTERM',
    ['primary', 'desk'],
    inPost,
  ),
  'stop at the start': stopAtStart,
} as const satisfies Record<string, Fault>;
