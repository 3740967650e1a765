import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, isNotConnectionError, type Job, Worker, type WorkerOptions } from 'bullmq';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import {
  createLocalDesk,
  createTicketHistory,
  type DeskBreakerOptions,
  type ProxySettings,
} from '../connectors/index.js';
import { EnhancementError } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import { keyPrefix, longestBlockSeconds, patientConnection } from '../queue/connection.js';
import { retryDelayMs } from '../queue/delay.js';
import { queueName } from '../queue/job.js';
import { createLine } from '../queue/line.js';
import { withoutVersionCheck } from '../queue/server-version.js';
import type { Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { runAttempt } from './attempt.js';
import { reportContextRead } from './context-report.js';
import { createExtraSlots } from './extra-slots.js';
import { LeftToItsLock } from './hand-back.js';
import type { JobLeases } from './leases.js';
import { createPromoter } from './promoter.js';
import { createSurvivedStarts, type SurvivedStarts } from './survived-starts.js';
import { createTenantResources } from './tenant-resources.js';

export interface EnhancementWorkerOptions {
  readonly config: Pick<
    Config,
    | 'workerConcurrency'
    | 'contextTimeoutMs'
    | 'jobTimeoutMs'
    | 'jobMaxAgeHours'
    | 'llmBaseUrl'
    | 'llmApiKey'
    | 'llmModel'
    | 'llmTimeoutMs'
  > &
    ProxySettings;
  readonly redisUrl: string;
  readonly tenants: Tenants;
  readonly recorder: JobRecorder;
  readonly tracing?: Tracing | undefined;
  readonly leases: JobLeases;
  readonly log: Logger;
  readonly deskBreaker?: DeskBreakerOptions;
}

export interface EnhancementWorker {
  /** Begins to take jobs; resolves when Redis has answered. */
  start(): Promise<void>;
  /**
   * Takes no more jobs and waits for those under way; what is not done by the deadline is interrupted and goes back
   * to the queue. Safe to call twice. Resolves when all is over and the connections are closed.
   */
  drain(deadlineMs: number): Promise<void>;
}

/**
 * A worker and, it is thought, the primary may die at once: then another worker's check must find the lock expired
 * within 15 s. It does after lockDuration and twice stalledInterval at the latest: now and then BullMQ skips a check,
 * whose timer and whose key in Redis, which keeps two workers from checking at once, end in the same millisecond.
 */
const lockDurationMs = 8000;
const stalledIntervalMs = 3000;
/** After a failed command to Redis; BullMQ's own 15 s would keep us idle long after Redis is back. */
const redisRetryMs = 500;
/** How long interrupted jobs may take to go back to the queue. */
const interruptMs = 2000;

/** Consumes the queue: one of these per worker child. */
export function createEnhancementWorker(options: EnhancementWorkerOptions): EnhancementWorker {
  const { config, redisUrl, tenants, recorder, tracing, leases, log } = options;
  const redis = patientConnection(redisUrl);
  const queueConnection = patientConnection(redisUrl);
  const promoter = createPromoter(redis, log);
  const resourcesOf = createTenantResources({
    config,
    history: createTicketHistory(redis),
    localDesk: createLocalDesk(redis),
    deskBreaker: options.deskBreaker,
    onContextRead: reportContextRead(recorder, log),
    onRecovered: promoter.promote,
  });
  const survivedStarts = createSurvivedStarts(redis);
  const dependencies = { config, tenants, resourcesOf, recorder, tracing, redis, survivedStarts, log };
  const running = new Map<string, AbortController>();

  const extraSlots = createExtraSlots({
    slots: config.workerConcurrency,
    line: createLine(redis),
    takeOneMore: () => worker.takeOneMore(),
    log,
  });

  const worker = new EnhancementQueueWorker(
    queueName,
    async (job, token = '') => {
      const { id: jobId = '' } = job;
      const ended = extraSlots.jobBegan(tenantOf(job.data));
      const controller = new AbortController();
      running.set(jobId, controller);
      leases.started({ jobId, token });
      try {
        return await runAttempt(job, token, controller.signal, dependencies);
      } catch (error) {
        // No event follows for these; all other leases end when Redis has taken the job's end. What is left to its lock
        // stays leased, so that the primary gives it back as soon as this process has ended.
        const notOurs = controller.signal.aborted || error instanceof DelayedError;
        if (notOurs && !(error instanceof LeftToItsLock)) leases.ended(jobId);
        throw error;
      } finally {
        ended();
        if (running.get(jobId) === controller) running.delete(jobId);
      }
    },
    {
      prefix: keyPrefix(queueConnection),
      connection: queueConnection,
      ...withoutVersionCheck,
      drainDelay: longestBlockSeconds,
      autorun: false,
      concurrency: config.workerConcurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      // We count a job's deaths ourselves (refuseKiller), those found here and those that the primary found: BullMQ
      // would fail the job past our processor, and nobody would count its end.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: redisRetryMs,
      settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade) },
      ...(tracing === undefined ? {} : { telemetry: tracing.telemetry }),
    },
    survivedStarts,
  );
  // Without a listener an error would end the process.
  worker.on('error', logUnlessRepeated(log));
  worker.on('completed', ({ id = '' }) => leases.ended(id));
  worker.on('failed', (job) => leases.ended(job?.id ?? ''));
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) running.get(jobId)?.abort(lockLost());
  });

  let draining: Promise<void> | undefined;

  async function closeInOrder(): Promise<void> {
    await worker.pause(true); // takes no more; close() would also end the locks of the jobs in extra slots
    await extraSlots.close();
    await worker.close();
  }

  async function drain(deadlineMs: number): Promise<void> {
    const interrupt = setTimeout(() => {
      log.warn({ jobs: running.size }, 'drain deadline reached, interrupting jobs');
      for (const controller of running.values()) controller.abort(drained());
    }, deadlineMs);
    // A Redis that is away would keep close() waiting for ever.
    const lastMoment = new AbortController();
    const closed = closeInOrder().then(() => true);
    const waited = sleep(deadlineMs + interruptMs, false, { signal: lastMoment.signal, ref: false });
    try {
      if (!(await Promise.race([closed, waited]))) log.error('Redis is away, jobs are left to their locks');
    } finally {
      clearTimeout(interrupt);
      lastMoment.abort();
      promoter.stop();
      queueConnection.disconnect();
      redis.disconnect();
      await worker.abandon();
    }
  }

  return {
    async start() {
      await worker.waitUntilReady();
      worker.run().catch((error: unknown) => log.error({ err: error }, 'the worker stopped taking jobs'));
    },
    drain(deadlineMs) {
      draining ??= drain(deadlineMs);
      return draining;
    },
  };
}

