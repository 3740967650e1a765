import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBodyBudget } from '../../../src/api/body-budget.js';

describe('the budget of bodies', () => {
  it('refuses those that arrive the longest, and never holds more than its limit', () => {
    const step = fc.record({ body: fc.nat(9), bytes: fc.integer({ min: 1, max: 60 }), closes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = createBodyBudget(100);
        /** Oldest first, as the budget should have them. */
        let held: { body: number; bytes: number; share: ReturnType<typeof budget.open> }[] = [];
        for (const { body, bytes, closes } of steps) {
          let mine = held.find((one) => one.body === body);
          if (mine === undefined) {
            const refuse = (): void => void (held = held.filter((one) => one.body !== body));
            mine = { body, bytes: 0, share: budget.open(refuse) };
            held.push(mine);
          }
          const before = [...held];
          const kept = mine.share.grow((mine.bytes += bytes));
          expect(kept).toBe(held.includes(mine));
          expect(held).toEqual(before.slice(before.length - held.length));
          expect(budget.heldBytes).toBe(held.reduce((sum, one) => sum + one.bytes, 0));
          expect(budget.heldBytes).toBeLessThanOrEqual(100);
          if (held.length < before.length) {
            const youngestRefused = before[before.length - held.length - 1];
            expect(budget.heldBytes + (youngestRefused?.bytes ?? 0)).toBeGreaterThan(100);
          }
          if (closes && kept) {
            mine.share.close();
            held = held.filter((one) => one !== mine);
          }
          if (!kept) expect(mine.share.grow(1)).toBe(false);
        }
        for (const { share } of held) share.close();
        expect(budget.heldBytes).toBe(0);
      }),
    );
  });
});
