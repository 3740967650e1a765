import { until } from '../../test/support/service.js';
import { keepAliveAgent, send } from '../http-client.js';
import { auditNotes, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { onTarget, signal } from '../target.js';

const [reloads, requests] = [5, 10_000];

export const reloadUnderLoad: Drill = {
  what: 'all children are replaced under the load of keep-alive clients',
  async run({ say }) {
    return onTarget({ withDesk: false }, async (target) => {
      const ledger = createLedger();
      const failures = new Map<string, number>();
      let [answered, stopping] = [0, false];
      const fail = (what: string): void => void failures.set(what, (failures.get(what) ?? 0) + 1);
      // Webhooks, and beside them the cheapest request there is: more of them meet the moment of a replacement.
      const load = startLoad({
        target,
        ledger,
        clients: 8,
        name: 'reload',
        onOutcome(outcome) {
          answered += 1;
          if (outcome.kind !== 'answer') fail(`webhook ${outcome.kind}`);
          else if (outcome.status !== 202) fail(`webhook ${outcome.status}`);
        },
      });
      const visitors = Array.from({ length: 8 }, async () => {
        const agent = keepAliveAgent();
        while (!stopping) {
          const outcome = await send(`${target.service.webhooks}/health`, agent, { method: 'GET', patienceMs: 8000 });
          answered += 1;
          if (outcome.kind !== 'answer') fail(`health ${outcome.kind}`);
          else if (outcome.status !== 200) fail(`health ${outcome.status}`);
        }
        agent.destroy();
      });
      for (let reload = 1; reload <= reloads || answered < requests; reload++) {
        const before = await target.children();
        signal(target.service.pid, 'SIGHUP');
        await until(
          'all children are new',
          async () => {
            const now = await target.children();
            return now.length === before.length && now.every((pid) => !before.includes(pid));
          },
          60_000,
        );
        say(
          `reload ${reload}: ${answered} requests, ${[...failures.values()].reduce((sum, one) => sum + one, 0)} failed`,
        );
      }
      stopping = true;
      await Promise.all([load.stop(), ...visitors]);
      const notes = await auditNotes(target, ledger, say);
      const wrong = [...[...failures].map(([what, count]) => `${what}: ${count}`), ...wrongNotes(notes)];
      const failed = [...failures.values()].reduce((sum, one) => sum + one, 0);
      return [noteFinding({ promise: 'reload', figure: `${failed} of ${answered}`, wrong, notes })];
    });
  },
};
