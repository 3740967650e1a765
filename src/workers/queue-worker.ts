import { isNotConnectionError, type Job, Worker, type WorkerOptions } from 'bullmq';
import { z } from 'zod';
import { longestBlockSeconds } from '../queue/connection.js';
import type { Line } from '../queue/line.js';
import type { Company } from './company.js';
import { LeftToItsLock } from './hand-back.js';
import type { TenantConcurrency } from './tenant-concurrency.js';

interface QueueWorkerDependencies {
  /** Redis did not take a job's end, or its lock is lost: its start is over, and BullMQ does not know. */
  readonly onEndRefused: (job: Job<unknown>, token: string) => Promise<void>;
  readonly line: Line;
  readonly concurrency: TenantConcurrency;
  readonly company: Pick<Company, 'takesMore'>;
}

/**
 * BullMQ's worker, with a concurrency that counts slow tenants by themselves. All its jobs run in BullMQ's own loop: this
 * class says how many, and which one is next.
 */
export class QueueWorker extends Worker<unknown> {
  private isEnding = false;
  /** Ends each job's part of the concurrency. */
  private readonly ends = new WeakMap<Job<unknown>, () => void>();
  private readonly refused = new WeakSet<Job<unknown>>();

  constructor(
    name: string,
    processor: (job: Job<unknown>, token?: string) => Promise<unknown>,
    options: WorkerOptions,
    private readonly dependencies: QueueWorkerDependencies,
  ) {
    super(name, processor, options);
  }

  /** Also while delayed jobs are waited for: BullMQ drops a connection that is silent for a second longer than this. */
  override get maximumBlockTimeout(): number {
    return longestBlockSeconds;
  }

  /** Takes the next job of the queue, but none of a slow tenant where these are at their limit. */
  protected override async moveToActive(...next: Parameters<Worker<unknown>['moveToActive']>) {
    const { company, concurrency, line } = this.dependencies;
    if (!company.takesMore()) return this.nextJobFromJobData();
    if (concurrency.slowAreAtLimit() && !(await line.bringForward(concurrency.hasRoomFor))) {
      return this.nextJobFromJobData(); // as if nothing waited: the next job that comes wakes it
    }
    return super.moveToActive(...next);
  }

  /** Every job that is taken comes through here, those too that are taken with the end of another. */
  protected override async nextJobFromJobData(...taken: Parameters<Worker<unknown>['nextJobFromJobData']>) {
    const job: Job<unknown> | undefined = await super.nextJobFromJobData(...taken);
    if (job !== undefined) this.ends.set(job, this.dependencies.concurrency.taken(tenantOf(job.data)));
    this.concurrency = this.limit();
    return job;
  }

  override async processJob(job: Job<unknown>, token: string, fetchNext = () => true) {
    const { concurrency, company } = this.dependencies;
    const end = (): void => {
      this.ends.get(job)?.();
      this.concurrency = this.limit();
    };
    const takesNext = (): boolean => fetchNext() && company.takesMore() && !concurrency.slowAreAtLimit();
    try {
      return await super.processJob(job, token, takesNext);
    } finally {
      end();
    }
  }

  private limit(): number {
    const { company, concurrency } = this.dependencies;
    return company.takesMore() ? concurrency.limit() : 1;
  }

  /** More or fewer jobs may run than a moment ago. BullMQ's loop, which waits for one to end, looks again when it is resumed. */
  lookAgain(): void {
    const before = this.concurrency;
    this.concurrency = this.limit();
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

  /** Told once for each start: it is counted. */
  private async endRefused(job: Job<unknown>, token: string): Promise<void> {
    if (this.refused.has(job)) return;
    this.refused.add(job);
    await this.dependencies.onEndRefused(job, token);
  }

  /** Takes no more jobs, and resolves when all have ended. */
  async end(): Promise<void> {
    this.isEnding = true;
    await this.pause(true); // close() alone would let a fetch go on that waits for Redis
    await this.close();
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
