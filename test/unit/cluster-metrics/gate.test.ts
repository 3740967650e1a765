import { describe, expect, it } from '@jest/globals';
import { Gate } from '../../../src/cluster-metrics/primary/scraping/gate.js';

describe('changes of the totals', () => {
  it('are made at once, and wait while an answer is printed, in their order', async () => {
    const errors: unknown[] = [];
    const gate = new Gate((error) => errors.push(error));
    const made: number[] = [];
    const pass = (n: number) => gate.pass(() => void made.push(n));
    pass(0);
    expect(made).toEqual([0]);
    gate.close();
    for (const n of [1, 2, 3]) pass(n);
    expect(made).toEqual([0]);
    expect(gate.waiting).toBe(3);
    gate.open();
    pass(4);
    await gate.emptied;
    pass(5);
    expect(made).toEqual([0, 1, 2, 3, 4, 5]);
    expect(errors).toEqual([]);
  });

  it('that fail are told, and keep none behind them from being made', async () => {
    const errors: unknown[] = [];
    const gate = new Gate((error) => errors.push(error));
    const made: number[] = [];
    gate.close();
    gate.pass(() => {
      throw new Error('no');
    });
    gate.pass(() => void made.push(1));
    gate.open();
    await gate.emptied;
    expect(made).toEqual([1]);
    expect(errors).toEqual([new Error('no')]);
  });

  it('do not pile up behind those that waited: each that comes makes one of them', () => {
    const gate = new Gate(() => undefined);
    const slowly = (): void => {
      const endMs = performance.now() + 5;
      while (performance.now() < endMs);
    };
    gate.close();
    for (let n = 0; n < 10; n++) gate.pass(slowly);
    gate.open();
    const { waiting } = gate;
    expect(waiting).toBeGreaterThan(5);
    for (let n = 0; n < 3; n++) gate.pass(slowly);
    expect(gate.waiting).toBe(waiting);
  });

  it('wait again when the next answer is printed before all were made', async () => {
    const gate = new Gate(() => undefined);
    const made: number[] = [];
    gate.close();
    for (let n = 0; n < 4; n++) {
      gate.pass(() => {
        made.push(n);
        const endMs = performance.now() + 5;
        while (performance.now() < endMs);
      });
    }
    gate.open();
    gate.close();
    await gate.emptied;
    expect(made).toEqual([0]);
    gate.open();
    await gate.emptied;
    expect(made).toEqual([0, 1, 2, 3]);
  });
});
