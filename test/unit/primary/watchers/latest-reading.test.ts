import { describe, expect, it } from '@jest/globals';
import { createLatestReading } from '../../../../src/primary/watchers/latest-reading.js';

describe('a reading', () => {
  it('that does not come is waited for once, and not by all who ask after that', async () => {
    const pending: ((value: number) => void)[] = [];
    const reading = createLatestReading(() => new Promise<number>((resolve) => pending.push(resolve)));
    const first = reading.current();
    pending.shift()?.(1);
    expect(await first).toBe(1);

    expect(await reading.current()).toBe(1); // in vain: it gives what it has
    const nextTurn = new Promise((resolve) => setImmediate(resolve, 'they wait'));
    const all = Promise.all(Array.from({ length: 200 }, () => reading.current()));
    expect(await Promise.race([all, nextTurn])).toEqual(Array(200).fill(1));
    expect(pending).toHaveLength(1);

    pending.shift()?.(2);
    await reading.refresh();
    const fresh = reading.current();
    pending.shift()?.(3);
    expect(await fresh).toBe(3);
  });

  it('that fails leaves the last one, and tells why', async () => {
    let broken = false;
    const reading = createLatestReading(async () => {
      if (broken) throw new Error('Redis is away');
      return 1;
    });
    expect(await reading.current()).toBe(1);
    broken = true;
    expect(await reading.current()).toBe(1);
    expect(reading.problem).toBe('Redis is away');
  });
});
