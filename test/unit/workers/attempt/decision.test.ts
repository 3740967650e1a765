import { describe, expect, it } from '@jest/globals';
import { failureClasses } from '../../../../src/enhancement/errors.js';
import { EnhancementError } from '../../../../src/enhancement/index.js';
import { decide } from '../../../../src/workers/attempt/decision.js';

const hour = 3_600_000;
const young = { attempt: 1, attemptsAllowed: 4, ageMs: 1000, maxAgeMs: 24 * hour };
const last = { ...young, attempt: 4 };
const old = { ...young, ageMs: 24 * hour };

describe('what is done with a job whose start ended with an error', () => {
  it.each([
    ['of a worker that is being stopped', 'DRAINED', young, { kind: 'give-back' }],
    ['… whatever its attempt', 'DRAINED', last, { kind: 'give-back' }],
    ['… and its age', 'DRAINED', old, { kind: 'give-back' }],
    ['that another worker holds', 'LOCK_LOST', last, { kind: 'abandon' }],
    ['that can succeed later, with attempts left', 'DESK_REFUSED', young, { kind: 'retry' }],
    ['… in the last but one attempt', 'DESK_REFUSED', { ...young, attempt: 3 }, { kind: 'retry' }],
    ['… in its last attempt', 'DESK_REFUSED', last, { kind: 'fail' }],
    ['… with one attempt allowed', 'DESK_REFUSED', { ...young, attemptsAllowed: 1 }, { kind: 'fail' }],
    ['… however old it is', 'DESK_REFUSED', old, { kind: 'retry' }],
    ['that waits for what passes', 'DESK_UNAVAILABLE', young, { kind: 'defer', reason: 'desk_unavailable' }],
    ['… in its last attempt', 'DESK_UNAVAILABLE', last, { kind: 'defer', reason: 'desk_unavailable' }],
    [
      '… a moment before its age',
      'DESK_UNAVAILABLE',
      { ...old, ageMs: old.ageMs - 1 },
      { kind: 'defer', reason: 'desk_unavailable' },
    ],
    ['… until it is too old', 'DESK_UNAVAILABLE', old, { kind: 'fail' }],
    ['that cannot succeed', 'DESK_REJECTED', young, { kind: 'fail' }],
    ['that kills its workers', 'JOB_KILLS_WORKER', young, { kind: 'fail' }],
  ] as const)('%s (%s)', (_, code, state, decision) => {
    expect(decide(new EnhancementError(code, 'why'), state)).toEqual(decision);
  });

  it.each(Object.keys(failureClasses) as (keyof typeof failureClasses)[])('is decided for %s', (code) => {
    const { kind } = decide(new EnhancementError(code, 'why'), young);
    const { failureClass } = new EnhancementError(code, 'why');
    const expected =
      typeof failureClass === 'object'
        ? ['defer']
        : { terminal: ['fail'], retryable: ['retry'], returned: ['give-back', 'abandon'] }[failureClass];
    expect(expected).toContain(kind);
  });
});
