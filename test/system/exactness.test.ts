import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createRandom, pickFrom } from '../../chaos/random.js';
import { valueOf } from '../support/exposition.js';
import { type Service, startService, until } from '../support/service.js';
import { watchCounters } from '../support/watcher.js';
import { type Accepted, standardWebhook, ticket } from '../support/webhooks.js';

/** The service under load while its children are killed: what clients saw against what the metrics say. */

let service: Service;

afterEach(() => service.destroy());

interface Ledger {
  /** Jobs that a client holds a 202 for. */
  readonly jobs: Set<string>;
  sent: number;
  /** When each answered request was sent, and how long its answer took. */
  readonly answers: { readonly sentMs: number; readonly tookMs: number }[];
}

/** Delivers tickets one after another, each again and again until it is accepted, as a desk does. */
async function deliver(webhooks: string, ledger: Ledger, running: () => boolean, pauseMs: number): Promise<void> {
  for (; running(); await sleep(pauseMs)) {
    const body = JSON.stringify(ticket());
    const id = randomUUID();
    for (let accepted = false; !accepted; ) {
      ledger.sent++;
      const sentMs = performance.now();
      try {
        const response = await fetch(`${webhooks}/webhook/servicedesk`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...standardWebhook(body, { id }) },
          body,
          signal: AbortSignal.timeout(5000),
        });
        const answer = (await response.json()) as Accepted;
        ledger.answers.push({ sentMs, tookMs: performance.now() - sentMs });
        if (response.status === 202) ledger.jobs.add(answer.job_id);
        accepted = response.status === 202;
      } catch {
        await sleep(20); // its child was killed: again
      }
    }
  }
}

/** Asked of the kernel, because the kills must keep their pace whatever the service is busy with. */
function childPids(): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(service.pid), '-f', 'dist/child-entry.js'], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function finishedJobs(): Promise<{ completed: number; failed: number; unfinished: number }> {
  const redis = new Redis({ path: join(service.folder, 'data', 'redis.sock'), disconnectTimeout: 50 });
  const count = (state: string) => redis.zcard(`enhancement:queue:${state}`);
  const [completed, failed, prioritized, delayed, waiting, active] = await Promise.all([
    count('completed'),
    count('failed'),
    count('prioritized'),
    count('delayed'),
    redis.llen('enhancement:queue:wait'),
    redis.llen('enhancement:queue:active'),
  ]);
  redis.disconnect();
  return { completed, failed, unfinished: prioritized + delayed + waiting + active };
}

async function requests(status: string): Promise<number> {
  return valueOf(await service.scrape(), 'enhancement_requests_total', { tenant_id: 'acme', status }) ?? 0;
}

/** Of each client between its tickets, so that jobs end about as fast as they come: a backlog would only be waited for. */
const usualPauseMs = 20;

/** Runs load and disturbance side by side, waits until every job has ended, and compares. */
async function compare(
  durationMs: number,
  disturb: (running: () => boolean) => Promise<void>,
  { scrapesMayFail = false, clients = 6, pauseMs = usualPauseMs } = {},
) {
  const ledger: Ledger = { jobs: new Set(), sent: 0, answers: [] };
  const watcher = watchCounters(() => service.scrape());
  const end = performance.now() + durationMs;
  const running = () => performance.now() < end;
  const watch = async (): Promise<void> => {
    while (running()) {
      await watcher.look().catch((error: unknown) => {
        if (!scrapesMayFail) throw error;
      });
      await sleep(20);
    }
  };
  const delivering = Array.from({ length: clients }, () => deliver(service.webhooks, ledger, running, pauseMs));
  await Promise.all([...delivering, watch(), disturb(running)]);
  await until('every job has ended', async () => (await finishedJobs()).unfinished === 0, 60_000);
  const finished = await finishedJobs();
  await until('every end is counted', async () => {
    return (await requests('success')) + (await requests('failure')) >= finished.completed + finished.failed;
  });
  await watcher.look();
  const [received, queued, rejected, success, failure] = [
    await requests('received'),
    await requests('queued'),
    await requests('rejected'),
    await requests('success'),
    await requests('failure'),
  ];
  const duplicates = valueOf(await service.scrape(), 'webhook_duplicates_total', { tenant_id: 'acme' }) ?? 0;
  expect(watcher.decreases).toEqual([]);
  expect({ queued, ended: success + failure }).toEqual({
    queued: ledger.jobs.size,
    ended: finished.completed + finished.failed,
  });
  expect(finished.completed + finished.failed).toBe(ledger.jobs.size);
  expect(received).toBe(queued + rejected + duplicates);
  expect(
    valueOf(await service.scrape(), 'enhancement_duration_seconds_count', { tenant_id: 'acme', status: 'success' }),
  ).toBe(success);
  return { watcher, ledger };
}

