import { describe, expect, it } from '@jest/globals';
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import { isRefusal, type JobEnd, toProcessorResult } from '../../../../src/redis/jobs/job-end.js';

const cause = new Error('the desk refused the note');

describe('the end of a job, as BullMQ is told', () => {
  it('is a result if the job is completed', () => {
    expect(toProcessorResult({ kind: 'completed', result: { mode: 'llm' } })).toEqual({ mode: 'llm' });
  });

  it.each<[string, JobEnd, new (message?: string) => Error, string]>([
    ['counts an attempt that is tried again', { kind: 'retry', error: cause }, Error, 'the desk refused the note'],
    [
      'fails a job for good, with its reason',
      { kind: 'failed', message: 'DESK_REJECTED: no such ticket', cause },
      UnrecoverableError,
      'DESK_REJECTED: no such ticket',
    ],
    ['writes nothing for a job that is back in the queue', { kind: 'returned' }, DelayedError, ''],
    [
      'writes nothing for a job that stays under its lock',
      { kind: 'left', cause: new Error('OOM command not allowed') },
      WaitingError,
      'OOM command not allowed',
    ],
    [
      'leaves a job to the worker that holds it',
      { kind: 'abandoned', error: cause },
      Error,
      'the desk refused the note',
    ],
  ])('%s', (_what, end, kind, message) => {
    let thrown: unknown;
    try {
      toProcessorResult(end);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    if (kind === Error) expect(thrown).toBe(cause);
    expect(thrown).toMatchObject({ message: expect.stringContaining(message) });
  });

  it('keeps the cause of a job that failed for good', () => {
    expect(() => toProcessorResult({ kind: 'failed', message: 'why', cause })).toThrow(
      expect.objectContaining({ cause }),
    );
  });
});

it('a refusal is what Redis answered, and not a connection that is gone', () => {
  expect(isRefusal(new Error('OOM command not allowed'))).toBe(true);
  expect(isRefusal(new Error('Connection is closed.'))).toBe(false);
  expect(isRefusal(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }))).toBe(
    false,
  );
});