class EnhancementQueueWorker extends Worker<unknown> {
  private oneMore = 0;

  constructor(
    name: string,
    processor: (job: Job<unknown>, token?: string) => Promise<unknown>,
    options: WorkerOptions,
    private readonly survivedStarts: SurvivedStarts,
  ) {
    super(name, processor, options);
  }

  /** Also while delayed jobs are waited for: BullMQ drops a connection that is silent for a second longer than this. */
  override get maximumBlockTimeout(): number {
    return longestBlockSeconds;
  }

  /** Takes the next job beside those that the concurrency allows. */
  async takeOneMore(): Promise<(() => Promise<void>) | undefined> {
    const token = `${this.id}:extra-${this.oneMore++}`;
    const job: Job<unknown> | undefined = await this.getNextJob(token, { block: false });
    if (job === undefined) return undefined;
    // Its slot ends with it: it fetches no job to go on with.
    return async () => void (await this.processJob(job, token, () => false));
  }

  /** BullMQ would take a success that Redis refuses for a failed attempt, though it was counted and its note is there. */
  protected override async handleCompleted(...end: Parameters<Worker<unknown>['handleCompleted']>) {
    try {
      return await super.handleCompleted(...end);
    } catch (error) {
      throw isRefusal(error) ? new LeftToItsLock(error) : error;
    }
  }

  protected override async handleFailed(...end: Parameters<Worker<unknown>['handleFailed']>) {
    const [failure, job] = end;
    if (failure instanceof LeftToItsLock) await this.survivedStarts.tell(job);
    try {
      return await super.handleFailed(...end);
    } catch (error) {
      if (isRefusal(error)) await this.survivedStarts.tell(job); // also of a lock that is lost
      throw error;
    }
  }

  /** Ends the renewal of locks where close() could not: without Redis it waits for its connections for ever. */
  abandon(): Promise<void> {
    return this.lockManager.close();
  }
}

/** Redis was there, and did not do it. BullMQ asks again by itself while it is away. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && isNotConnectionError(error);
}

/** Of data in another form it is nobody's. */
function tenantOf(data: unknown): string {
  return z.object({ tenantId: z.string() }).safeParse(data).data?.tenantId ?? '';
}

/** While Redis is away the same error comes twice a second. */
function logUnlessRepeated(log: Logger): (error: Error) => void {
  const silenceMs = 30_000;
  let last = { message: '', atMs: 0 };
  return (error) => {
    if (error.message === last.message && Date.now() - last.atMs < silenceMs) return;
    last = { message: error.message, atMs: Date.now() };
    log.warn({ err: error }, 'queue error');
  };
}

function drained(): EnhancementError {
  return new EnhancementError('DRAINED', 'The worker is being stopped.');
}

function lockLost(): EnhancementError {
  return new EnhancementError(
    'LOCK_LOST',
    'The lock on the job could not be renewed; another worker may have it by now.',
  );
}
