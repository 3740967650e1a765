import { setTimeout as sleep } from 'node:timers/promises';
import { storeUnavailable } from '../../connectors/index.js';
import { EnhancementError } from '../../enhancement/index.js';
import type { Logger } from '../../logging/logger.js';
import { createAlonePermit } from '../../redis/jobs/alone-permit.js';
import type { RedisClient } from '../../redis/connection.js';
import type { HeldJob } from '../../redis/jobs/held-job.js';
import { createSuspicions, type Suspicion } from '../../redis/jobs/suspicion.js';
import type { JobIsolation } from './job-isolation.js';

/**
 * Detects poison jobs: jobs that kill their worker. It is not known which job killed a worker, so all jobs that ran in it become
 * suspects. After its first death a suspect runs beside other jobs with few other suspects; after the next it runs alone in a
 * worker. Only a job that was alone in {@link deathsOfPoison} workers that died is a poison job (docs/adr/0010).
 */
export interface Suspects {
  /**
   * Called before a job is run.
   *
   * @returns a function to call when this start has ended; undefined: the job may not run beside the current jobs of this worker
   * @throws EnhancementError `JOB_KILLS_WORKER` or `STORE_UNAVAILABLE`
   */
  admit(job: HeldJob, signal: AbortSignal): Promise<(() => Promise<void>) | undefined>;
  /** Records that this worker lives, although Redis did not accept the job's end or the lock was lost. */
  survived(jobId: string, token: string): Promise<void>;
}

/** How a job is run. */
export type Treatment =
  | { readonly kind: 'usual' }
  /** With at most `most` suspects in one worker, this one included. */
  | { readonly kind: 'few'; readonly most: number }
  | { readonly kind: 'alone' }
  | { readonly kind: 'refused'; readonly why: string };

export const deathsOfPoison = 3;
/** Bounds the starts of a job that blocks its process until its lock expires: it stalls each time, without a death. */
const mostStalls = 50;

/** @param few how many suspects may be in one worker if it is not known how many jobs died */
export function treatmentOf({ stalls, deaths, deathsAlone, together }: Suspicion, few: number): Treatment {
  if (deathsAlone >= deathsOfPoison) {
    return { kind: 'refused', why: `The job was alone in ${deathsAlone} workers that died.` };
  }
  if (stalls >= mostStalls) return { kind: 'refused', why: `The job's lock expired ${stalls} times.` };
  if (deaths === 0) return { kind: 'usual' };
  return deaths === 1 ? { kind: 'few', most: together ?? few } : { kind: 'alone' };
}

/** Interval of writes while Redis refuses them. Milliseconds. */
const retryPauseMs = 500;

export interface SuspectsOptions {
  readonly redis: RedisClient;
  readonly isolation: JobIsolation;
  readonly log: Logger;
  /** WORKER_CONCURRENCY: how many suspects may be in one worker if it is not known how many jobs died. */
  readonly concurrency: number;
}

export function createSuspects({ redis, isolation, log, concurrency }: SuspectsOptions): Suspects {
  const suspicions = createSuspicions(redis);
  const permit = createAlonePermit(redis);

  async function untilTaken(write: () => Promise<void>): Promise<void> {
    while (redis.status !== 'end') {
      await sleep(retryPauseMs, undefined, { ref: false });
      if (await isTaken(write)) return;
    }
  }

  /** Awaits one attempt, then retries in the background until Redis accepts the write or this process ends. */
  async function report(write: () => Promise<void>): Promise<void> {
    if (!(await isTaken(write))) void untilTaken(write);
  }

  async function admitAlone(jobId: string, token: string, signal: AbortSignal) {
    const giveBackPermit = await permit.take(token);
    if (giveBackPermit === undefined) return undefined;
    log.warn({ job_id: jobId }, 'a suspected poison job runs alone: this worker takes no other job until it has ended');
    const leave = await isolation.joinAlone(signal);
    if (leave === undefined) {
      await giveBackPermit();
      return undefined;
    }
    try {
      signal.throwIfAborted();
      await suspicions.startsAlone(jobId, token);
    } catch (error) {
      leave();
      await report(giveBackPermit);
      throw error;
    }
    return async () => {
      await report(() => suspicions.survivedAlone(jobId, token));
      leave();
      await report(giveBackPermit);
    };
  }

  return {
    async admit({ id: jobId, hasStalled, lock: { token } }, signal) {
      try {
        const treatment: Treatment = hasStalled
          ? treatmentOf(await suspicions.of(jobId), concurrency)
          : { kind: 'usual' };
        switch (treatment.kind) {
          case 'refused':
            throw new EnhancementError('JOB_KILLS_WORKER', `${treatment.why} See the workers' logs for why.`);
          case 'alone':
            return await admitAlone(jobId, token, signal);
          case 'few':
          case 'usual': {
            const leave = isolation.join(treatment.kind === 'few' ? treatment.most : undefined);
            return leave && (async () => leave());
          }
        }
      } catch (error) {
        throw error instanceof EnhancementError ? error : storeUnavailable(error);
      }
    },
    survived: (jobId, token) => report(() => suspicions.survived(jobId, token)),
  };
}

async function isTaken(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}
