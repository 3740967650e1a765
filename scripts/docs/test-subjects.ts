import { type CallExpression, type Expression, parseSync } from '@swc/core';

/** What one `describe` is about, in its own words behind those of the `describe`s around it. */
export interface TestSubject {
  readonly sentence: string;
  /** Number of tests; a test with a table of cases counts as one. */
  readonly tests: number;
}

/** Stands for what Jest or a template fills in at run time. */
const filledIn = '…';

const isCall = (value: object): value is CallExpression => 'type' in value && value.type === 'CallExpression';

/** `describe` for `describe(…)`, `describe.each(…)(…)` and `describe.skip(…)`. */
function calledName(callee: CallExpression['callee']): string | undefined {
  switch (callee.type) {
    case 'Identifier':
      return callee.value;
    case 'MemberExpression':
      return calledName(callee.object);
    case 'CallExpression':
      return calledName(callee.callee);
    case 'TaggedTemplateExpression':
      return calledName(callee.tag);
    default:
      return undefined;
  }
}

function titleOf(expression: Expression | undefined): string | undefined {
  if (expression?.type === 'StringLiteral') return expression.value.replaceAll(/%[sdijo]|\$[\w.]+/g, filledIn);
  if (expression?.type !== 'TemplateLiteral') return undefined;
  return expression.quasis.map(({ cooked }) => cooked ?? '').join(filledIn);
}

/**
 * Subjects of the tests of one file, in their order there. A test outside any `describe` is a subject of its own, and so is
 * the first test of a `describe` whose title is known at run time only.
 *
 * @param source TypeScript
 */
export function testSubjects(source: string): TestSubject[] {
  const subjects: { sentence: string; tests: number }[] = [];
  const visit = (value: unknown, around: readonly string[], addTest: (title: string) => void): void => {
    if (typeof value !== 'object' || value === null) return;
    const name = isCall(value) ? calledName(value.callee) : undefined;
    const title =
      isCall(value) && (name === 'describe' || name === 'it') ? titleOf(value.arguments[0]?.expression) : undefined;
    if (title === undefined) {
      for (const each of Object.values(value)) visit(each, around, addTest);
      return;
    }
    if (name === 'it') {
      addTest(title);
      return;
    }
    const titles = title === filledIn ? around : [...around, title];
    const subject = { sentence: titles.join(': '), tests: 0 };
    subjects.push(subject);
    for (const each of Object.values(value)) {
      visit(each, titles, (first) => {
        subject.sentence ||= first;
        subject.tests++;
      });
    }
  };
  visit(parseSync(source, { syntax: 'typescript' }).body, [], (sentence) => subjects.push({ sentence, tests: 1 }));
  return subjects.filter(({ tests }) => tests > 0);
}
