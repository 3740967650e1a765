import { describe, expect, it } from '@jest/globals';
import { deferralReasons, EnhancementError, failureClasses } from '../../../src/enhancement/index.js';
import { rowsUnder } from '../../support/failure-tables.js';

type Code = keyof typeof failureClasses;
const codes = Object.keys(failureClasses) as Code[];

const sections = ['Answers of a desk', 'Answers of a language model', 'Answers of Redis', 'The job itself'];
const rows = sections.flatMap((heading) =>
  rowsUnder(heading).map(([, code = '', className = '', reason = '']) => ({
    code: code.replaceAll('`', ''),
    className,
    reason: reason.replaceAll('`', ''),
  })),
);

function shownAs(code: Code): { className: string; reason: string } {
  const { failureClass } = new EnhancementError(code, '');
  return typeof failureClass === 'object'
    ? { className: 'deferred', reason: failureClass.deferred }
    : { className: failureClass, reason: '' };
}

describe('docs/failures.md', () => {
  it('lists every code, but those that never reach a job', () => {
    const listed = new Set(rows.map(({ code }) => code));
    expect(codes.filter((code) => !listed.has(code))).toEqual(['SOURCE_UNREADABLE', 'SOURCE_TIMEOUT']);
  });

  it.each(rows)('shows $code with the class and reason that the code gives it', ({ code, className, reason }) => {
    const known = codes.find((one) => one === code);
    if (known === undefined) throw new Error(`there is no code ${code}`);
    const expected = shownAs(known);
    // A model's unusable answer never reaches the job: the note is written without it.
    if (className === 'fallback') expect(known).toMatch(/^MODEL_/);
    else expect({ className, reason }).toEqual(expected);
  });

  it('has a code for each reason to defer', () => {
    const reasons = new Set(codes.map((code) => shownAs(code).reason));
    expect(deferralReasons.filter((reason) => !reasons.has(reason))).toEqual([]);
  });
});
