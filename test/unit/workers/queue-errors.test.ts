import { afterEach, expect, it, jest } from '@jest/globals';
import { logUnlessRepeated } from '../../../src/workers/queue-errors.js';

afterEach(() => void jest.useRealTimers());

it('logs the same error of the queue every half a minute, also when the clock was set back meanwhile', () => {
  jest.useFakeTimers();
  const warn = jest.fn();
  const note = logUnlessRepeated({ warn });
  note(new Error('connect ECONNREFUSED'));
  jest.advanceTimersByTime(29_000);
  note(new Error('connect ECONNREFUSED'));
  expect(warn).toHaveBeenCalledTimes(1);
  jest.setSystemTime(Date.now() - 3_600_000);
  jest.advanceTimersByTime(1000);
  note(new Error('connect ECONNREFUSED'));
  note(new Error('READONLY'));
  expect(warn).toHaveBeenCalledTimes(3);
});
