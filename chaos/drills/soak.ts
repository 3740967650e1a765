import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { residentBytesOf } from '../processes.js';
import { startScraper } from '../scraper.js';
import { startTarget } from '../target.js';

const perSecond = 200;
/** The share of the run after which heaps, caches and compiled code have found their size. */
const warmUp = 0.3;
const everyMs = 2000;
const flatWithin = 0.1;

/** Median: a garbage collection that has just been, or is just due, says nothing. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

export const soak: Drill = {
  what: `${perSecond} webhooks a second, and the memory of every process of the service`,
  async run({ minutes, say }) {
    // As it is run: no cap on heaps, so that a growth would show.
    const target = await startTarget({ withDesk: false, env: { NODE_OPTIONS: '' } });
    const scraper = startScraper(target.service.metrics);
    try {
      const names = new Map([[target.service.pid, 'primary']]);
      for (const { role, slot, pid } of await target.service.children()) names.set(pid ?? 0, `${role} ${slot}`);
      const samples = new Map([...names.values()].map((name) => [name, [] as number[]]));
      const ledger = createLedger();
      const load = startLoad({ target, ledger, clients: 32, perSecond, name: 'soak' });
      const startMs = performance.now();
      const lastsMs = minutes * 60_000;
      for (let saidMs = startMs; performance.now() - startMs < lastsMs; await sleep(everyMs)) {
        for (const [pid, name] of names) samples.get(name)?.push(await residentBytesOf(pid));
        if (performance.now() - saidMs < 30_000) continue;
        saidMs = performance.now();
        say(
          `${ledger.deliveries.length} webhooks; MB: ${[...samples].map(([name, all]) => `${name} ${mb(all.at(-1) ?? 0)}`).join(', ')}`,
        );
      }
      const rate = ledger.deliveries.length / (lastsMs / 1000);
      await load.stop();
      await scraper.stop();
      const grown = [...samples].map(([name, all]) => {
        const warm = all.slice(Math.floor(all.length * warmUp));
        const third = Math.floor(warm.length / 3);
        const [from, to] = [median(warm.slice(0, third)), median(warm.slice(-third))];
        return { name, from, to, growth: to / from - 1 };
      });
      const most = Math.max(...grown.map(({ growth }) => growth));
      const figures = grown.map(({ name, from, to }) => `${name} ${mb(from)} to ${mb(to)}`).join(', ');
      return [
        {
          promise: 'soak',
          figure: `${figures} MB over ${minutes} minutes at ${rate.toFixed(0)} a second (medians of the first and last third after ${warmUp * 100}%)`,
          verdict: rate < perSecond * 0.95 || most > flatWithin ? 'missed' : 'kept',
          details: grown.map(({ name, growth }) => `${name}: ${(growth * 100).toFixed(1)}%`),
        },
      ];
    } finally {
      await scraper.stop().catch(() => undefined);
      await target.close();
    }
  },
};
