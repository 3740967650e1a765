import type { EnhancementJob } from '../../src/queue/job.js';
import type { EnhancementProducer } from '../../src/queue/producer.js';
import { until } from './service.js';
import { ticketJob } from './worker.js';

/** A job of acme, told from others by its nonce. */
export function jobWith(nonce: string): EnhancementJob {
  return ticketJob({ nonce, correlationId: `c-${nonce}`, priority: 'medium' });
}

/** Queues a job as soon as Redis takes it. @returns how long that took, milliseconds */
export async function untilQueued(producer: EnhancementProducer, id: string): Promise<number> {
  const start = performance.now();
  await until('the queue is back', () =>
    producer.enqueue(id, jobWith(id)).then(
      () => true,
      () => false,
    ),
  );
  return performance.now() - start;
}
