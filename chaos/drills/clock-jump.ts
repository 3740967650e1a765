import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditCounters, auditNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { usualDesk } from '../faults.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly } from '../promises.js';
import { createRandom } from '../random.js';
import { startScraper } from '../scraper.js';
import { startTarget } from '../target.js';

/** Debian's package `faketime`. With it Redis' clock jumps too; without it, that of the Node processes alone. */
const libraries = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`);

const jumps = ['+3600', '-3600', '+0'] as const;
const betweenMs = 6000;

export const clockJump: Drill = {
  what: 'the clock jumps an hour ahead, two back, and one ahead again, while desk and model fail now and then',
  async run({ seed, say }) {
    const random = createRandom(seed);
    const library = libraries.find((path) => existsSync(path));
    const folder = await mkdtemp(join(tmpdir(), 'te-clock-'));
    const timeFile = join(folder, 'offset');
    await writeFile(timeFile, '+0');
    const fake = {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: timeFile,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_CACHE_DURATION: '1',
    };
    const target = await startTarget({ env: { WORKER_CONCURRENCY: '30', ...(library === undefined ? {} : fake) } });
    const scraper = startScraper(target.service.metrics);
    try {
      usualDesk(target, random);
      const ledger = createLedger();
      const load = startLoad({
        webhooks: () => target.service.webhooks,
        ledger,
        clients: 8,
        perSecond: 25,
        name: 'clock',
      });
      for (const offset of jumps) {
        await sleep(betweenMs);
        say(`${ledger.deliveries.length} tickets; the clock is ${offset} s now`);
        if (library !== undefined) await writeFile(timeFile, offset);
        else {
          const pids = [target.service.pid, ...(await target.children())];
          await target.order(pids, { kind: 'clock', offsetMs: Number(offset) * 1000 });
        }
        // Retries are waiting for the clock when it jumps the next time.
        target.desk.failNext(Array.from({ length: 20 }, () => ({ kind: 'error', status: 503, code: 4000 })));
      }
      await sleep(betweenMs);
      await load.stop();
      const { accepted, once, failed, lost, twice } = await auditNotes(target, ledger, say);
      const counters = await auditCounters(target, ledger);
      const { decreases } = await scraper.stop();
      const covered =
        library === undefined ? 'Node processes only: no libfaketime here' : 'Redis included, by libfaketime';
      return [
        {
          promise: 'clock',
          figure: `${once} of ${accepted} once, ${failed} failed, ${lost.length} lost, ${twice.length} twice, ${decreases.length} decreases (${covered})`,
          verdict: exactly(lost.length + twice.length + failed + decreases.length + counters.wrong.length === 0),
          details: [...lost, ...twice, ...decreases, ...counters.wrong],
        },
      ];
    } finally {
      await scraper.stop().catch(() => undefined);
      await target.close();
      await rm(folder, { recursive: true });
    }
  },
};
