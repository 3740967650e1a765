import { afterEach, describe, expect, it } from '@jest/globals';
import { retryJobs } from '../../../src/cli/actions/retry-jobs.js';
import { createTerminal } from '../../../src/cli/terminal.js';
import type { OperatorChange } from '../../../src/queue/audit-trail.js';
import type { RetryOutcome } from '../../../src/queue/job-operations.js';
import { QueueUnavailableError } from '../../../src/redis/queue-unavailable.js';

const away = new QueueUnavailableError('it closed the connection', true);
const ids = Array.from({ length: 45 }, (_, i) => `d${i}`);
const { exitCode } = process;

afterEach(() => {
  process.exitCode = exitCode;
});

interface Failing {
  /** The record with this number, from 1, is not made. */
  readonly record?: number;
  /** The retry of this job fails. */
  readonly retry?: string;
}

/** Jobs without a Redis. */
function fakeJobs(failing: Failing = {}, outcome: (id: string) => RetryOutcome = () => 'retried') {
  /** In their order: the ids that were recorded at once, and each that was retried. */
  const calls: (readonly string[] | string)[] = [];
  let records = 0;
  let shown = '';
  const jobs = {
    failed: async () => [],
    async retry(id: string) {
      if (id === failing.retry) throw away;
      calls.push(id);
      return outcome(id);
    },
    audit: {
      async record({ job_ids }: OperatorChange) {
        records += 1;
        if (records === failing.record) throw away;
        calls.push(job_ids);
      },
      recorded: async () => [],
      remove: async () => undefined,
    },
  };
  const sink = { write: () => true };
  const terminal = createTerminal({ write: (text: string | Uint8Array) => Boolean((shown += String(text))) }, sink, {});
  return {
    calls,
    retry: () => retryJobs(ids, { json: true }, terminal, (work) => work(jobs)),
    document: (): unknown => (shown === '' ? undefined : JSON.parse(shown)),
  };
}

describe('jobs retry', () => {
  it('records each batch before the first of its jobs is retried', async () => {
    const { calls, retry, document } = fakeJobs();
    await retry();
    const batches = [ids.slice(0, 20), ids.slice(20, 40), ids.slice(40)];
    expect(calls).toEqual(batches.flatMap((batch) => [batch, ...batch]));
    expect(document()).toEqual({ retried: ids, not_failed: [], not_found: [] });
  });

  it('retries nothing that cannot be recorded, and prints what was retried before it fails', async () => {
    const { calls, retry, document } = fakeJobs({ record: 2 });
    await expect(retry()).rejects.toBe(away);
    expect(calls).toEqual([ids.slice(0, 20), ...ids.slice(0, 20)]);
    expect(document()).toEqual({ retried: ids.slice(0, 20), not_failed: [], not_found: [] });
  });

  it('prints the jobs of a batch that were retried though one of them could not be, and begins no other batch', async () => {
    const { retry, document } = fakeJobs({ retry: 'd21' });
    await expect(retry()).rejects.toBe(away);
    expect(document()).toEqual({
      retried: ids.slice(0, 40).filter((id) => id !== 'd21'),
      not_failed: [],
      not_found: [],
    });
  });

  it('prints nothing if Redis is away before the first job is retried', async () => {
    const { calls, retry, document } = fakeJobs({ record: 1 });
    await expect(retry()).rejects.toBe(away);
    expect([calls, document()]).toEqual([[], undefined]);
  });
});
