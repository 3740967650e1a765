import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { within } from '../promises.js';
import { onTarget, signal, type Target } from '../target.js';

const hungMs = 4000;
const lateMs = 5000;

const ways: readonly { readonly name: string; act(target: Target, pid: number): Promise<void> | void }[] = [
  { name: 'stopped', act: (_target, pid) => void signal(pid, 'SIGSTOP') },
  { name: 'its loop blocked', act: (target, pid) => target.order([pid], { kind: 'block', ms: 120_000 }) },
];

export const frozenChild: Drill = {
  what: 'children are stopped, or their event loop is blocked',
  async run({ say }) {
    const env = { CHILD_STALE_MS: '2000', CHILD_HUNG_MS: String(hungMs) };
    return onTarget({ withDesk: false, env }, async (target) => {
      let slowestMs = 0;
      for (const role of ['http', 'worker'] as const) {
        for (const { name, act } of ways) {
          const [victim = 0] = await target.children(role);
          const startMs = performance.now();
          await act(target, victim);
          await until(
            'it is replaced',
            async () => {
              const now = await target.children(role);
              return now.length === 2 && !now.includes(victim);
            },
            60_000,
          );
          const tookMs = performance.now() - startMs;
          slowestMs = Math.max(slowestMs, tookMs);
          say(`${role} child, ${name}: replaced after ${tookMs.toFixed(0)} ms`);
        }
      }
      return [
        {
          promise: 'frozen child',
          figure: `${(slowestMs / 1000).toFixed(1)} s with \`CHILD_HUNG_MS\` ${hungMs}, the slowest of http and worker, stopped and blocked`,
          verdict: within(slowestMs, hungMs + lateMs),
        },
      ];
    });
  },
};
