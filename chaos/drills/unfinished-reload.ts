import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import { auditNotes, noteFinding, wrongNotes } from '../audit.js';
import type { Drill, DrillContext } from '../drill.js';
import { keepAliveAgent } from '../http-client.js';
import { createLedger, type Ledger } from '../ledger.js';
import { sendTicket, startLoad } from '../load.js';
import { type OrderToNewChildren, signal, onTarget, type Target } from '../target.js';

/** Where a reload is stopped: half way, when one child of the role has been replaced and the next cannot be. */
const ways: readonly Pick<OrderToNewChildren, 'role' | 'slot' | 'at'>[] = [
  { role: 'http', slot: 1, at: 'listen' },
  { role: 'worker', slot: 1, at: 'start' },
];

/** In which a reload that cannot be finished must have come to one configuration. Milliseconds. */
const settlesWithinMs = 25_000;
const requests = 60;

/** @returns how often each status was answered, on connections of their own, which lead to any http child */
async function answersTo(target: Target, ledger: Ledger, tenantId: string): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const agent = keepAliveAgent();
    const delivery = ledger.open(tenantId, `${tenantId}-probe-${i}`);
    const outcome = await sendTicket(target.service.webhooks, agent, tenantId, delivery.ticketId);
    ledger.note(delivery, outcome);
    agent.destroy();
    const what = outcome.kind === 'answer' ? String(outcome.status) : outcome.kind;
    answers.set(what, (answers.get(what) ?? 0) + 1);
  }
  return answers;
}

async function stopHalfWay(
  target: Target,
  ledger: Ledger,
  way: (typeof ways)[number],
  say: DrillContext['say'],
): Promise<string | undefined> {
  const tenantId = await target.tenants.add();
  await target.orderNewChildren({ kind: 'die', by: 'SIGKILL', afterMs: 0, ...way });
  const load = startLoad({ target, ledger, clients: 4, perSecond: 10, name: tenantId, tenants: [tenantId] });
  signal(target.service.pid, 'SIGHUP');
  await sleep(settlesWithinMs);
  const answers = await answersTo(target, ledger, tenantId);
  const text = [...answers].map(([what, count]) => `${count} times ${what}`).join(', ');
  say(`a new ${way.role} child dies: the new tenant is answered ${text}`);
  await target.orderNewChildren(undefined);
  // What was accepted before the reload was given up waits for the tenant, and the next reload brings it.
  signal(target.service.pid, 'SIGHUP');
  await load.stop();
  return answers.size === 1 ? undefined : `a new ${way.role} child dies: ${text}`;
}

export const unfinishedReload: Drill = {
  what: 'a tenant is added by a reload that stops half way because a new child dies',
  async run({ short, say }) {
    return onTarget({ withDesk: false, env: { SHUTDOWN_TIMEOUT_MS: '3000' } }, async (target) => {
      const ledger = createLedger();
      const mixed: string[] = [];
      const tried = short ? ways.slice(0, 1) : ways;
      for (const way of tried) {
        const found = await stopHalfWay(target, ledger, way, say);
        if (found !== undefined) mixed.push(found);
      }
      await until('the last reload is done', async () => (await target.children()).length === 4, 60_000);
      signal(target.service.pid, 'SIGHUP');
      const notes = await auditNotes(target, ledger, say);
      const wrong = [...mixed, ...wrongNotes(notes)];
      const figure = `one after ${tried.length - mixed.length} of ${tried.length} reloads; ${notes.givenUp.length} of ${notes.accepted} accepted tickets failed`;
      return [noteFinding({ promise: 'unfinished reload', figure, wrong, notes })];
    });
  },
};
