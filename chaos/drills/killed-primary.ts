import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { processExists, until } from '../../test/support/service.js';
import { auditNotes, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { onTarget, signal } from '../target.js';

const drainMs = 30_000;
const rounds = 3;

async function isFree(url: string): Promise<boolean> {
  const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return free;
}

export const killedPrimary: Drill = {
  what: 'the primary is SIGKILLed under load, and the service started again on the same data',
  async run({ say }) {
    return onTarget({}, async (target) => {
      const ledger = createLedger();
      const orphans: string[] = [];
      let slowestMs = 0;
      for (let round = 1; round <= rounds; round++) {
        const { webhooks, metrics } = target.service;
        const load = startLoad({ target, ledger, clients: 8, name: `primary-${round}` });
        await sleep(1500);
        const pids = [...(await target.children()), await target.redis.pid(), await target.redis.keeperPid()];
        const killedAtMs = performance.now();
        signal(target.service.pid, 'SIGKILL');
        await until(
          'children and Redis are gone',
          () => pids.every((pid) => !processExists(pid)),
          drainMs + 5000,
        ).catch(() => undefined);
        const goneMs = performance.now() - killedAtMs;
        slowestMs = Math.max(slowestMs, goneMs);
        orphans.push(...pids.filter(processExists).map((pid) => `process ${pid} is still there`));
        for (const url of [webhooks, metrics]) if (!(await isFree(url))) orphans.push(`${url} is still taken`);
        say(`round ${round}: all gone after ${goneMs.toFixed(0)} ms`);
        await target.startAgain();
        await load.stop();
      }
      const notes = await auditNotes(target, ledger, say);
      const wrong = [...orphans, ...wrongNotes(notes)];
      const figure = `all gone after ${(slowestMs / 1000).toFixed(1)} s, the slowest of ${rounds}; ${orphans.length} orphans or taken ports, ${notes.lost.length} of ${notes.accepted} lost, ${notes.twice.length} twice`;
      return [noteFinding({ promise: 'primary killed', figure, wrong, notes, holds: slowestMs <= drainMs })];
    });
  },
};
