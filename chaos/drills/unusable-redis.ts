import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf, runCommand } from '../../test/support/command-line.js';
import type { Drill } from '../drill.js';
import { takeRedisAway } from '../faults.js';
import { keepAliveAgent, type Outcome } from '../http-client.js';
import { sendTicket } from '../load.js';
import { exactly, within } from '../promises.js';
import { onTarget, signal, type Target } from '../target.js';

/** Each way in which Redis cannot take a job, and how long it lasts. */
const ways: readonly {
  readonly name: string;
  readonly lastsMs: number;
  /** Whether it was not there at all: then the time until the first 202 is the promise. */
  readonly gone: boolean;
  /** What readiness, status page, check and log must say meanwhile. */
  readonly words: RegExp;
  begin(target: Target): Promise<() => Promise<void> | void>;
}[] = [
  {
    name: 'frozen',
    lastsMs: 10_000,
    gone: true,
    words: /it gives no answer/,
    async begin({ redis }) {
      const pid = await redis.pid();
      signal(pid, 'SIGSTOP');
      return () => void signal(pid, 'SIGCONT');
    },
  },
  {
    name: 'away',
    lastsMs: 30_000,
    gone: true,
    words: /connect E|there is no connection|gives no answer/,
    begin: takeRedisAway,
  },
  {
    name: 'full',
    lastsMs: 5000,
    gone: false,
    words: /OOM command not allowed/,
    async begin({ redis }) {
      await redis.config('maxmemory', '1');
      return () => redis.config('maxmemory', '0');
    },
  },
  {
    name: 'read-only',
    lastsMs: 5000,
    gone: false,
    words: /NOREPLICAS Not enough good replicas/,
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
    return onTarget({ withDesk: false }, async (target) => {
      let number = 0;
      const wrong: string[] = [];
      const recoveries: string[] = [];
      let [slowestMs, slowestRecoveryMs, answers] = [0, 0, 0];
      const unsaid: string[] = [];
      for (const { name, lastsMs, gone, words, begin } of ways) {
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
        const logged = target.service.output().length;
        const [missing] = await Promise.all([
          missingWords(target, words, logged),
          ...Array.from({ length: clients }, client),
        ]);
        unsaid.push(...missing.map((where) => `${name}: not said by ${where}`));
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
          verdict: exactly(wrong.length === 0 && unsaid.length === 0 && slowestMs <= 1500),
          details: [...wrong, ...unsaid],
        },
        { promise: 'recovery', figure: recoveries.join(', '), verdict: within(slowestRecoveryMs, 1000) },
      ];
    });
  },
};

/** From the fault to /readyz saying it. Milliseconds. */
const saidWithinMs = 3000;

/**
 * Where it is not said why Redis cannot be used.
 *
 * @param logged characters of the log that were there before
 */
export async function missingWords(target: Target, words: RegExp, logged: number): Promise<string[]> {
  const { service } = target;
  const missing: string[] = [];
  const readyz = async () => {
    const response = await fetch(`${service.metrics}/readyz`);
    return { status: response.status, text: await response.text() };
  };
  const untilMs = performance.now() + saidWithinMs;
  let seen = await readyz();
  while (!(seen.status === 503 && words.test(seen.text)) && performance.now() < untilMs) {
    await sleep(100);
    seen = await readyz();
  }
  if (seen.status !== 503 || !words.test(seen.text)) missing.push(`/readyz: ${seen.status} ${seen.text}`);
  const status = await (await service.ask('/status')).text();
  if (!words.test(status)) missing.push('the status page');
  const { code, stdout } = await runCommand(['check'], environmentOf(service, { DATA_DIR: target.dataDir }));
  const found = stdout.split('\n').filter((line) => line.includes(' redis '));
  if (code === 0 || !found.some((line) => line.startsWith('failed') && words.test(line))) {
    missing.push(`check: ${found.join('; ')}`);
  }
  if (
    !service
      .output()
      .slice(logged)
      .split('\n')
      .some((line) => line.includes('"rejected"') && words.test(line))
  ) {
    missing.push('the log');
  }
  return missing;
}

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
