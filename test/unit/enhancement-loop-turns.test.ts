import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLoopTurns } from '../../src/enhancement/loop-turns.js';
import { startWatch } from '../support/own-time.js';

describe('work in turns of the event loop', () => {
  it('does not take for work what it waited, as for a file or for another that works in turns', async () => {
    const turns = createLoopTurns();
    await sleep(300);
    const pause = turns.pause();
    await pause;
    // A first turn of 300 ms would be followed by a sleep of 600.
    expect(pause).toBeUndefined();
  });

  it('pauses after some milliseconds of work', () => {
    const turns = createLoopTurns();
    const workedMs = startWatch();
    while (workedMs() < 20);
    expect(turns.pause()).toBeInstanceOf(Promise);
  });
});
