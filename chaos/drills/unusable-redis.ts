import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.js';
import { takeRedisAway } from '../faults.js';
import { keepAliveAgent, type Outcome } from '../http-client.js';
import { sendTicket } from '../load.js';
import { exactly, within } from '../promises.js';
import { signal, startTarget, type Target } from '../target.js';

/** Each way in which Redis cannot take a job, and how long it lasts. */
const ways: readonly {
  readonly name: string;
  readonly lastsMs: number;
  /** Whether it was not there at all: then the time until the first 202 is the promise. */
  readonly gone: boolean;
  begin(target: Target): Promise<() => Promise<void> | void>;
}[] = [
  {
    name: 'frozen',
    lastsMs: 10_000,
    gone: true,
    async begin({ redis }) {
      const pid = await redis.pid();
      signal(pid, 'SIGSTOP');
      return () => void signal(pid, 'SIGCONT');
    },
  },
  { name: 'away', lastsMs: 30_000, gone: true, begin: takeRedisAway },
  {
    name: 'full',
    lastsMs: 5000,
    gone: false,
    async begin({ redis }) {
      await redis.config('maxmemory', '1');
      return () => redis.config('maxmemory', '0');
    },
  },
  {
    name: 'read-only',
    lastsMs: 5000,
    gone: false,
    async begin({ redis }) {
      await redis.config('min-replicas-to-write', '1');
      return () => redis.config('min-replicas-to-write', '0');
    },
  },
];

/** Between two webhooks of one client. */
const everyMs = 100;
const clients = 4;

export const unusableRedis: Drill = {
  what: 'Redis is frozen, away, full, read-only, and comes back',
  async run({ say }) {
    const target = await startTarget({ withDesk: false });
    try {
      let number = 0;
      const wrong: string[] = [];
      const recoveries: string[] = [];
      let [slowestMs, slowestRecoveryMs, answers] = [0, 0, 0];
      for (const { name, lastsMs, gone, begin } of ways) {
        const undo = await begin(target);
        const endMs = performance.now() + lastsMs;
        const client = async (): Promise<void> => {
          const agent = keepAliveAgent();
          while (performance.now() < endMs) {
            const outcome = await sendTicket(target.service.webhooks, agent, 'acme', `${name}-${number++}`);
            answers += 1;
            slowestMs = Math.max(slowestMs, outcome.ms);
            if (!refusedWell(outcome)) wrong.push(`${name}: ${describe(outcome)}`);
            await sleep(everyMs);
          }
          agent.destroy();
        };
        await Promise.all(Array.from({ length: clients }, client));
        await undo();
        const recoveryMs = await untilAccepted(target, `${name}-after`);
        if (gone) {
          slowestRecoveryMs = Math.max(slowestRecoveryMs, recoveryMs);
          recoveries.push(`${name} ${(recoveryMs / 1000).toFixed(2)} s`);
        }
        say(
          `${name} for ${lastsMs / 1000} s: ${answers} answers so far, accepted again after ${recoveryMs.toFixed(0)} ms`,
        );
      }
      return [
        {
          promise: 'refusal',
          figure: `${answers - wrong.length} of ${answers} so, the slowest after ${(slowestMs / 1000).toFixed(2)} s`,
          verdict: exactly(wrong.length === 0 && slowestMs <= 1500),
          details: wrong,
        },
        { promise: 'recovery', figure: recoveries.join(', '), verdict: within(slowestRecoveryMs, 1000) },
      ];
    } finally {
      await target.close();
    }
  },
};

function refusedWell(outcome: Outcome): boolean {
  return outcome.kind === 'answer' && outcome.status === 503 && outcome.retryAfter !== undefined && outcome.ms <= 1500;
}

function describe(outcome: Outcome): string {
  const what = outcome.kind === 'answer' ? `status ${outcome.status}, Retry-After ${outcome.retryAfter}` : outcome.kind;
  return `${what} after ${outcome.ms.toFixed(0)} ms`;
}

/** @returns milliseconds until a webhook was accepted */
export async function untilAccepted(target: Target, name: string): Promise<number> {
  const startMs = performance.now();
  const agent = keepAliveAgent();
  for (let i = 0; ; i++) {
    const outcome = await sendTicket(target.service.webhooks, agent, 'acme', `${name}-${i}`);
    if (outcome.kind === 'answer' && outcome.status === 202) break;
    if (performance.now() - startMs > 60_000) throw new Error(`no webhook was accepted again: ${describe(outcome)}`);
    await sleep(20);
  }
  agent.destroy();
  return performance.now() - startMs;
}
