import { z } from 'zod';
import type { FailFastQueue } from '../redis/fail-fast-queue.js';

/** A change of jobs that an operator made outside of the service. */
const changeSchema = z.object({
  action: z.string(),
  /** The user name on the operator's machine, and its name. */
  user: z.string(),
  host: z.string(),
  at: z.string(),
  jobs: z.int(),
  job_ids: z.array(z.string()).readonly(),
});
export type OperatorChange = Readonly<z.infer<typeof changeSchema>>;

/** Brings changes of the command line into the audit log, which is part of the service's log: one instance takes each. */
export interface AuditTrail {
  /** @throws {QueueUnavailableError} */
  record(change: OperatorChange): Promise<void>;
  /** Removes the changes that were recorded, and returns them, the oldest first. @throws {QueueUnavailableError} */
  take(): Promise<readonly OperatorChange[]>;
}

const key = 'enhancement:audit';

/** Kept while no instance runs: the newest. */
const mostKept = 10_000;

export function createAuditTrail(queue: FailFastQueue): AuditTrail {
  return {
    record: (change) =>
      queue.use(async ({ redis }) => {
        await redis.multi().rpush(key, JSON.stringify(change)).ltrim(key, -mostKept, -1).exec();
      }),
    take: () =>
      queue.use(async ({ redis }) => {
        const replies = await redis.multi().lrange(key, 0, -1).del(key).exec();
        return z
          .array(z.string())
          .parse(replies?.[0]?.[1])
          .map((text) => changeSchema.parse(JSON.parse(text)));
      }),
  };
}
