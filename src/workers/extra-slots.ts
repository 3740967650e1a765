import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';
import type { Line } from '../queue/line.js';
import { createFairShare } from './fair-share.js';

/**
 * Keeps a tenant whose jobs take long (a slow desk, a slow model) from holding every slot of a worker. Turns in the queue
 * decide who comes next, not when a slot is free: with all of them held by one tenant's jobs of four seconds, everybody
 * else would wait for one to end. So while all slots are held, the first in the queue are looked at, and a job of a tenant
 * that holds less than its share is run in an extra slot.
 *
 * Holding some slots back for others would do it too, and would leave them empty where nobody else sends. Putting jobs
 * back that are too many costs three writes to Redis' disk for each, again and again.
 */
export interface ExtraSlots {
  /** @returns to be called when the job has ended */
  jobBegan(tenantId: string): () => void;
  /** Takes no more; resolves when the jobs in extra slots have ended. */
  close(): Promise<void>;
}

export interface ExtraSlotsOptions {
  /** Jobs at the same time without any extra. */
  readonly slots: number;
  readonly line: Line;
  /** Takes the job at the head of the queue, if there still is one, and says how to run it to its end. */
  readonly takeOneMore: () => Promise<(() => Promise<void>) | undefined>;
  readonly log: Logger;
}

/** Between two looks, while all slots are held: a fraction of what a note takes. */
const lookEveryMs = 10;

export function createExtraSlots({ slots, line, takeOneMore, log }: ExtraSlotsOptions): ExtraSlots {
  const shares = createFairShare(slots);
  const most = Math.floor(slots / 2);
  const extra = new Set<Promise<void>>();
  let running = 0;
  let looking = false;
  let closed = false;

  const wanted = (): boolean => !closed && running >= slots && extra.size < most;

  async function look(): Promise<void> {
    for (; wanted(); await sleep(lookEveryMs)) {
      const next = (await line.first()).find(({ tenantId }) => shares.isDueMore(tenantId));
      if (next === undefined || !wanted() || !(await line.moveToHead(next.jobId))) continue;
      // Taken before the next look, which would find the same job at the head and take the one behind it too.
      const run = await takeOneMore();
      if (run === undefined) continue;
      const job = run().finally(() => extra.delete(job));
      extra.add(job);
    }
  }

  function lookIfWanted(): void {
    if (looking || !wanted()) return;
    looking = true;
    look()
      .catch((error: unknown) => log.debug({ err: error }, 'no extra slot: the queue could not be read'))
      .finally(() => {
        looking = false;
      });
  }

  return {
    jobBegan(tenantId) {
      const ended = shares.began(tenantId);
      running++;
      lookIfWanted();
      return () => {
        running--;
        ended();
        lookIfWanted();
      };
    },
    async close() {
      closed = true;
      await Promise.all(extra);
    },
  };
}
