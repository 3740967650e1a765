import { describe, expect, it } from '@jest/globals';
import { type StopStep, stopInSteps } from '../../src/shutdown.js';

const hangs = (): Promise<void> => new Promise(() => undefined);

describe('a stop in steps', () => {
  const ran: string[] = [];
  const step = (name: string, run: () => Promise<void> | void = () => undefined, withinMs = 1000): StopStep => ({
    name,
    withinMs,
    run() {
      ran.push(name);
      return run();
    },
  });

  it('runs them in order and finds no fault', async () => {
    ran.length = 0;
    expect(await stopInSteps([step('children'), step('port'), step('Redis')], 1000)).toEqual([]);
    expect(ran).toEqual(['children', 'port', 'Redis']);
  });

  it('goes to the next step after one that throws or does not end, and names both', async () => {
    ran.length = 0;
    const error = new Error('cannot close');
    const fails = () => {
      throw error;
    };
    const faults = await stopInSteps([step('queue', hangs, 10), step('port', fails), step('Redis')], 1000);
    expect(faults).toEqual([
      { step: 'queue', error: undefined },
      { step: 'port', error },
    ]);
    expect(ran).toEqual(['queue', 'port', 'Redis']);
  });

  it('ends by its bound, whatever hangs, and names the steps whose turn did not come', async () => {
    ran.length = 0;
    const faults = await stopInSteps([step('children', hangs), step('queue', hangs), step('Redis')], 20);
    expect(faults.map((fault) => fault.step)).toEqual(['children', 'queue', 'Redis']);
    expect(ran).toEqual(['children']);
  });
});
