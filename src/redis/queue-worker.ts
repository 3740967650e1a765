import {
  DelayedError,
  isNotConnectionError,
  type Job,
  type Telemetry,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
import { longestBlockSeconds, type RedisClient } from './connection.js';
import { type HeldJob, holdJob } from './held-job.js';
import { keyPrefix } from './key-prefix.js';
import { queueName } from './keys.js';
import { withoutVersionCheck } from './server-version.js';

/** How the start of a job ended, and what BullMQ shall do with it. */
export type JobEnd =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** An attempt failed, and the job is tried again after its backoff. */
  | { readonly kind: 'retry'; readonly error: Error }
  /** It failed for good. The message is the reason that the failed job shows. */
  | { readonly kind: 'failed'; readonly message: string; readonly cause: Error }
  /** It is back in the queue. */
  | { readonly kind: 'returned' }
  /**
   * Redis took neither its end nor the job back. It is left to the lock that it is held under and that is not renewed any
   * more: when that has expired, or the primary has ended it, and Redis takes writes, the job is in the queue again. Until
   * then no other job can be started either, for that is a write too.
   */
  | { readonly kind: 'left'; readonly cause: unknown }
  /** Its lock is another's, or will be. */
  | { readonly kind: 'abandoned'; readonly error: Error };

/** How many jobs a worker runs at the same time, and which it takes. */
export interface JobSelection {
  /** How many jobs may run now. */
  limit(): number;
  /** Before a job is taken. @returns false: as if none waited */
  makeRoom(): Promise<boolean>;
  /** Whether any job may be taken, in the same step as the end of another. */
  takesAny(): boolean;
  /** @returns to be called when the job has ended; once more does nothing */
  taken(data: unknown): () => void;
}

export interface QueueWorkerOptions {
  readonly connection: RedisClient;
  /** For single commands of a job: on the other connection a command may wait for a job. */
  readonly redis: RedisClient;
  readonly concurrency: number;
  readonly selection: JobSelection;
  process(job: HeldJob): Promise<JobEnd>;
  /** Redis has taken the job's end. */
  onEnded(jobId: string): void;
  /** The start is over, and Redis did not take its end or the lock is lost: once for each start. */
  onEndRefused(jobId: string, token: string): Promise<void>;
  /** These locks could not be renewed. */
  onLocksLost(jobIds: readonly string[]): void;
  onError(error: Error): void;
  /** Redis forbids this user a command without which no job is taken; undefined: a command that takes jobs was obeyed. */
  onForbidden(error: Error | undefined): void;
  /** It takes no more jobs, although nobody ended it. */
  onStopped(error: unknown): void;
  /** How long a job waits after its failed attempt of this number, from 1. Milliseconds. */
  retryDelayMs(attemptsMade: number): number;
  /** BullMQ's hook for traces. */
  readonly telemetry?: Telemetry | undefined;
}

export interface QueueWorker {
  /** Resolves when Redis has answered. */
  ready(): Promise<void>;
  /** Begins to take jobs. */
  start(): void;
  /** More or fewer jobs may run than a moment ago. */
  lookAgain(): void;
  /** Takes no more jobs, and resolves when all have ended. */
  end(): Promise<void>;
  /** Ends the renewal of locks where `end` could not: without Redis it waits for its connections for ever. */
  abandon(): Promise<void>;
}

/**
 * A worker and the primary may die at once: then another worker's check must find the lock expired within 15 s. It does after
 * lockDuration and twice stalledInterval at the latest: now and then BullMQ skips a check, whose timer and whose key in
 * Redis, which keeps two workers from checking at once, end in the same millisecond.
 */
const lockDurationMs = 8000;
const stalledIntervalMs = 3000;
/** After a failed command to Redis; BullMQ's own 15 s would keep us idle long after Redis is back. */
const redisRetryMs = 500;

/** In a script, too, and of a command that was renamed. BullMQ asks again, for ever and without a sign. */
const forbidden = /NOPERM|unknown (?:redis )?command/i;

export function createQueueWorker(options: QueueWorkerOptions): QueueWorker {
  const worker = new BoundedWorker(options);
  // Without a listener an error would end the process.
  worker.on('error', (error) => {
    options.onError(error);
    if (forbidden.test(error.message)) options.onForbidden(error);
  });
  worker.on('completed', ({ id = '' }) => options.onEnded(id));
  worker.on('failed', (job) => options.onEnded(job?.id ?? ''));
  worker.on('lockRenewalFailed', options.onLocksLost);
  return {
    ready: () => worker.waitUntilReady(),
    start: () => void worker.run(),
    lookAgain: () => worker.lookAgain(),
    end: () => worker.end(),
    abandon: () => worker.abandon(),
  };
}

/** What BullMQ is told by an error. */
class LeftToItsLock extends WaitingError {
  constructor(override readonly cause: unknown) {
    super(`Redis did not take the end of a job, which is left to its lock: ${String(cause)}`);
  }
}

function resultOf(end: JobEnd): unknown {
  switch (end.kind) {
    case 'completed':
      return end.result;
    case 'retry':
    case 'abandoned':
      throw end.error;
    case 'failed': {
      const failure = new UnrecoverableError(end.message);
      failure.cause = end.cause;
      throw failure;
    }
    case 'returned':
      throw new DelayedError(); // the same to BullMQ as WaitingError: there is nothing more to do
    case 'left':
      throw new LeftToItsLock(end.cause);
  }
}

/**
 * BullMQ's worker, whose concurrency changes from job to job. All jobs run in BullMQ's own loop: this class says how many, and
 * which one is next. It relies on protected members of BullMQ's, which test/integration/redis/bullmq-contract.test.ts names.
 */
class BoundedWorker extends Worker<unknown> {
  private isEnding = false;
  private readonly ends = new WeakMap<Job<unknown>, () => void>();
  private readonly refused = new WeakSet<Job<unknown>>();

  constructor(private readonly options: QueueWorkerOptions) {
    const { connection, concurrency, redis, telemetry, retryDelayMs, process } = options;
    super(queueName, async (job, token = '') => resultOf(await process(holdJob(job, token, redis))), {
      prefix: keyPrefix(connection),
      connection,
      ...withoutVersionCheck,
      drainDelay: longestBlockSeconds,
      autorun: false,
      concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      // What is done with a job whose worker disappeared is decided by its next worker (workers/suspects.ts): BullMQ would
      // fail it past our processor, and its end would not be counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: redisRetryMs,
      settings: { backoffStrategy: retryDelayMs },
      ...(telemetry === undefined ? {} : { telemetry }),
    });
  }

  /** Never rejects. BullMQ calls it too, and waits for no outcome. */
  override async run(): Promise<void> {
    try {
      await super.run();
    } catch (error) {
      this.options.onStopped(error);
    }
  }

  /** Also while delayed jobs are waited for: BullMQ drops a connection that is silent for a second longer than this. */
  override get maximumBlockTimeout(): number {
    return longestBlockSeconds;
  }

  protected override async moveToActive(...next: Parameters<Worker<unknown>['moveToActive']>) {
    // As if nothing waited: the next job that comes wakes it.
    if (!(await this.options.selection.makeRoom())) return this.nextJobFromJobData();
    const job = await super.moveToActive(...next);
    this.options.onForbidden(undefined);
    return job;
  }

  /** Every job that is taken comes through here, those too that are taken with the end of another. */
  protected override async nextJobFromJobData(...taken: Parameters<Worker<unknown>['nextJobFromJobData']>) {
    const { selection } = this.options;
    const job: Job<unknown> | undefined = await super.nextJobFromJobData(...taken);
    if (job !== undefined) this.ends.set(job, selection.taken(job.data));
    this.concurrency = selection.limit();
    return job;
  }

  /** Never rejects: BullMQ's loop would then wait for ever for the next job. */
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

  /** BullMQ's loop, which waits for a job to end, looks again when it is resumed. */
  lookAgain(): void {
    const before = this.concurrency;
    this.concurrency = this.options.selection.limit();
    if (this.concurrency <= before || this.isEnding) return;
    this.pause(true)
      .then(() => (this.isEnding ? undefined : this.resume()))
      .catch((error: Error) => this.emit('error', error));
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
    const [failure, job, token] = end;
    if (failure instanceof LeftToItsLock) await this.endRefused(job, token);
    try {
      return await super.handleFailed(...end);
    } catch (error) {
      if (isRefusal(error)) await this.endRefused(job, token); // also where the lock is lost
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
    await this.pause(true); // close() alone would let a fetch continue that waits for Redis
    await this.close();
  }

  abandon(): Promise<void> {
    return this.lockManager.close();
  }
}

/** Redis was there, and did not do it. BullMQ asks again by itself while it is away. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && isNotConnectionError(error);
}
