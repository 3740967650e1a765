import { isForbidden } from '../redis-errors.js';
import { SelectiveWorker, type SelectiveWorkerOptions } from './selective-worker.js';

export interface QueueWorkerOptions extends SelectiveWorkerOptions {
  /** Redis has accepted the job's end. */
  onEnded(jobId: string): void;
  /** These locks could not be renewed. */
  onLocksLost(jobIds: readonly string[]): void;
  onError(error: Error): void;
}

/** Takes jobs from the queue and runs them, each under a lock that is renewed. */
export interface QueueWorker {
  /** Resolves when Redis has answered. */
  ready(): Promise<void>;
  /** Begins to take jobs. */
  start(): void;
  /** To be called when the selection allows more or fewer jobs than before. */
  lookAgain(): void;
  /** Takes no more jobs, and resolves when all have ended. Without Redis it never resolves. */
  end(): Promise<void>;
  /** Ends the renewal of locks where `end` does not resolve. */
  abandon(): Promise<void>;
}

export function createQueueWorker(options: QueueWorkerOptions): QueueWorker {
  const worker = new SelectiveWorker(options);
  // Without a listener an error would end the process.
  worker.on('error', (error) => {
    options.onError(error);
    // BullMQ repeats the command without end and reports nothing else.
    if (isForbidden(error)) options.onForbidden(error);
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
