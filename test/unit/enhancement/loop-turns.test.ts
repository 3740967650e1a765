import { expect, it } from '@jest/globals';
import { createLoopTurns } from '../../../src/enhancement/loop-turns.js';

function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it('does not count the sleep of a caller that divides the same work as work, nor the other way round', async () => {
  const [outer, inner] = [createLoopTurns(), createLoopTurns()];
  work(300); // from now on each pause is a sleep
  let pauses = 0;
  // Counted as work, each sleep would be twice as long as the other's last: the fortieth would last for years.
  for (let piece = 0; piece < 20; piece++) {
    work(6);
    await inner.pause();
    pauses++;
    await outer.pause();
  }
  expect(pauses).toBe(20);
});
