import { describe, expect, it } from '@jest/globals';
import { withFootnotes } from '../../../src/connectors/footnotes.js';

describe('the footnotes of an article', () => {
  it.each([
    [
      'stand where they belong',
      'Restart the server[^1].\n\n[^1]: Only outside of office hours, or calls break.',
      'Restart the server (Only outside of office hours, or calls break).\n',
    ],
    ['of one word are no link', 'Restart[^a] it.\n[^a]: Carefully', 'Restart (Carefully) it.'],
    [
      'of several lines are whole',
      'Stop it [^n].\n\n[^n]: First\n    save.\n\nDone.',
      'Stop it (First save).\n\n\nDone.',
    ],
    ['stand at the first of several references', 'A[^1] B[^1]\n[^1]: Note.', 'A (Note) B'],
    ['have their own within', 'A[^1]\n[^1]: Note[^2].\n[^2]: Rarely[^1]', 'A (Note (Rarely))'],
    ['have no cells of a table', '| A[^1] | B |\n|---|---|\n[^1]: x | y', '| A (x \\| y) | B |\n|---|---|'],
    ['keep their bars elsewhere', 'A[^1]\n[^1]: `x | y`', 'A (`x \\| y`)'],
    ['may be defined first', '[^1]: Note\n\nA[^1]', '\nA (Note)'],
  ])('%s', (_, markdown, expected) => {
    expect(withFootnotes(markdown)).toBe(expected);
  });

  it('are filled in to a bounded depth, however long the chain of them is', () => {
    const chain = Array.from({ length: 5000 }, (_, i) => `[^${i}]: ${i}[^${i + 1}]`).join('\n');
    expect(withFootnotes(`A[^0]\n${chain}`)).toMatch(/^A \(0 \(1 \(2 [^]*\(15\[\^16\]\){16}$/);
  });

  it.each([
    'Find `[^0-9]` and [^a-z] with grep.',
    '```\nx[^1]\n[^1]: y\n```',
    'A reference[^2] without a footnote.\n\n[2]: https://acme.example',
  ])('are none in %j', (markdown) => {
    expect(withFootnotes(markdown)).toBe(markdown);
  });

  it('leave code as it is where there are some', () => {
    expect(withFootnotes('A[^1] `b[^1]`\n\n```\nc[^1]\n```\n[^1]: Note')).toBe('A (Note) `b[^1]`\n\n```\nc[^1]\n```');
  });
});