describe('what was counted is what happened', () => {
  it('for a minute in which a random child is killed every 700 ms', async () => {
    service = await startService({ env: { LOG_LEVEL: 'error' } });
    const seed = randomInt(2 ** 31);
    process.stdout.write(`exactness: seed ${seed}\n`);
    const random = createRandom(seed);
    let kills = 0;
    const started = performance.now();
    const { watcher, ledger } = await compare(60_000, async (running) => {
      for (let turn = 1; running(); turn++) {
        const alive = childPids();
        const victim = pickFrom(alive, random());
        if (victim !== undefined) {
          try {
            process.kill(victim, 'SIGKILL');
            kills++;
          } catch {
            // it has just ended by itself
          }
        }
        await sleep(Math.max(0, started + turn * 700 - performance.now()));
      }
    });
    expect(kills).toBeGreaterThan(20);
    // Few on a busy machine, and never none.
    expect(ledger.jobs.size).toBeGreaterThan(100);
    // A scrape past SCRAPE_TIMEOUT_MS is a 503, which fails here.
    expect(watcher.scrapes).toBeGreaterThan(100);
  }, 180_000);

  it('while children are stopped for five seconds', async () => {
    service = await startService({ env: { LOG_LEVEL: 'error' } });
    await compare(7000, async () => {
      const victims = (await service.children()).filter(({ slot }) => slot === 0).flatMap(({ pid }) => pid ?? []);
      for (const pid of victims) process.kill(pid, 'SIGSTOP');
      await sleep(5000);
      for (const pid of victims) process.kill(pid, 'SIGCONT');
    });
  });

  it('while the primary is stopped for five seconds', async () => {
    service = await startService({ env: { LOG_LEVEL: 'error' } });
    await compare(
      7000,
      async () => {
        process.kill(service.pid, 'SIGSTOP');
        await sleep(5000);
        process.kill(service.pid, 'SIGCONT');
        // A scrape that was under way answers by its deadline, with a 503.
      },
      { scrapesMayFail: true },
    );
  });

  it('while the primary is stopped for longer than a job waits for it, and every client is answered within 1.5 s', async () => {
    service = await startService({ env: { LOG_LEVEL: 'error' } });
    let [stoppedMs, continuedMs] = [0, 0];
    const { ledger } = await compare(
      16_000,
      async () => {
        await sleep(1000);
        stoppedMs = performance.now();
        process.kill(service.pid, 'SIGSTOP');
        await sleep(14_000);
        continuedMs = performance.now();
        process.kill(service.pid, 'SIGCONT');
      },
      { scrapesMayFail: true, clients: 12, pauseMs: 0 },
    );
    const meanwhile = ledger.answers.filter(({ sentMs }) => sentMs > stoppedMs && sentMs < continuedMs);
    const slowestMs = Math.max(...meanwhile.map(({ tookMs }) => tookMs));
    expect(slowestMs).toBeLessThan(1500);
    // So many that the channels to the primary were full.
    expect(slowestMs).toBeGreaterThan(1000);
  });
});
