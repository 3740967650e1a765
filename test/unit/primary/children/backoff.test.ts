import { expect, it } from '@jest/globals';
import { restartDelayMs } from '../../../../src/primary/children/backoff.js';

it('waits longer after each failure in a row, up to a minute where a start fails, and to a second otherwise', () => {
  const failures = [1, 2, 3, 4, 5, 10, 11, 1000];
  expect(failures.map((n) => restartDelayMs(n, 'start_failed'))).toEqual([
    0, 100, 200, 400, 800, 25_600, 51_200, 60_000,
  ]);
  expect(failures.map((n) => restartDelayMs(n, 'crash'))).toEqual([0, 100, 200, 400, 800, 1000, 1000, 1000]);
});
