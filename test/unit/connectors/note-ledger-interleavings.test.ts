import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AttemptPlan,
  type DeskAnswer,
  type Fault,
  points,
  type Scenario,
  settleMs,
  simulate,
  timeoutMs,
} from '../../support/note-simulation.js';

/**
 * Every way in which a fault of one attempt, what the desk does with its request, and a loss of its record can meet the
 * attempts after it. Locks live for 8 s, a request is sent within 2 s of its claim.
 */

/** Shorter and longer than the time to send, than a lock, than a request, and than a claim. Milliseconds. */
const freezes = [1000, 3000, 9000, 25_000, 60_000];

const faults: readonly (Fault | undefined)[] = [
  undefined,
  ...points.flatMap((at): Fault[] => [
    { kind: 'crash', at },
    { kind: 'drain', at },
    { kind: 'lock-lost', at },
    ...freezes.map((forMs): Fault => ({ kind: 'freeze', at, forMs })),
  ]),
];

const deskAnswers: readonly DeskAnswer[] = [
  { kind: 'answers', afterMs: 50 },
  { kind: 'answers', afterMs: timeoutMs - 500 },
  { kind: 'refuses' },
  { kind: 'acts-unanswered' },
  { kind: 'never-acts' },
  ...[0, settleMs / 2, settleMs].map((lagMs): DeskAnswer => ({ kind: 'acts-late', lagMs })),
];

const firsts: readonly AttemptPlan[] = faults.flatMap((fault) =>
  deskAnswers.flatMap((desk) => [false, true].map((recordLost) => ({ fault, desk, recordLost }))),
);

/** Some seconds of work on a core, and more beside other tests. */
const allowedMs = 120_000;

const late: DeskAnswer = { kind: 'acts-late', lagMs: settleMs };
const seconds: readonly AttemptPlan[] = [
  { desk: late },
  { desk: { kind: 'answers', afterMs: 50 }, fault: { kind: 'freeze', at: 'claim-granted', forMs: 9000 } },
  { desk: late, fault: { kind: 'freeze', at: 'posting', forMs: 30_000 } },
  { desk: late, fault: { kind: 'crash', at: 'posting' } },
];

async function expectOneNote(scenario: Scenario): Promise<void> {
  const verdict = await simulate(scenario);
  if (verdict.notes === 1 && verdict.done) return;
  throw new Error(`${JSON.stringify(verdict)} after ${JSON.stringify(scenario)}`);
}

describe('exactly one note, on a virtual clock', () => {
  it.each([
    [2, seconds],
    [3, seconds.slice(0, 2)],
  ])(
    'whatever befalls an attempt and the next, of %d workers',
    async (workers, nexts) => {
      for (const first of firsts) {
        // At once: each has a time line of its own.
        await Promise.all(nexts.map((second) => expectOneNote({ workers, attempts: [first, second] })));
      }
    },
    allowedMs,
  );

  it(
    'whatever befalls up to four attempts',
    async () => {
      const plan = fc.record({
        fault: fc.constantFrom(...faults),
        desk: fc.constantFrom(...deskAnswers),
        recordLost: fc.boolean(),
      });
      const scenario = fc.record({
        workers: fc.integer({ min: 2, max: 3 }),
        attempts: fc.array(plan, { minLength: 2, maxLength: 4 }),
      });
      await fc.assert(fc.asyncProperty(scenario, expectOneNote), { numRuns: 2000 });
    },
    allowedMs,
  );

  it('has attempts that overlap, and requests that end unknown: it is no simulation of fair weather', async () => {
    const frozen = { kind: 'freeze', at: 'posting', forMs: 25_000 } as const;
    const scenario: Scenario = { workers: 2, attempts: [{ fault: frozen, desk: { kind: 'never-acts' } }] };
    expect(await simulate(scenario)).toEqual({ notes: 1, done: true, posts: 2 });
  });
});
