import { type Job, type Telemetry, Worker } from 'bullmq';
import { longestBlockSeconds, type RedisClient } from '../connection.js';
import { type HeldJob, holdJob } from './held-job.js';
import { isRefusal, type JobEnd, LeftToItsLock, toProcessorResult } from './job-end.js';
import { keyPrefix } from '../key-prefix.js';
import { queueName } from '../keys.js';
import { withoutVersionCheck } from '../server-version.js';

/** How many jobs a worker runs at the same time, and which it takes. */
export interface JobSelection {
  /** How many jobs may run now. */
  limit(): number;
  /** Called before a job is taken. @returns false: the worker behaves as if no job waited */
  makeRoom(): Promise<boolean>;
  /** Whether any job may be taken in the same step as the end of another. */
  takesAny(): boolean;
  /** @returns a function to call when the job has ended; further calls do nothing */
  taken(data: unknown): () => void;
}

export interface SelectiveWorkerOptions {
  /** For BullMQ, whose commands may wait for a job. */
  readonly connection: RedisClient;
  /** For single commands of a job. */
  readonly redis: RedisClient;
  readonly concurrency: number;
  readonly selection: JobSelection;
  process(job: HeldJob): Promise<JobEnd>;
  /** The start is over, and Redis did not accept its end or the lock is lost. Called once for each start. */
  onEndRefused(jobId: string, token: string): Promise<void>;
  /** The worker takes no more jobs, although it was not told to end. */
  onStopped(error: unknown): void;
  /** Redis forbids its user a command without which no job is taken; undefined: a command that takes jobs was executed. */
  onForbidden(error: Error | undefined): void;
  /** How long a job waits after its failed attempt of this number, from 1. Milliseconds. */
  retryDelayMs(attemptsMade: number): number;
  /** BullMQ's hook for traces. */
  readonly telemetry?: Telemetry | undefined;
}

/**
 * A worker and the primary may die at once: another worker's check must then find the lock expired within 15 s. It does after
 * lockDuration and twice stalledInterval at the latest: BullMQ occasionally skips a check, because its timer and its key in
 * Redis, which keeps two workers from checking at once, end in the same millisecond.
 */
const lockDurationMs = 8000;
const stalledIntervalMs = 3000;
/** Delay after a failed command to Redis. BullMQ's default of 15 s would leave the worker idle long after Redis is back. */
const redisRetryMs = 500;

/**
 * BullMQ's worker, with a concurrency that changes from job to job. All jobs run in BullMQ's own loop: this class says how many,
 * and which one is next. It relies on protected members of BullMQ, which test/integration/redis/bullmq-contract.test.ts names.
 */
export class SelectiveWorker extends Worker<unknown> {
  private isEnding = false;
  private readonly ends = new WeakMap<Job<unknown>, () => void>();
  private readonly refused = new WeakSet<Job<unknown>>();

  constructor(private readonly options: SelectiveWorkerOptions) {
    const { connection, concurrency, redis, telemetry, retryDelayMs, process } = options;
    super(queueName, async (job, token = '') => toProcessorResult(await process(holdJob(job, token, redis))), {
      prefix: keyPrefix(connection),
      connection,
      ...withoutVersionCheck,
      drainDelay: longestBlockSeconds,
      autorun: false,
      concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      // The next worker decides about a job whose worker disappeared (workers/selection/suspects.ts): BullMQ would fail the job without
      // our processor, and its end would not be counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: redisRetryMs,
      settings: { backoffStrategy: retryDelayMs },
      ...(telemetry === undefined ? {} : { telemetry }),
    });
  }

  /** Never rejects. BullMQ calls it, too, without awaiting the outcome. */
  override async run(): Promise<void> {
    try {
      await super.run();
    } catch (error) {
      this.options.onStopped(error);
    }
  }

  /** Also while the next job is delayed: a connection that is silent for a second longer than this is dropped. */
  override get maximumBlockTimeout(): number {
    return longestBlockSeconds;
  }

  protected override async moveToActive(...next: Parameters<Worker<unknown>['moveToActive']>) {
    // As if no job waited: the next job that is added wakes the worker.
    if (!(await this.options.selection.makeRoom())) return this.nextJobFromJobData();
    const job = await super.moveToActive(...next);
    this.options.onForbidden(undefined);
    return job;
  }

  /** Receives every job that is taken, also with the end of another. */
  protected override async nextJobFromJobData(...taken: Parameters<Worker<unknown>['nextJobFromJobData']>) {
    const { selection } = this.options;
    const job: Job<unknown> | undefined = await super.nextJobFromJobData(...taken);
    if (job !== undefined) {
      this.options.onForbidden(undefined);
      this.ends.set(job, selection.taken(job.data));
    }
    this.concurrency = selection.limit();
    return job;
  }

  /** Never rejects: BullMQ's loop would wait for the next job forever. */
  override async processJob(...taken: Parameters<Worker<unknown>['processJob']>) {
    try {
      return await this.processTaken(...taken);
    } catch (error) {
      this.options.onStopped(error);
      return undefined;
    }
  }

  private async processTaken(job: Job<unknown>, token: string, fetchNext = () => true) {
    const { selection } = this.options;
    try {
      return await super.processJob(job, token, () => fetchNext() && selection.takesAny());
    } finally {
      this.ends.get(job)?.();
      this.concurrency = selection.limit();
    }
  }

  /** Applies a limit that has changed. A resume makes BullMQ's loop, which waits for a job to end, look for jobs again. */
  lookAgain(): void {
    const before = this.concurrency;
    this.concurrency = this.options.selection.limit();
    if (this.concurrency <= before || this.isEnding) return;
    this.pause(true)
      .then(() => (this.isEnding ? undefined : this.resume()))
      .catch((error: Error) => this.emit('error', error));
  }

  /** BullMQ would treat a success that Redis refuses as a failed attempt, although it was counted and its note is posted. */
  protected override async handleCompleted(...end: Parameters<Worker<unknown>['handleCompleted']>) {
    try {
      return await super.handleCompleted(...end);
    } catch (error) {
      throw isRefusal(error) ? new LeftToItsLock(error) : error;
    }
  }

  protected override async handleFailed(...end: Parameters<Worker<unknown>['handleFailed']>) {
    const [failure, job, token] = end;
    if (failure instanceof LeftToItsLock) await this.endRefused(job, token);
    try {
      return await super.handleFailed(...end);
    } catch (error) {
      if (isRefusal(error)) await this.endRefused(job, token); // a lost lock is a refusal, too
      throw error;
    }
  }

  private async endRefused(job: Job<unknown>, token: string): Promise<void> {
    if (this.refused.has(job)) return;
    this.refused.add(job);
    await this.options.onEndRefused(job.id ?? '', token);
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await this.pause(true); // close() alone would not interrupt a fetch that waits for Redis
    await this.close();
  }

  abandon(): Promise<void> {
    return this.lockManager.close();
  }
}
