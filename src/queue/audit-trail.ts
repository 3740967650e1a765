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

/** Brings changes of the command line into the audit log, which is part of the service's log. */
export interface AuditTrail {
  /** @throws {QueueUnavailableError} */
  record(change: OperatorChange): Promise<void>;
  /** The oldest first. They stay until each is removed: a line that is doubled is better than one that is lost. @throws {QueueUnavailableError} */
  recorded(): Promise<readonly RecordedChange[]>;
  /** To be called when it is in the log. @throws {QueueUnavailableError} */
  remove(recorded: RecordedChange): Promise<void>;
}

export interface RecordedChange {
  /** As Redis has it. */
  readonly text: string;
  /** Undefined: the text is not a change, and an operator has to read it. */
  readonly change: OperatorChange | undefined;
}

const key = 'enhancement:audit';

/** Kept while no instance runs: the newest. */
const mostKept = 10_000;

export function createAuditTrail(queue: FailFastQueue): AuditTrail {
  return {
    record: (change) =>
      queue.use(async ({ redis }) => {
        const replies = await redis.multi().rpush(key, JSON.stringify(change)).ltrim(key, -mostKept, -1).exec();
        // A command that fails within a transaction does not reject it.
        for (const [error] of replies ?? []) if (error !== null) throw error;
      }),
    recorded: () =>
      queue.use(async ({ redis }) => {
        const texts = await redis.lrange(key, 0, -1);
        return texts.map((text) => ({ text, change: changeIn(text) }));
      }),
    remove: ({ text }) =>
      queue.use(async ({ redis }) => {
        await redis.lrem(key, 1, text);
      }),
  };
}

function changeIn(text: string): OperatorChange | undefined {
  try {
    return changeSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
